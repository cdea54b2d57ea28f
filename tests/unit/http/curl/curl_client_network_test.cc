// CurlClient with names, addresses and proxies that fail: what others notice of it, and whose fault it is
// said to be.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/curl/curl_client.h"
#include "tests/support/black_hole.h"
#include "tests/support/dns_server.h"
#include "tests/support/http_receiver.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class CurlClientNetworkTest : public ::testing::Test {
 protected:
  CurlClientNetworkTest() { names_.Set("good.test", {.a = {"127.0.0.1"}}); }

  std::unique_ptr<CurlClient> Client(CurlClient::Options options = {}) {
    options.name_servers = {names_.address()};
    return MakeClient(options);
  }
  std::string Url(const std::string& name) const {
    return absl::StrCat("http://", name, ":", receiver_.port(), "/");
  }

  DnsServer names_;
  HttpReceiver receiver_;
};

TEST_F(CurlClientNetworkTest, LooksNamesUp) {
  const auto client = Client();
  const HttpResult result = Fetch(*client, MakeRequest(Url("good.test")));
  EXPECT_EQ(result.status, 200) << result.error;
  EXPECT_GT(result.name_lookup, absl::ZeroDuration());
  EXPECT_EQ(receiver_.requests()[0].header("Host"), absl::StrCat("good.test:", receiver_.port()));
}

// https://github.com/curl/curl/issues/11439: a socket that never connected was closed in silence, and what
// came by its number was taken for it.
TEST_F(CurlClientNetworkTest, AHostThatSwallowsConnectionsStopsNoOther) {
  const BlackHole hole;
  names_.Set("hole.test", {.a = {"127.0.0.1"}, .ttl_seconds = 3600});
  receiver_.SetDefault({.close_after = true});
  const auto client = Client({.loops = 1});
  EXPECT_EQ(Fetch(*client, MakeRequest(Url("hole.test"))).status, 200);
  for (int round = 0; round < 10; ++round) {
    Results lost, found;
    for (int i = 0; i < 3; ++i) {
      client->Send(MakeRequest(absl::StrCat("http://hole.test:", hole.port(), "/"), absl::Milliseconds(100)),
                   lost.Done());
    }
    for (int i = 0; i < 10; ++i) {
      // Each of these is a name that has to be looked up while the others time out.
      const std::string name = absl::StrCat("r", round, "-", i, ".test");
      names_.Set(name, {.a = {"127.0.0.1"}});
      client->Send(MakeRequest(Url(name)), found.Done());
    }
    for (const HttpResult& result : found.WaitFor(10)) EXPECT_EQ(result.status, 200) << result.error;
    for (const HttpResult& result : lost.WaitFor(3)) {
      EXPECT_EQ(result.error, "timed out after 100ms: no connection");
      EXPECT_EQ(result.fault, HttpFault::kEndpoint);
    }
  }
  // Nothing is left of them.
  const absl::Time end = absl::Now() + kPatience;
  while (client->connections() > 0 && absl::Now() < end) std::this_thread::yield();
  EXPECT_EQ(client->connections(), 0);
}

TEST_F(CurlClientNetworkTest, TriesEveryAddressOfAName) {
  // Nothing listens at the others.
  names_.Set("many.test", {.a = {"127.0.0.9", "127.0.0.1"}, .aaaa = {"::1"}});
  const HttpResult result = Fetch(*Client(), MakeRequest(Url("many.test"), absl::Seconds(5)));
  EXPECT_EQ(result.status, 200) << result.error;
}

TEST_F(CurlClientNetworkTest, FollowsANameThatMovesOnceTheConnectionIsOld) {
  HttpReceiver other;
  names_.Set("moves.test", {.a = {"127.0.0.1"}, .ttl_seconds = 1});
  const auto client = Client({.connection_lifetime = absl::Milliseconds(50)});
  EXPECT_EQ(Fetch(*client, MakeRequest(Url("moves.test"))).status, 200);
  const absl::Time end = absl::Now() + kPatience;
  while (receiver_.connections() < 3 && absl::Now() < end) {
    EXPECT_EQ(Fetch(*client, MakeRequest(Url("moves.test"))).status, 200);
  }
  EXPECT_GE(receiver_.connections(), 3);
}

