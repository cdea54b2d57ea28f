#include "http/url.h"

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

std::string Normalized(absl::string_view url) {
  const absl::StatusOr<std::string> normalized = NormalizeUrl(url);
  return normalized.ok() ? *normalized : absl::StrCat("refused: ", normalized.status().message());
}

void ExpectRefused(absl::string_view url, const std::string& sentence) {
  SCOPED_TRACE(std::string(url));
  const absl::StatusOr<std::string> normalized = NormalizeUrl(url);
  ASSERT_FALSE(normalized.ok()) << *normalized;
  EXPECT_EQ(normalized.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(normalized.status().message()), HasSubstr(sentence));
}

TEST(UrlTest, PutsSchemeAndHostInLowerCase) {
  EXPECT_EQ(Normalized("HTTPS://Example.COM/Path?Query=A"), "https://example.com/Path?Query=A");
  EXPECT_EQ(Normalized("http://[FE80::1%25Eth0]/"), "http://[fe80::1%25Eth0]/");
}

TEST(UrlTest, LeavesOutTheDefaultPortAlone) {
  EXPECT_EQ(Normalized("https://example.com:443/a"), "https://example.com/a");
  EXPECT_EQ(Normalized("http://example.com:80/a"), "http://example.com/a");
  EXPECT_EQ(Normalized("http://[::1]:80/a"), "http://[::1]/a");
  EXPECT_EQ(Normalized("https://example.com:80/a"), "https://example.com:80/a");
  EXPECT_EQ(Normalized("http://example.com:8080/a"), "http://example.com:8080/a");
}

TEST(UrlTest, GivesAHostAloneAPath) {
  EXPECT_EQ(Normalized("http://example.com"), "http://example.com/");
  EXPECT_EQ(Normalized("http://example.com?a=b"), "http://example.com/?a=b");
}

TEST(UrlTest, ResolvesDotSegments) {
  EXPECT_EQ(Normalized("http://example.com/a/./b/../c"), "http://example.com/a/c");
  EXPECT_EQ(Normalized("http://example.com/../../a"), "http://example.com/a");
}

TEST(UrlTest, EncodesSpacesAndWhatIsNotAscii) {
  EXPECT_EQ(Normalized("http://example.com/a b"), "http://example.com/a%20b");
  EXPECT_EQ(Normalized("http://example.com/\xc3\xa4?\xc3\xb6=1"), "http://example.com/%c3%a4?%c3%b6=1");
  EXPECT_EQ(Normalized("http://example.com/a%2Fb"), "http://example.com/a%2Fb");
}

TEST(UrlTest, WritesNumericAddressesInTheUsualForm) {
  EXPECT_EQ(Normalized("http://0x7f.1/"), "http://127.0.0.1/");
}

TEST(UrlTest, GivesTheNormalisedFormItself) {
  for (const char* url : {"HTTPS://Example.COM:443/a/../b c?d=\xc3\xa4 e", "http://[FE80::1%25eth0]:81",
                          "http://0x7f.1", "https://a.example/%7e%zz?"}) {
    SCOPED_TRACE(url);
    const absl::StatusOr<std::string> once = NormalizeUrl(url);
    ASSERT_TRUE(once.ok()) << once.status();
    EXPECT_EQ(Normalized(*once), *once);
  }
}

TEST(UrlTest, RefusesOtherSchemes) {
  for (const char* url : {"ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
                          "mailto:a@example.com", "javascript:alert(1)", "localhost:80/"}) {
    ExpectRefused(url, "http://");
  }
}

TEST(UrlTest, RefusesWhatIsNotAbsolute) {
  for (const char* url : {"example.com", "/hook", "//example.com/hook", "hook"})
    ExpectRefused(url, "absolute");
}

TEST(UrlTest, RefusesNoHostAtAll) {
  ExpectRefused("http://", "host");
  ExpectRefused("https://?a=b", "host");
  ExpectRefused("", "empty");
}

