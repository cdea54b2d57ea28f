// Deliveries that a real hookd cannot send, through no fault of their endpoint.
#include "gmock/gmock.h"
#include "tests/integration/watched_hookd.h"

namespace hookd {
namespace {

class HoldTest : public WatchedHookd {};

TEST_F(HoldTest, ADeliveryWaitsWithoutAnAttemptWhileTheProxyIsAway) {
  // Nothing listens there.
  Start({"--egress_proxy=http://127.0.0.1:1"});
  const v1::Webhook webhook = CreateWebhook("w", receiver_.Url("/"));
  const std::string event = Emit();
  WaitForValue("hookd_attempts_held_total", 1, "cause", "proxy");
  WaitForValue("hookd_webhooks_held", 1);

  const std::vector<v1::Delivery> deliveries = Deliveries(event);
  ASSERT_EQ(deliveries.size(), 1u);
  EXPECT_EQ(deliveries[0].state(), v1::DELIVERY_STATE_PENDING);
  EXPECT_EQ(deliveries[0].attempt_count(), 0);
  EXPECT_EQ(Value("hookd_deliveries_ended_total"), 0);
  EXPECT_EQ(receiver_.request_count(), 0u);
  // It says so, and names what is to be done.
  EXPECT_THAT(server_->Stop().output, ::testing::HasSubstr("proxy"));
}

}  // namespace
}  // namespace hookd