TEST_F(CurlClientNetworkTest, OpensAFreshConnectionWhereItIsAskedTo) {
  const auto client = Client();
  EXPECT_EQ(Fetch(*client, MakeRequest(Url("good.test"))).status, 200);
  HttpRequest request = MakeRequest(Url("good.test"));
  request.fresh_connection = true;
  EXPECT_EQ(Fetch(*client, request).status, 200);
  EXPECT_EQ(receiver_.connections(), 2);
  EXPECT_EQ(Fetch(*client, MakeRequest(Url("good.test"))).status, 200);
  EXPECT_EQ(receiver_.connections(), 2);
}

TEST_F(CurlClientNetworkTest, DoesNotTrustConnectionsBesideOneThatFellSilent) {
  receiver_.SetDefault({.delay = absl::Milliseconds(50)});
  const auto client = Client();
  Results results;
  for (int i = 0; i < 4; ++i) client->Send(MakeRequest(Url("good.test")), results.Done());
  ASSERT_THAT(results.WaitFor(4), SizeIs(4));
  const int before = receiver_.connections();
  receiver_.SetNext({.hang = true});
  EXPECT_NE(Fetch(*client, MakeRequest(Url("good.test"), absl::Milliseconds(200))).error, "");
  EXPECT_EQ(Fetch(*client, MakeRequest(Url("good.test"))).status, 200);
  EXPECT_EQ(receiver_.connections(), before + 1);
}

TEST_F(CurlClientNetworkTest, ThatThereIsNoSuchNameIsTheEndpointsFault) {
  const HttpResult result = Fetch(*Client(), MakeRequest("http://none.test/"));
  EXPECT_EQ(result.error, "could not resolve the host name");
  EXPECT_EQ(result.failure, HttpFailure::kResolve);
  EXPECT_EQ(result.fault, HttpFault::kEndpoint);
}

TEST_F(CurlClientNetworkTest, ThatNoNameServerAnswersIsHookds) {
  names_.SetSilent(true);
  const HttpResult result = Fetch(*Client(), MakeRequest("http://any.test/", absl::Milliseconds(500)));
  EXPECT_EQ(result.error, "could not resolve the host name within 500ms");
  EXPECT_EQ(result.failure, HttpFailure::kResolve);
  EXPECT_EQ(result.fault, HttpFault::kHookd);
}

TEST_F(CurlClientNetworkTest, AnAnswerIsNobodysFaultAndARefusalTheEndpoints) {
  const auto client = Client();
  receiver_.SetDefault({.status = 500});
  EXPECT_EQ(Fetch(*client, MakeRequest(Url("good.test"))).fault, HttpFault::kNone);
  const HttpResult refused = Fetch(*client, MakeRequest("http://127.0.0.1:1/"));
  EXPECT_EQ(refused.failure, HttpFailure::kConnect);
  EXPECT_EQ(refused.fault, HttpFault::kEndpoint);
  const HttpResult blocked = Fetch(*client, MakeRequest("http://10.0.0.1/"));
  EXPECT_EQ(blocked.failure, HttpFailure::kBlocked);
  EXPECT_EQ(blocked.fault, HttpFault::kPolicy);
}

TEST_F(CurlClientNetworkTest, AProxyThatIsNotThereIsHookdsFault) {
  const auto client = Client({.proxy = "http://127.0.0.1:1"});
  const HttpResult result = Fetch(*client, MakeRequest("http://endpoint.test/"));
  EXPECT_THAT(result.error, HasSubstr("cannot reach the egress proxy: could not connect"));
  EXPECT_EQ(result.failure, HttpFailure::kProxy);
  EXPECT_EQ(result.fault, HttpFault::kHookd);
}

