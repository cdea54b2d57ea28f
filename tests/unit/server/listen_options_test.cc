#include "listen_options.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(ListenOptionsTest, ABrowserOpensTheAddressThatIsServed) {
  EXPECT_EQ(BrowserUrl({.address = "127.0.0.1:0"}, 50080), "http://127.0.0.1:50080/");
  EXPECT_EQ(BrowserUrl({.address = "[::1]:50080"}, 50080), "http://[::1]:50080/");
  EXPECT_EQ(BrowserUrl({.address = "hookd.internal:443", .tls = {.cert_file = "hookd.pem"}}, 443),
            "https://hookd.internal:443/");
}

TEST(ListenOptionsTest, AnAddressForAllInterfacesIsOpenedAsThisMachine) {
  for (const char* address : {"0.0.0.0:50080", "[::]:50080"}) {
    EXPECT_EQ(BrowserUrl({.address = address}, 50080), "http://localhost:50080/") << address;
  }
}

TEST(ListenOptionsTest, NoBrowserOpensASocketFile) {
  EXPECT_EQ(BrowserUrl({.address = "unix:/run/hookd/http.sock"}, 0), "");
}

}  // namespace
}  // namespace hookd
