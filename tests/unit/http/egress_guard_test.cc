#include "http/egress_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

bool Allows(const EgressGuard& guard, const std::string& ip, int port = 443) {
  sockaddr_in ipv4 = {};
  if (inet_pton(AF_INET, ip.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(static_cast<uint16_t>(port));
    return guard.Allows(reinterpret_cast<const sockaddr*>(&ipv4));
  }
  sockaddr_in6 ipv6 = {};
  EXPECT_EQ(inet_pton(AF_INET6, ip.c_str(), &ipv6.sin6_addr), 1) << ip;
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(static_cast<uint16_t>(port));
  return guard.Allows(reinterpret_cast<const sockaddr*>(&ipv6));
}

EgressGuard Guard(const EgressGuard::Options& options) { return EgressGuard::Create(options).value(); }

// The first and the last of each special range, and what is next to it and public.
TEST(EgressGuardTest, NothingOfASpecialRangeIsPublicAndWhatIsBesideItIs) {
  struct Border {
    const char* before;  // public, or null if that is special too
    const char* first;
    const char* last;
    const char* after;
  };
  constexpr Border kBorders[] = {
      {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
      {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
      {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
      {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"},
      {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
      {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
      {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
      {"192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0"},
      {"192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0"},
      {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
      {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
      {"192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0"},
      {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
      {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
      {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
      {"223.255.255.255", "224.0.0.0", "255.255.255.255", nullptr},
      {nullptr, "::", "::fffe:ffff:ffff", nullptr},
      {nullptr, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", nullptr},
      {nullptr, "100::", "100:0:0:1:ffff:ffff:ffff:ffff", nullptr},
      {nullptr, "1fff:ffff::", "1fff:ffff::ffff", "2000::"},
      {"2000:ffff:ffff::", "2001::", "2001:1ff:ffff::", "2001:200::"},
      {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::"},
      {"2001:ffff::", "2002::", "2002:ffff::", "2003::"},
      {"2620:4f:7fff::", "2620:4f:8000::", "2620:4f:8000:ffff::", "2620:4f:8001::"},
      {"3ffe:ffff::", "3fff::", "3fff:fff:ffff::", "3fff:1000::"},
      {"3fff:ffff::", "4000::", "5f00::ffff", nullptr},
      {nullptr, "fc00::", "fdff:ffff::", nullptr},
      {nullptr, "fd00:ec2::254", "fd00:ec2::254", nullptr},
      {nullptr, "fe80::", "febf:ffff::", nullptr},
      {nullptr, "fec0::", "feff:ffff::", nullptr},
      {nullptr, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
  };
  const EgressGuard guard;
  for (const Border& border : kBorders) {
    EXPECT_FALSE(Allows(guard, border.first)) << border.first;
    EXPECT_FALSE(Allows(guard, border.last)) << border.last;
    if (border.before != nullptr) EXPECT_TRUE(Allows(guard, border.before)) << border.before;
    if (border.after != nullptr) EXPECT_TRUE(Allows(guard, border.after)) << border.after;
  }
}

TEST(EgressGuardTest, AnIpv4AddressInAnIpv6OneIsWhatItStandsFor) {
  const EgressGuard guard;
  for (const char* prefix : {"::ffff:", "64:ff9b::"}) {
    EXPECT_FALSE(Allows(guard, std::string(prefix) + "127.0.0.1")) << prefix;
    EXPECT_FALSE(Allows(guard, std::string(prefix) + "169.254.169.254")) << prefix;
    EXPECT_TRUE(Allows(guard, std::string(prefix) + "1.1.1.1")) << prefix;
  }
}

TEST(EgressGuardTest, OldWaysFromIpv6ToIpv4AreClosedWhatEverTheyLeadTo) {
  const EgressGuard guard;
  for (const char* ip : {"::1.1.1.1", "2002:101:101::1", "2002:7f00:1::1", "2001:0:101:101::1",
                         "2001:0:101:101:0:0:80ff:fffe"}) {
    EXPECT_FALSE(Allows(guard, ip)) << ip;
  }
}

TEST(EgressGuardTest, WhatIsAllowedNeedNotBePublicInWhateverForm) {
  const EgressGuard guard =
      Guard({.allow = {"127.0.0.0/8", "fd00::/8", "10.1.2.3"}, .deny = {}, .ports = {}});
  for (const char* ip : {"127.0.0.1", "127.255.255.255", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "fd00::1",
                         "10.1.2.3", "1.1.1.1"}) {
    EXPECT_TRUE(Allows(guard, ip)) << ip;
  }
  for (const char* ip : {"128.0.0.0", "fc00::1", "10.1.2.4", "::1"}) {
    EXPECT_EQ(Allows(guard, ip), std::string(ip) == "128.0.0.0") << ip;
  }
}

TEST(EgressGuardTest, WhatIsDeniedIsNotReachedEvenIfItIsAllowedOrPublic) {
  const EgressGuard guard =
      Guard({.allow = {"10.0.0.0/8"}, .deny = {"10.9.0.0/16", "1.1.1.0/24", "2606::/16"}, .ports = {}});
  EXPECT_TRUE(Allows(guard, "10.8.0.1"));
  for (const char* ip : {"10.9.0.1", "1.1.1.1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2606::1"}) {
    EXPECT_FALSE(Allows(guard, ip)) << ip;
  }
}

TEST(EgressGuardTest, ADeniedIpv4AddressIsDeniedInEveryIpv6FormThatEmbedsIt) {
  const EgressGuard guard = Guard({.allow = {"::/0"}, .deny = {"10.0.0.0/8"}, .ports = {}});
  for (const char* ip :
       {"10.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::10.0.0.1", "64:ff9b:1:a00:0:100::", "64:ff9b:1:0a:0:1::", "64:ff9b:1:0:a:0:100:0",
        "2002:a00:1::", "2002:aff:ffff::1", "2001:0:a00:1::1", "2001:0:101:101:0:0:f5ff:fffe",
        "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:10.0.0.1"}) {
    EXPECT_FALSE(Allows(guard, ip)) << ip;
  }
  for (const char* ip : {"11.0.0.1", "::11.0.0.1", "64:ff9b::11.0.0.1", "2002:b00:1::", "2606:4700::a00:1",
                         "2606:4700::5efe:11.0.0.1", "::1"}) {
    EXPECT_TRUE(Allows(guard, ip)) << ip;
  }
  EXPECT_TRUE(Allows(Guard({.allow = {"::1"}, .deny = {"0.0.0.0/8"}, .ports = {}}), "::1"))
      << "IPv6's loopback embeds nothing";
}

TEST(EgressGuardTest, ADeniedAddressIsRefusedInAUrlToo) {
  const EgressGuard guard = Guard({.allow = {"::/0"}, .deny = {"10.0.0.0/8"}, .ports = {}});
  for (const char* url : {"http://[64:ff9b::10.0.0.1]/", "http://[2002:a00:1::]/", "http://[::10.0.0.1]/"}) {
    EXPECT_FALSE(guard.CheckUrl(url).ok()) << url;
  }
}

TEST(EgressGuardTest, ARangeMayEndWithinAByte) {
  const EgressGuard guard =
      Guard({.allow = {"10.0.0.128/25", "0.0.0.0/0"}, .deny = {"10.0.0.0/30"}, .ports = {}});
  EXPECT_FALSE(Allows(guard, "10.0.0.3"));
  EXPECT_TRUE(Allows(guard, "10.0.0.4"));
  EXPECT_TRUE(Allows(guard, "255.255.255.255"));
  EXPECT_FALSE(Allows(guard, "::1")) << "a range of IPv4 is none of IPv6";
}

TEST(EgressGuardTest, PortsCanBeLimited) {
  const EgressGuard guard = Guard({.allow = {}, .deny = {}, .ports = {"443", "8000-8999"}});
  for (int port : {443, 8000, 8999}) EXPECT_TRUE(Allows(guard, "1.1.1.1", port)) << port;
  for (int port : {80, 7999, 9000}) EXPECT_FALSE(Allows(guard, "1.1.1.1", port)) << port;
  EXPECT_TRUE(guard.CheckUrl("https://example.com/").ok());
  EXPECT_TRUE(guard.CheckUrl("http://example.com:8080/").ok());
  EXPECT_THAT(std::string(guard.CheckUrl("http://example.com/").message()),
              AllOf(HasSubstr("80"), HasSubstr("--egress_ports")));
}

TEST(EgressGuardTest, OtherKindsOfAddressAreRefused) {
  sockaddr other = {};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(Guard({.allow = {"::/0", "0.0.0.0/0"}, .deny = {}, .ports = {}}).Allows(&other));
}

TEST(EgressGuardTest, AUrlsOwnAddressIsToldAndHowToAllowIt) {
  const absl::Status status = EgressGuard().CheckUrl("http://127.0.0.1:8080/");
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("127.0.0.1"), HasSubstr("--egress_allow")));
  EXPECT_TRUE(EgressGuard().CheckUrl("http://1.1.1.1/").ok());
  EXPECT_TRUE(EgressGuard().CheckUrl("http://[2606:4700::1111]/").ok());
  EXPECT_TRUE(EgressGuard().CheckUrl("http://localhost/").ok()) << "a name is judged when it is connected to";
}

TEST(EgressGuardTest, WhatIsNoRangeIsRefusedByName) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "localhost",
                           "10.0.0.0/8/8", "10.0.0.0/", "10.0.0.0/x"}) {
    const auto guard = EgressGuard::Create({.allow = {text}, .deny = {}, .ports = {}});
    EXPECT_TRUE(absl::IsInvalidArgument(guard.status())) << text;
    EXPECT_THAT(std::string(guard.status().message()), HasSubstr(text));
    EXPECT_FALSE(EgressGuard::Create({.allow = {}, .deny = {text}, .ports = {}}).ok()) << text;
  }
  for (const char* text : {"", "0", "65536", "80-", "80-79", "http", "-80"}) {
    const bool ok = EgressGuard::Create({.allow = {}, .deny = {}, .ports = {text}}).ok();
    EXPECT_FALSE(ok && std::string(text) != "80-") << text;
  }
}

}  // namespace
}  // namespace hookd
