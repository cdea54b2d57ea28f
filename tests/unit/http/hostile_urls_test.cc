// URLs that try to lead hookd into its own network, each on the whole way that a webhook's goes: it is
// normalised, checked, and sent to by a client that may connect to public addresses alone. None reaches the
// receiver that listens here, and none is answered.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/curl/curl_error.h"
#include "http/egress_guard.h"
#include "http/url.h"
#include "tests/support/http_receiver.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// Where the way of a URL ends.
enum Ends {
  kRefused,       // when the webhook is created: it is no URL that hookd takes
  kLiteral,       // when the webhook is created: its address is not public
  kNotConnected,  // at the attempt: what its name resolved to is not public, or it resolved to nothing
};

struct Hostile {
  const char* url;  // PORT stands for the receiver's
  Ends ends;
};

constexpr Hostile kHostile[] = {
    // Loopback, and every way to write it.
    {"http://127.0.0.1:PORT/", kLiteral},
    {"http://127.0.0.2:PORT/", kLiteral},
    {"http://127.255.255.254:PORT/", kLiteral},
    {"http://127.1:PORT/", kLiteral},
    {"http://127.0.1:PORT/", kLiteral},
    {"http://2130706433:PORT/", kLiteral},
    {"http://0x7f000001:PORT/", kLiteral},
    {"http://0X7F000001:PORT/", kLiteral},
    {"http://0x7f.0x0.0x0.0x1:PORT/", kLiteral},
    {"http://0x7f.1:PORT/", kLiteral},
    {"http://0177.0.0.1:PORT/", kLiteral},
    {"http://0177.0.0.01:PORT/", kLiteral},
    {"http://00000177.0.0.1:PORT/", kLiteral},
    {"http://017700000001:PORT/", kLiteral},
    {"http://0177.0x0.0.1:PORT/", kLiteral},
    {"http://127.0x000001:PORT/", kLiteral},
    {"http://127.0.0.1.:PORT/", kLiteral},
    {"http://2130706433.:PORT/", kLiteral},
    {"http://%31%32%37.0.0.1:PORT/", kLiteral},
    {"http://127%2e0%2e0%2e1:PORT/", kLiteral},
    {"http://4294967297:PORT/", kNotConnected},
    {"http://127.0.0.256:PORT/", kNotConnected},
    {"http://127.0.0.1.nip.invalid:PORT/", kNotConnected},
    // Unspecified, which most systems take for loopback.
    {"http://0.0.0.0:PORT/", kLiteral},
    {"http://0:PORT/", kLiteral},
    {"http://0x0:PORT/", kLiteral},
    {"http://00:PORT/", kLiteral},
    {"http://0.1:PORT/", kLiteral},
    {"http://[::]:PORT/", kLiteral},
    // Loopback in IPv6, and IPv4 within.
    {"http://[::1]:PORT/", kLiteral},
    {"http://[0:0:0:0:0:0:0:1]:PORT/", kLiteral},
    {"http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/", kLiteral},
    {"http://[::ffff:127.0.0.1]:PORT/", kLiteral},
    {"http://[::FFFF:7F00:1]:PORT/", kLiteral},
    {"http://[0:0:0:0:0:ffff:7f00:1]:PORT/", kLiteral},
    {"http://[::127.0.0.1]:PORT/", kLiteral},
    {"http://[64:ff9b::127.0.0.1]:PORT/", kLiteral},
    {"http://[64:ff9b::7f00:1]:PORT/", kLiteral},
    {"http://[64:ff9b:1::7f00:1]:PORT/", kLiteral},
    {"http://[2002:7f00:1::]:PORT/", kLiteral},
    {"http://[2001:0:7f00:1::]:PORT/", kLiteral},
    {"http://[2001:0:101:101:0:0:80ff:fffe]:PORT/", kLiteral},
    {"http://[::1%25lo]:PORT/", kLiteral},
    {"http://[fe80::1%25eth0]:PORT/", kLiteral},
    {"http://[fe80::1%251]:PORT/", kLiteral},
    {"http://[::1%lo]:PORT/", kLiteral},
    {"http://[::1:PORT/", kRefused},
    {"http://::1:PORT/", kRefused},
    {"http://[127.0.0.1]:PORT/", kRefused},
    {"http://[::ffff:127.0.0.1.]:PORT/", kRefused},
    {"http://[v1.127]:PORT/", kRefused},
    // Names of this machine.
    {"http://localhost:PORT/", kNotConnected},
    {"http://LOCALHOST:PORT/", kNotConnected},
    {"http://LocalHost:PORT/", kNotConnected},
    {"http://localhost.:PORT/", kNotConnected},
    {"http://a.localhost:PORT/", kNotConnected},
    {"http://a.b.localhost.:PORT/", kNotConnected},
    {"http://localhost.localdomain:PORT/", kNotConnected},
    {"http://ip6-localhost:PORT/", kNotConnected},
    {"http://ip6-loopback:PORT/", kNotConnected},
    {"http://loopback:PORT/", kNotConnected},
    {"http://localhost..:PORT/", kNotConnected},
    {"http://intranet:PORT/", kNotConnected},
    {"http://metadata:PORT/", kNotConnected},
    {"http://metadata.google.internal.invalid:PORT/", kNotConnected},
    {"http://%6c%6f%63%61%6c%68%6f%73%74:PORT/", kNotConnected},
    {"http://l%6fcalhost:PORT/", kNotConnected},
    // Clouds' metadata.
    {"http://169.254.169.254/latest/meta-data/", kLiteral},
    {"http://169.254.43518/", kLiteral},
    {"http://2852039166/", kLiteral},
    {"http://0xa9fea9fe/", kLiteral},
    {"http://0xA9.0xFE.0xA9.0xFE/", kLiteral},
    {"http://0251.0376.0251.0376/", kLiteral},
    {"http://0251.254.0xa9.254/", kLiteral},
    {"http://[::ffff:169.254.169.254]/", kLiteral},
    {"http://[::ffff:a9fe:a9fe]/", kLiteral},
    {"http://[64:ff9b::a9fe:a9fe]/", kLiteral},
    {"http://[2002:a9fe:a9fe::1]/", kLiteral},
    {"http://[fd00:ec2::254]/", kLiteral},
    {"http://100.100.100.200/", kLiteral},
    {"http://168.63.129.16/", kLiteral},
    {"http://192.0.0.192/", kLiteral},
    // Private networks and other special ranges.
    {"http://10.0.0.1/", kLiteral},
    {"http://10.1/", kLiteral},
    {"http://012.0.0.1/", kLiteral},
    {"http://172.16.0.1/", kLiteral},
    {"http://172.31.255.255/", kLiteral},
    {"http://192.168.0.1/", kLiteral},
    {"http://192.168.257/", kLiteral},
    {"http://0xc0a80001/", kLiteral},
    {"http://100.64.0.1/", kLiteral},
    {"http://192.0.2.1/", kLiteral},
    {"http://198.18.0.1/", kLiteral},
    {"http://198.51.100.1/", kLiteral},
    {"http://203.0.113.1/", kLiteral},
    {"http://224.0.0.1/", kLiteral},
    {"http://240.0.0.1/", kLiteral},
    {"http://255.255.255.255/", kLiteral},
    {"http://4294967295/", kLiteral},
    {"http://[fc00::1]/", kLiteral},
    {"http://[fd12:3456::1]/", kLiteral},
    {"http://[fe80::1]/", kLiteral},
    {"http://[fec0::1]/", kLiteral},
    {"http://[ff02::1]/", kLiteral},
    {"http://[2001:db8::1]/", kLiteral},
    {"http://[3fff::1]/", kLiteral},
    {"http://[100::1]/", kLiteral},
    {"http://[5f00::1]/", kLiteral},
    // What a careless parser takes for another host.
    {"http://example.invalid@127.0.0.1:PORT/", kRefused},
    {"http://127.0.0.1:PORT@example.invalid/", kRefused},
    {"http://user:pass@localhost:PORT/", kRefused},
    {"http://@localhost:PORT/", kRefused},
    {"http://127.0.0.1:PORT#@example.invalid/", kRefused},
    {"http://127.0.0.1:PORT\\@example.invalid/", kRefused},
    {"http://example.invalid\\@127.0.0.1:PORT/", kRefused},
    {"http://127.0.0.1:PORT?@example.invalid/", kLiteral},
    {"http:127.0.0.1:PORT/", kRefused},
    {"http:/127.0.0.1:PORT/", kLiteral},
    {"http:///127.0.0.1:PORT/", kLiteral},
    {"http:////127.0.0.1:PORT/", kRefused},
    {"//127.0.0.1:PORT/", kRefused},
    {"127.0.0.1:PORT", kRefused},
    {"HTTP://127.0.0.1:PORT/", kLiteral},
    {"hTTp://0X7f.1:PORT/", kLiteral},
    {" http://127.0.0.1:PORT/", kRefused},
    {"http://127.0.0.1:PORT/\r\nHost: a", kRefused},
    {"http://127.0.0.1 :PORT/", kRefused},
    {"http://127.0.0.1\t:PORT/", kRefused},
    {"http://127.0.0.1:0/", kRefused},
    {"http://127.0.0.1:99999/", kRefused},
    {"http://127.0.0.1:-1/", kRefused},
    {"http://127.0.0.1:+PORT/", kRefused},
    // International names and digits.
    {"http://１２７.0.0.1:PORT/", kRefused},
    {"http://１２７．０．０．１:PORT/", kRefused},
    {"http://①②⑦.⓪.⓪.①:PORT/", kRefused},
    {"http://ⓛocalhost:PORT/", kRefused},
    {"http://localhost。:PORT/", kRefused},
    {"http://127。0。0。1:PORT/", kRefused},
    {"http://loc\xc2\xad"
     "alhost:PORT/",
     kRefused},
    {"http://%ef%bc%91%ef%bc%92%ef%bc%97.0.0.1:PORT/", kRefused},
    // Other schemes.
    {"file:///etc/passwd", kRefused},
    {"gopher://127.0.0.1:PORT/_POST", kRefused},
    {"ftp://127.0.0.1:PORT/", kRefused},
    {"dict://127.0.0.1:PORT/", kRefused},
    {"ldap://127.0.0.1:PORT/", kRefused},
    {"unix:///run/docker.sock", kRefused},
    {"javascript:alert(1)", kRefused},
};