TEST_F(CurlClientNetworkTest, AProxyThatRefusesATunnelIsHookdsFault) {
  const auto client = Client({.proxy = absl::StrCat("http://127.0.0.1:", receiver_.port())});
  for (const int status : {407, 502}) {
    receiver_.SetDefault({.status = status});
    const HttpResult result = Fetch(*client, MakeRequest("https://good.test/", absl::Seconds(5)));
    EXPECT_EQ(result.error, absl::StrCat("the egress proxy refused the connection with status ", status));
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.fault, HttpFault::kHookd);
  }
}

TEST_F(CurlClientNetworkTest, GoesByAProxyThatIsCalledByName) {
  names_.Set("proxy.test", {.a = {"127.0.0.1"}});
  const auto client = Client({.proxy = absl::StrCat("http://proxy.test:", receiver_.port())});
  for (int i = 0; i < 3; ++i) {
    const HttpResult result = Fetch(*client, MakeRequest("http://endpoint.test/path"));
    EXPECT_EQ(result.status, 200) << result.error;
  }
  EXPECT_EQ(receiver_.requests()[2].path, "http://endpoint.test/path");
  EXPECT_EQ(receiver_.connections(), 1);
}

TEST_F(CurlClientNetworkTest, TellsTheAddressAndTheVersionOfTheResponse) {
  const auto client = Client();
  const std::string address = absl::StrCat("127.0.0.1:", receiver_.port());
  // On a new connection, and on a reused one.
  for (int i = 0; i < 2; ++i) {
    const HttpResult result = Fetch(*client, MakeRequest(Url("good.test")));
    EXPECT_EQ(result.remote_address, address);
    EXPECT_EQ(result.http_version, "1.1");
  }
  receiver_.SetDefault({.hang = true});
  const HttpResult late = Fetch(*client, MakeRequest(Url("good.test"), absl::Milliseconds(200)));
  EXPECT_EQ(late.failure, HttpFailure::kTimeout);
  EXPECT_EQ(late.remote_address, address);
  EXPECT_EQ(late.http_version, "");
}

TEST_F(CurlClientNetworkTest, TellsNoAddressThatItDidNotConnectToOrMayNot) {
  const auto client = Client();
  EXPECT_EQ(Fetch(*client, MakeRequest("http://127.0.0.1:1/")).remote_address, "");
  EXPECT_EQ(Fetch(*client, MakeRequest("http://10.0.0.1/")).remote_address, "");
  EXPECT_EQ(Fetch(*client, MakeRequest("http://none.test/")).remote_address, "");
}

TEST_F(CurlClientNetworkTest, TellsTheAddressOfTheProxy) {
  const auto client = Client({.proxy = absl::StrCat("http://127.0.0.1:", receiver_.port())});
  const std::string address = absl::StrCat("127.0.0.1:", receiver_.port());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Fetch(*client, MakeRequest("http://endpoint.test/path")).remote_address, address);
  }
  // The proxy forbids the address.
  receiver_.SetDefault({.status = 403});
  const HttpResult forbidden = Fetch(*client, MakeRequest("https://endpoint.test/"));
  EXPECT_EQ(forbidden.failure, HttpFailure::kBlocked);
  EXPECT_EQ(forbidden.remote_address, "");
}

TEST_F(CurlClientNetworkTest, ReportsWhatItDoes) {
  const auto client = Client({.max_connections = 8});
  EXPECT_EQ(Fetch(*client, MakeRequest(Url("good.test"))).status, 200);
  const CurlClient::Figures figures = client->figures();
  EXPECT_EQ(figures.connections, 1);
  EXPECT_EQ(figures.connections_opened, 1);
  EXPECT_EQ(figures.connections_cut, 0);
  EXPECT_EQ(figures.lookups, 0);
  EXPECT_LT(figures.free_descriptors, 8);
}

}  // namespace
}  // namespace hookd