TEST(UrlTest, RefusesUserInfo) {
  for (const char* url : {"https://user@example.com/", "https://user:pass@example.com/",
                          "https://@example.com/", "https://:@example.com/", "https://:pass@example.com/"}) {
    ExpectRefused(url, "user name or password");
  }
}

TEST(UrlTest, RefusesAFragment) {
  ExpectRefused("https://example.com/a#b", "fragment");
  ExpectRefused("https://example.com/#?", "fragment");
}

TEST(UrlTest, KeepsAnEmptyQueryAndDropsAnEmptyFragment) {
  EXPECT_EQ(Normalized("https://example.com/a?"), "https://example.com/a?");
  EXPECT_EQ(Normalized("https://example.com?"), "https://example.com/?");
  EXPECT_EQ(Normalized("https://example.com/a??"), "https://example.com/a??");
  EXPECT_EQ(Normalized("https://example.com/a?#"), "https://example.com/a?");
  EXPECT_EQ(Normalized("https://example.com/a?b"), "https://example.com/a?b");
  EXPECT_EQ(Normalized("https://example.com/a#"), "https://example.com/a");
  EXPECT_EQ(Normalized("https://example.com#"), "https://example.com/");
}

TEST(UrlTest, RefusesWhatIsNotUtf8) {
  for (const char* url : {"http://a.example/\xff", "http://a.example/\xc3", "http://\xff.example/",
                          "http://a.example/?q=\xed\xa0\x80"}) {
    ExpectRefused(url, "UTF-8");
  }
}

TEST(UrlTest, RefusesAnAddressHiddenByEscapes) {
  for (const char* url : {"http://1%2e1/", "http://0x7f%41/", "http://%30x7f.1/"}) ExpectRefused(url, "host");
  EXPECT_EQ(Normalized("http://ex%61mple.com/"), "http://example.com/");
}

TEST(UrlTest, RefusesPortsThatAreNone) {
  for (const char* url :
       {"http://a.example:0/", "http://a.example:65536/", "http://a.example:x/", "http://a.example:-1/"}) {
    ExpectRefused(url, "port");
  }
}

TEST(UrlTest, RefusesHostsThatAreNone) {
  for (const char* url :
       {"http://a b.example/", "http://[::1/", "http://[::g]/", "http://a\\b/", "http://a<b/"}) {
    ExpectRefused(url, "host");
  }
}

TEST(UrlTest, AsksForInternationalNamesInAscii) {
  ExpectRefused(
      "https://b\xc3\xbc"
      "cher.example/",
      "xn--");
  ExpectRefused("https://%ff.example/", "xn--");
  EXPECT_EQ(Normalized("https://xn--bcher-kva.example/"), "https://xn--bcher-kva.example/");
}

TEST(UrlTest, RefusesControlCharactersAndOuterSpace) {
  ExpectRefused(absl::string_view("http://a.example/\0/b", 20), "control characters");
  ExpectRefused("http://a.example/\tb", "valid URL");
  ExpectRefused("http://a.example/\r\nHost: b", "valid URL");
  ExpectRefused(" http://a.example/", "white space");
  ExpectRefused("http://a.example/ ", "white space");
}

TEST(UrlTest, BoundsTheLengthAsGivenAndAsNormalised) {
  const std::string base = "http://a.example/";
  const std::string longest = base + std::string(limits::kMaxUrlBytes - base.size(), 'x');
  EXPECT_EQ(Normalized(longest), longest);
  ExpectRefused(longest + "x", "at most 2048");
  std::string grows = longest;
  grows[grows.size() - 2] = ' ';
  ExpectRefused(grows, "at most 2048");
}

TEST(UrlTest, AnOriginHasNothingThatMayBeSecret) {
  EXPECT_EQ(OriginOf("https://a.example/hooks/s3cret?token=s3cret"), "https://a.example");
  EXPECT_EQ(OriginOf("http://[::1]:8080?token=s3cret"), "http://[::1]:8080");
  EXPECT_EQ(OriginOf("http://a.example"), "http://a.example");
  EXPECT_EQ(OriginOf("s3cret"), "");
}

}  // namespace
}  // namespace hookd
