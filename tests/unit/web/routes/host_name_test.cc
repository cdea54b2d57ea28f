#include "web/routes/host_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hookd {
namespace {

using ::testing::HasSubstr;

std::string Normalized(absl::string_view origin) {
  const auto normalized = NormalizeOrigin(origin);
  EXPECT_TRUE(normalized.ok()) << origin << ": " << normalized.status();
  return normalized.value_or("");
}

TEST(HostNameTest, KnowsTheNamesOfThisMachine) {
  for (const absl::string_view host :
       {"localhost", "localhost:50080", "LocalHost", "localhost.", "hookd.localhost", "a.b.localhost:1",
        "127.0.0.1", "127.0.0.1:50080", "127.1.2.3:65535", "[::1]", "[::1]:50080", "[0:0:0:0:0:0:0:1]",
        "localhost:"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
}

TEST(HostNameTest, KnowsThatOtherNamesAreNot) {
  for (const absl::string_view host : {"",
                                       ":",
                                       ":80",
                                       ".",
                                       "evil.example",
                                       "localhost.evil.example",
                                       "localhost.evil.example:50080",
                                       "evillocalhost",
                                       ".localhost",
                                       "127.0.0.1.evil.example",
                                       "127.0.0.1.",
                                       "127.0.0.256",
                                       "127.1",
                                       "0x7f.0.0.1",
                                       "2130706433",
                                       "0177.0.0.1",
                                       "0.0.0.0",
                                       "128.0.0.1",
                                       "10.0.0.1",
                                       "[::]",
                                       "[::ffff:127.0.0.1]",
                                       "[::2]",
                                       "::1",
                                       "[::1",
                                       "[::1]x",
                                       "[::1%lo]",
                                       "[]",
                                       "[",
                                       "localhost:x",
                                       "localhost:80:80",
                                       "localhost:123456",
                                       "evil.example@localhost",
                                       "localhost:80@evil.example",
                                       "localhost evil.example",
                                       "localhost,evil.example",
                                       "localhost/evil.example",
                                       "evil.example#.localhost",
                                       "evil.example?.localhost",
                                       "a b.localhost",
                                       "http://localhost",
                                       "\xc2\xb2.localhost"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
  EXPECT_FALSE(IsLoopbackHost(absl::string_view("localhost\0", 10)));
  EXPECT_FALSE(IsLoopbackHost(absl::string_view("evil\0.localhost", 15)));
  EXPECT_FALSE(IsLoopbackHost(absl::string_view("[::1\0]", 6)));
  EXPECT_FALSE(IsLoopbackHost(absl::string_view("127.0.0.1\0.evil", 15)));
}

TEST(HostNameTest, ComparesAnOriginWithAHost) {
  EXPECT_TRUE(IsOriginOfHost("http://localhost:50080", "localhost:50080"));
  EXPECT_TRUE(IsOriginOfHost("https://hookd.example", "hookd.example"));
  EXPECT_TRUE(IsOriginOfHost("https://hookd.example", "HOOKD.example:443"));
  EXPECT_TRUE(IsOriginOfHost("http://hookd.example:80", "hookd.example"));
  EXPECT_TRUE(IsOriginOfHost("http://[::1]:50080", "[::1]:50080"));
}

TEST(HostNameTest, FindsOtherOriginsDifferent) {
  EXPECT_FALSE(IsOriginOfHost("http://localhost:3000", "localhost:50080"));
  EXPECT_FALSE(IsOriginOfHost("http://localhost:50080", "127.0.0.1:50080"));
  EXPECT_FALSE(IsOriginOfHost("https://hookd.example", "hookd.example:80"));
  EXPECT_FALSE(IsOriginOfHost("http://hookd.example", "hookd.example:443"));
  EXPECT_FALSE(IsOriginOfHost("ftp://hookd.example", "hookd.example"));
  EXPECT_FALSE(IsOriginOfHost("null", "null"));
  EXPECT_FALSE(IsOriginOfHost("http://", ""));
  EXPECT_FALSE(IsOriginOfHost("http://:80", ":80"));
  EXPECT_FALSE(IsOriginOfHost("", ""));
  EXPECT_FALSE(IsOriginOfHost("http://evil.example/hookd.example", "hookd.example"));
  EXPECT_FALSE(IsOriginOfHost("http://hookd.example.evil.example", "hookd.example"));
}

TEST(HostNameTest, WritesOriginsAsBrowsersDo) {
  EXPECT_EQ(Normalized("https://app.example.com"), "https://app.example.com");
  EXPECT_EQ(Normalized("HTTPS://App.Example.com:443"), "https://app.example.com");
  EXPECT_EQ(Normalized("http://app.example.com:80"), "http://app.example.com");
  EXPECT_EQ(Normalized("http://localhost:3000"), "http://localhost:3000");
  EXPECT_EQ(Normalized("http://[::1]:3000"), "http://[::1]:3000");
  EXPECT_EQ(Normalized("https://xn--caf-dma.example"), "https://xn--caf-dma.example");
}

TEST(HostNameTest, RefusesWhatIsNoOrigin) {
  for (const absl::string_view origin : {"",
                                         "null",
                                         "*",
                                         "app.example.com",
                                         "//app.example.com",
                                         "https:app.example.com",
                                         "https:/app.example.com",
                                         "https://",
                                         "https://app.example.com/",
                                         "https://app.example.com/x",
                                         "https://app.example.com?x",
                                         "https://app.example.com#x",
                                         "https://app.example.com\\x",
                                         "https://u@app.example.com",
                                         "https://u:p@app.example.com",
                                         "https://app.example.com:0",
                                         "https://app.example.com:65536",
                                         "https://app.example.com:x",
                                         "https://*.example.com",
                                         "https://app example.com",
                                         " https://app.example.com",
                                         "https://app.example.com,https://b.example.com",
                                         "ftp://app.example.com",
                                         "file:///x",
                                         "https://:443",
                                         "https://caf\xc3\xa9.example",
                                         "https://[::1",
                                         "https://a%2eexample.com"}) {
    const auto normalized = NormalizeOrigin(origin);
    EXPECT_TRUE(absl::IsInvalidArgument(normalized.status())) << origin << ": " << normalized.value_or("");
  }
  EXPECT_THAT(std::string(NormalizeOrigin("https://app.example.com/").status().message()),
              HasSubstr("slash"));
}

}  // namespace
}  // namespace hookd