class HostileUrlsTest : public ::testing::Test {
 protected:
  std::string Fill(const char* url) const {
    return absl::StrReplaceAll(url, {{"PORT", absl::StrCat(receiver_.port())}});
  }

  HttpReceiver receiver_;
};

TEST_F(HostileUrlsTest, NoneOfThemReachesThisMachine) {
  static_assert(std::size(kHostile) >= 100);
  const auto client = *CurlClient::Create({});
  for (const Hostile& hostile : kHostile) {
    const std::string url = Fill(hostile.url);
    const auto normalized = NormalizeUrl(url);
    const Ends ends = !normalized.ok()                            ? kRefused
                      : !EgressGuard().CheckUrl(*normalized).ok() ? kLiteral
                                                                  : kNotConnected;
    EXPECT_EQ(ends, hostile.ends) << url;
    // Also those that no webhook could be created with: one may have been, under other rules.
    const HttpResult result = Fetch(*client, MakeRequest(normalized.value_or(url)));
    EXPECT_EQ(result.status, 0) << url;
    EXPECT_NE(result.error, "") << url;
    if (ends == kLiteral) {  // not every resolver takes a number with a dot at its end for one
      EXPECT_THAT(result.error, AnyOf(kEgressNotAllowed, "could not resolve the host name")) << url;
    }
    EXPECT_EQ(receiver_.request_count(), 0u) << url;
    EXPECT_EQ(receiver_.connections(), 0) << url;
  }
}

