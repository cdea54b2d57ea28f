// Proxies that misbehave: no endpoint is to blame, so that deliveries wait, and are made once a proxy is
// well.
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/faults/menagerie/habitat.h"
#include "tests/support/black_hole.h"
#include "tests/support/connect_proxy.h"

namespace hookd {
namespace {

using Behaviour = ConnectProxy::Behaviour;

constexpr absl::Duration kTrouble = absl::Seconds(4);
constexpr double kPerSecond = 10;
constexpr absl::Duration kPatience = absl::Seconds(120);

struct ProxyTest : ::testing::Test {
  // Starts hookd with the proxy at this port.
  void Start(int port) {
    habitat =
        Habitat::Start({.flags = {absl::StrCat("--egress_proxy=http://127.0.0.1:", port)}, .https = true});
    ASSERT_NE(habitat, nullptr);
  }

  // Nothing arrived, nothing failed, and all arrives now that the proxy is well.
  void ExpectAllArrivesInTheEnd() {
    EXPECT_TRUE(habitat->WaitForAll(kPatience)) << habitat->DescribeMissing();
    EXPECT_TRUE(habitat->List("state = FAILED").empty())
        << habitat->List("state = FAILED")[0].ShortDebugString();
    std::cout << "through the proxy in the end: " << habitat->arrivals() << "/"
              << habitat->expected_arrivals() << ", stopped in " << absl::FormatDuration(habitat->Stop())
              << "\n";
  }

  void RunWith(Behaviour behaviour) {
    ConnectProxy proxy(behaviour);
    Start(proxy.port());
    habitat->Emit(kTrouble, kPerSecond, 0);
    EXPECT_EQ(habitat->arrivals(), 0u);
    EXPECT_GT(proxy.requests(), 0);
    proxy.Set(Behaviour::kRelay);
    ExpectAllArrivesInTheEnd();
  }

  std::unique_ptr<Habitat> habitat;
};

TEST_F(ProxyTest, AGoodOnePassesEverythingOn) {
  ConnectProxy proxy(Behaviour::kRelay);
  Start(proxy.port());
  habitat->Emit(kTrouble, kPerSecond, 0);
  ExpectAllArrivesInTheEnd();
}

TEST_F(ProxyTest, DeliveriesWaitForOneThatIsNotThere) {
  int port = 0;
  {
    ConnectProxy proxy(Behaviour::kRelay);
    port = proxy.port();
  }
  Start(port);
  habitat->Emit(kTrouble, kPerSecond, 0);
  ConnectProxy proxy(Behaviour::kRelay, port);
  ExpectAllArrivesInTheEnd();
}

TEST_F(ProxyTest, DeliveriesWaitForOneThatIsABlackHole) {
  auto hole = std::make_unique<BlackHole>();
  const int port = hole->port();
  Start(port);
  habitat->Emit(kTrouble, kPerSecond, 0);
  hole.reset();
  ConnectProxy proxy(Behaviour::kRelay, port);
  ExpectAllArrivesInTheEnd();
}

TEST_F(ProxyTest, DeliveriesWaitForOneThatIsSilent) { RunWith(Behaviour::kSilence); }

TEST_F(ProxyTest, DeliveriesWaitForOneThatCloses) { RunWith(Behaviour::kClose); }

TEST_F(ProxyTest, DeliveriesWaitForOneThatAsksForAuthentication) {
  RunWith(Behaviour::kAuthenticationRequired);
}

TEST_F(ProxyTest, DeliveriesWaitForOneThatAnswersBadGateway) { RunWith(Behaviour::kBadGateway); }

// A proxy's own rules may forbid an endpoint for good: what becomes of deliveries is not hookd's to promise.
TEST_F(ProxyTest, OneThatForbidsDisablesNoWebhook) {
  ConnectProxy proxy(Behaviour::kForbidden);
  Start(proxy.port());
  habitat->Emit(kTrouble, kPerSecond, 0);
  for (const v1::Delivery& delivery : habitat->List("")) {
    EXPECT_FALSE(habitat->Get(delivery.webhook()).disabled());
  }
  habitat->Stop();
}

}  // namespace
}  // namespace hookd
