#include "web/console/branding.h"

#include <fstream>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::string_view kPng("\x89PNG\r\n\x1a\n\0\0", 10);

class BrandingTest : public ::testing::Test {
 protected:
  std::string Write(absl::string_view contents) const {
    const std::string path = folder_.path() + "/file";
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }
  static std::string ErrorOf(const absl::StatusOr<BrandingFile>& file) {
    EXPECT_TRUE(absl::IsInvalidArgument(file.status()));
    return std::string(file.status().message());
  }

  const TempDir folder_;
};

TEST_F(BrandingTest, AThemeIsText) {
  const auto theme = ReadTheme(Write(":root { --accent: rebeccapurple } /* é */"));
  ASSERT_TRUE(theme.ok()) << theme.status();
  EXPECT_EQ(theme->contents, ":root { --accent: rebeccapurple } /* é */");
  EXPECT_EQ(theme->media_type, "text/css; charset=utf-8");
  EXPECT_THAT(ErrorOf(ReadTheme(Write("\xff\xfe"))), HasSubstr("is not text in UTF-8"));
  EXPECT_THAT(ErrorOf(ReadTheme(Write(kPng))), HasSubstr("give a CSS file"));
}

TEST_F(BrandingTest, ALogoIsSvgOrPngByItsContents) {
  EXPECT_EQ(ReadLogo(Write("<?xml version=\"1.0\"?><svg/>"))->media_type, "image/svg+xml");
  EXPECT_EQ(ReadLogo(Write(kPng))->media_type, "image/png");
  for (const char* other : {"GIF89a", "<html></html>", "\xff\xd8\xff"}) {
    EXPECT_THAT(ErrorOf(ReadLogo(Write(other))),
                AllOf(HasSubstr("--console_logo: "), HasSubstr("is neither an SVG nor a PNG file")));
  }
}

TEST_F(BrandingTest, HasASizeThatKeepsThePageFast) {
  const std::string theme(limits::kMaxConsoleThemeBytes, ' ');
  EXPECT_TRUE(ReadTheme(Write(theme)).ok());
  EXPECT_THAT(ErrorOf(ReadTheme(Write(theme + " "))), HasSubstr("is larger than 64 KiB"));
  const std::string logo = "<svg/>" + std::string(limits::kMaxConsoleLogoBytes, ' ');
  EXPECT_THAT(ErrorOf(ReadLogo(Write(logo))), HasSubstr("is larger than 256 KiB"));
  EXPECT_THAT(ErrorOf(ReadTheme("/dev/zero")), HasSubstr("is larger than"));
}

TEST_F(BrandingTest, AFileThatIsEmptyOrMissingIsRefused) {
  EXPECT_THAT(ErrorOf(ReadTheme(Write(""))), HasSubstr("cannot be read, or is empty"));
  EXPECT_THAT(ErrorOf(ReadLogo(folder_.path() + "/missing")), HasSubstr("cannot be read"));
  EXPECT_THAT(ErrorOf(ReadLogo(folder_.path())), HasSubstr("cannot be read")) << "a folder";
}

}  // namespace
}  // namespace hookd
