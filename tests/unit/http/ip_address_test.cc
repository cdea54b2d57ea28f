#include "http/ip_address.h"

#include <gtest/gtest.h>

namespace hookd {
namespace {

TEST(IpAddressTest, IsWrittenWithItsPort) {
  EXPECT_EQ(IpAddress::Parse("203.0.113.7")->ToString(443), "203.0.113.7:443");
  EXPECT_EQ(IpAddress::Parse("2001:DB8:0::1")->ToString(8080), "[2001:db8::1]:8080");
  EXPECT_EQ(IpAddress::Parse("::ffff:192.0.2.1")->ToString(80), "[::ffff:192.0.2.1]:80");
  EXPECT_EQ(IpAddress::Parse("fe80::1%lo")->ToString(80), "[fe80::1%lo]:80");
}

}  // namespace
}  // namespace hookd
