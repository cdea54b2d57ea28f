#include "hookctl/server_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookctl {
namespace {

using testing::HasSubstr;

TEST(ServerAddressTest, AcceptsHostAndPortAndGrpcsOwnSyntax) {
  for (const char* good :
       {"127.0.0.1:50051", "localhost:50051", "hookd.internal:443", "[::1]:50051",
        "dns:///hookd.internal:50051", "dns://8.8.8.8/hookd.internal:50051", "unix:/run/hookd.sock",
        "unix:///run/hookd.sock", "ipv4:10.0.0.1:50051", "xds:///hookd"}) {
    EXPECT_EQ(CheckServerAddress(good), "") << good;
  }
}

TEST(ServerAddressTest, SaysWhatToUseInstead) {
  const std::pair<const char*, const char*> addresses[] = {
      {"https://hookd.internal:50051", "without https://: use hookd.internal:50051 and --tls"},
      {"https://hookd.internal", "use hookd.internal:50051 and --tls"},
      {"HTTP://127.0.0.1:50080/v1", "without http://: use 127.0.0.1:50080"},
      {"grpcs://h:1", "without grpcs://: use h:1 and --tls"},
      {"hookd.internal:50051/", "without a path: use hookd.internal:50051"},
      {"hookd.internal:50051/v1/projects", "without a path: use hookd.internal:50051"},
      {"hookd.internal", "has no port: use hookd.internal:50051"},
      {"hookd.internal:", "has no port: use hookd.internal:50051"},
      {"dns:///hookd.internal", "has no port"},
      {"::1", "must be in brackets: use [::1]:50051"},
      {"::1:50052", "must be in brackets: use [::1]:50052"},
      {"fe80::1:443", "must be in brackets: use [fe80::1:443]:50051"},
      {"[::1]", "has no port: use [::1]:50051"},
      {":50051", "such as 127.0.0.1:50051"},
      {"", "such as 127.0.0.1:50051"},
      {"h:http", "a port from 1 to 65535"},
      {"h:0", "a port from 1 to 65535"},
      {"h:65536", "a port from 1 to 65535"},
  };
  for (const auto& [address, problem] : addresses) {
    EXPECT_THAT(CheckServerAddress(address), HasSubstr(problem)) << address;
  }
}

TEST(ServerAddressTest, IsSplitForAConnection) {
  EXPECT_EQ(SplitServerAddress("hookd.internal:50051")->host, "hookd.internal");
  EXPECT_EQ(SplitServerAddress("[::1]:50051")->host, "::1");
  EXPECT_EQ(SplitServerAddress("dns:///h:443")->port, "443");
  EXPECT_FALSE(SplitServerAddress("unix:/run/hookd.sock").has_value());
}

TEST(ServerAddressTest, OfAConsoleIsAUrlWithoutAPath) {
  for (const char* good : {"http://127.0.0.1:50080/", "http://127.0.0.1:50080", "https://hookd.example.com",
                           "https://[::1]:50080/", "https://[::1]", "http://localhost"}) {
    EXPECT_EQ(CheckConsoleUrl(good), "") << good;
  }
  for (const char* wrong :
       {"", "127.0.0.1:50080", "ftp://h/", "http://", "http:///", "http://:50080", "http://h:", "http://h:0",
        "http://h:99999", "http://::1", "http://h/path", "http://h/#token=x", "http://h?x=y",
        "https://user@h/", "javascript:alert(1)", "http://h \n"}) {
    EXPECT_THAT(CheckConsoleUrl(wrong), HasSubstr("must be http://HOST:PORT/")) << wrong;
  }
}

TEST(ServerAddressTest, OfAConsoleHasTheDefaultPortOfTheSameHost) {
  EXPECT_EQ(DefaultConsoleUrl("127.0.0.1:50051", false), "http://127.0.0.1:50080/");
  EXPECT_EQ(DefaultConsoleUrl("dns:///hookd.internal:443", true), "https://hookd.internal:50080/");
  EXPECT_EQ(DefaultConsoleUrl("[::1]:50051", false), "http://[::1]:50080/");
  EXPECT_EQ(DefaultConsoleUrl("unix:/run/hookd.sock", false), "http://127.0.0.1:50080/");
}

}  // namespace
}  // namespace hookctl
