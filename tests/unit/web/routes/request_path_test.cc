#include "web/routes/request_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Segments(absl::string_view raw) {
  const auto path = RequestPath::Parse(raw);
  EXPECT_TRUE(path.ok()) << raw << ": " << path.status();
  std::vector<std::string> segments;
  if (!path.ok()) return segments;
  for (size_t i = 0; i < path->size(); ++i) segments.emplace_back((*path)[i]);
  return segments;
}

std::string Error(absl::string_view raw) {
  const auto path = RequestPath::Parse(raw);
  EXPECT_TRUE(absl::IsInvalidArgument(path.status())) << raw << ": " << path.status();
  return std::string(path.status().message());
}

TEST(RequestPathTest, SplitsAtSlashesAndKeepsEmptySegments) {
  EXPECT_THAT(Segments("/v1/nodes"), ElementsAre("v1", "nodes"));
  EXPECT_THAT(Segments("/"), ElementsAre(""));
  EXPECT_THAT(Segments("/v1/"), ElementsAre("v1", ""));
  EXPECT_THAT(Segments("//v1//x"), ElementsAre("", "v1", "", "x"));
}

TEST(RequestPathTest, SplitsBeforeItDecodes) {
  EXPECT_THAT(Segments("/a%2Fb/c"), ElementsAre("a%2Fb", "c"));
  EXPECT_THAT(Segments("/%2e%2e/c"), ElementsAre("%2e%2e", "c"));
}

TEST(RequestPathTest, FindsTheVerbAfterTheLastColonOfTheLastSegment) {
  const auto verb = [](absl::string_view raw) {
    const auto path = RequestPath::Parse(raw);
    return absl::StrCat(path->last_without_verb(), "|", path->verb());
  };
  EXPECT_EQ(verb("/v1/w:test"), "w|test");
  EXPECT_EQ(verb("/v1/a:b:test"), "a:b|test");
  EXPECT_EQ(verb("/v1/a:b/c"), "c|");
  EXPECT_EQ(verb("/v1/w%3Atest"), "w%3Atest|");
  EXPECT_EQ(verb("/v1/w:"), "w|");
  EXPECT_EQ(verb("/:x"), "|x");
}

TEST(RequestPathTest, RefusesWhatDoesNotBeginWithASlash) {
  for (const absl::string_view raw : {"", "*", "v1", "http://x/v1", "%2Fv1"}) {
    EXPECT_THAT(Error(raw), HasSubstr("at byte 0: expected /")) << raw;
  }
}

TEST(RequestPathTest, RefusesBrokenEscapes) {
  for (const absl::string_view raw :
       {"/a%", "/a%4", "/a%zz", "/a%4g", "/a%%20", "/a%2/b", "/a%+1", "/a% 1"}) {
    EXPECT_FALSE(RequestPath::Parse(raw).ok()) << raw;
  }
  EXPECT_THAT(Error("/ab%4"), HasSubstr("at byte 3: expected two hexadecimal digits"));
}

TEST(RequestPathTest, RefusesNul) {
  EXPECT_THAT(Error("/a%00b"), HasSubstr("NUL"));
  EXPECT_FALSE(RequestPath::Parse(absl::string_view("/a\0b", 4)).ok());
  EXPECT_TRUE(RequestPath::Parse("/a%2500b").ok());  // a percent sign and two zeros
}

TEST(RequestPathTest, RefusesBytesThatAUrlCannotHave) {
  int allowed = 0;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '%') continue;
    const std::string raw = absl::StrCat("/", std::string(1, static_cast<char>(byte)));
    if (RequestPath::Parse(raw).ok()) ++allowed;
  }
  EXPECT_EQ(allowed, 80);  // 62 letters and digits, 4 unreserved, 11 sub-delims, ":", "@" and "/"
  for (const absl::string_view raw :
       {"/a b", "/a\tb", "/a\r\nb", "/a?b", "/a#b", "/a\\b", "/\xc3\xa9", "/{a}"}) {
    EXPECT_THAT(Error(raw), HasSubstr("must be percent-encoded")) << raw;
  }
}

TEST(RequestPathTest, RefusesTextThatIsNotUtf8) {
  EXPECT_TRUE(RequestPath::Parse("/%C3%A9").ok());
  for (const absl::string_view raw : {"/%ff", "/%c3", "/%c0%80", "/%ed%a0%80", "/%c3/%a9"}) {
    EXPECT_THAT(Error(raw), HasSubstr("UTF-8")) << raw;
  }
}

TEST(RequestPathTest, RefusesAPathThatIsTooLong) {
  std::string raw = absl::StrCat("/", std::string(limits::kMaxUrlBytes - 1, 'a'));
  EXPECT_TRUE(RequestPath::Parse(raw).ok());
  EXPECT_TRUE(absl::IsOutOfRange(RequestPath::Parse(raw + "a").status()));
}

TEST(RequestPathTest, SplitsOneSegmentMoreThanIsAllowedAtMost) {
  std::string raw;
  for (int i = 0; i < 1000; ++i) raw += "/a";
  EXPECT_EQ(RequestPath::Parse(raw)->size(), RequestPath::kMaxSegments + 1);
}

TEST(RequestPathTest, DecodesEscapesOnce) {
  EXPECT_EQ(DecodePath("a%20b%2Fc%2fd%25%32%30+e", false), "a b/c/d%20+e");
  EXPECT_EQ(DecodePath("a%20b%2Fc%2fd%2Bx", true), "a b%2Fc%2fd+x");
  EXPECT_EQ(DecodePath("%c3%A9", true), "\xc3\xa9");
  EXPECT_EQ(DecodePath("%252F", false), "%2F");
}

}  // namespace
}  // namespace hookd