TEST_F(HostileUrlsTest, ANameThatResolvesHereFailsWithoutTellingWhatItResolvedTo) {
  const auto client = *CurlClient::Create({});
  const HttpResult result = Fetch(*client, MakeRequest(Fill("http://localhost:PORT/")));
  EXPECT_EQ(result.error, kEgressNotAllowed);
  EXPECT_THAT(result.error, ::testing::Not(HasSubstr("127")));
}

TEST_F(HostileUrlsTest, OfSeveralAddressesOfANameTheAllowedOnesAreTried) {
  // To libcurl localhost is ::1 and 127.0.0.1.
  const auto with = [](const std::string& allowed) {
    CurlClient::Options options;
    options.egress = *EgressGuard::Create({.allow = {allowed}, .deny = {}, .ports = {}});
    return *CurlClient::Create(options);
  };
  const std::string url = Fill("http://localhost:PORT/");
  EXPECT_EQ(Fetch(*with("127.0.0.1"), MakeRequest(url)).status, 200);
  // The receiver does not listen on ::1.
  EXPECT_THAT(Fetch(*with("::1"), MakeRequest(url)).error, HasSubstr("could not connect"));
  EXPECT_EQ(receiver_.connections(), 1);
}

TEST_F(HostileUrlsTest, ARedirectIsNotFollowed) {
  receiver_.SetDefault({.status = 307, .headers = {{"Location", "http://169.254.169.254/latest/"}}});
  const HttpResult result = Fetch(*MakeClient(), MakeRequest(receiver_.Url("/")));
  EXPECT_EQ(result.status, 307);
  EXPECT_EQ(receiver_.request_count(), 1u);
}

TEST_F(HostileUrlsTest, APortThatIsNotAllowedIsNotConnectedTo) {
  CurlClient::Options options;
  options.egress = *EgressGuard::Create({.allow = {"127.0.0.1"}, .deny = {}, .ports = {"443"}});
  const auto client = *CurlClient::Create(options);
  EXPECT_EQ(Fetch(*client, MakeRequest(receiver_.Url("/"))).error, kEgressNotAllowed);
  EXPECT_EQ(receiver_.connections(), 0);
}

// The receiver plays the proxy: what it gets is a request for another host.
TEST_F(HostileUrlsTest, ByAProxyNamesAreItsBusinessAndAddressesStillOurs) {
  CurlClient::Options options;
  options.proxy = absl::StrCat("http://127.0.0.1:", receiver_.port());
  const auto client = *CurlClient::Create(options);
  EXPECT_EQ(Fetch(*client, MakeRequest("http://example.invalid/a")).status, 200);
  ASSERT_EQ(receiver_.request_count(), 1u);
  EXPECT_EQ(receiver_.requests()[0].path, "http://example.invalid/a");
  EXPECT_EQ(Fetch(*client, MakeRequest("http://10.0.0.1/")).error, kEgressNotAllowed);
  EXPECT_EQ(receiver_.request_count(), 1u);
}

TEST_F(HostileUrlsTest, WhatIsNoProxyIsRefused) {
  for (const char* proxy : {"", "proxy:3128", "ftp://proxy:3128", "http://", "nonsense"}) {
    CurlClient::Options options;
    options.proxy = proxy;
    EXPECT_EQ(CurlClient::Create(options).ok(), proxy[0] == '\0') << proxy;
  }
}

}  // namespace
}  // namespace hookd
