#include "hookctl/input_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace hookctl {
namespace {

using testing::HasSubstr;

TEST(InputFileTest, ReadsAWholeFile) {
  const hookd::TempDir folder;
  const std::string text(200'000, 'x');
  std::ofstream(folder.path() + "/file") << text;
  EXPECT_EQ(*ReadFile(folder.path() + "/file"), text);
  std::istringstream in(text);
  EXPECT_EQ(*ReadStream(in, text.size()), text);
}

TEST(InputFileTest, SaysWhyItCannot) {
  EXPECT_TRUE(absl::IsNotFound(ReadFile("/no/such/file").status()));
  EXPECT_EQ(ReadFile("/tmp").status(), absl::UnavailableError("Is a directory"));
  std::ifstream folder("/tmp");
  EXPECT_TRUE(absl::IsUnavailable(ReadStream(folder, 10).status()));
}

TEST(InputFileTest, IsOfBoundedSize) {
  EXPECT_EQ(ReadFile("/dev/zero").status(), absl::OutOfRangeError("is larger than 1 MiB"));
  std::ifstream zeros("/dev/zero");
  EXPECT_TRUE(absl::IsOutOfRange(ReadStream(zeros, 10).status()));
}

TEST(InputFileTest, ADirectoryIsNotReadable) {
  EXPECT_THAT(CheckReadable("/tmp"), HasSubstr("/tmp"));
  EXPECT_THAT(CheckReadable("/no/such/file"), HasSubstr("/no/such/file"));
  EXPECT_EQ(CheckReadable("/dev/null"), "");
}

}  // namespace
}  // namespace hookctl
