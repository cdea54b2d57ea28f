// hookctl webhooks list, and the health of webhooks.
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::HasSubstr;

class WebhookListTest : public HookctlTest {};

v1::Webhook MakeWebhook(const std::string& id) {
  v1::Webhook webhook;
  webhook.set_name("projects/shop/webhooks/" + id);
  webhook.set_url("https://example.com/" + id);
  webhook.add_event_types(v1::EVENT_TYPE_SENT);
  webhook.add_event_types(v1::EVENT_TYPE_BOUNCED);
  webhook.mutable_update_time()->set_seconds(1769862605);
  webhook.set_etag("e1");
  return webhook;
}

TEST_F(WebhookListTest, ListIsATable) {
  v1::ListWebhooksResponse list;
  *list.add_webhooks() = MakeWebhook("a");
  *list.add_webhooks() = MakeWebhook("longer-id");
  list.mutable_webhooks(0)->mutable_health()->set_state(v1::HEALTH_STATE_HEALTHY);
  list.mutable_webhooks(0)->mutable_health()->set_last_error("an old one");
  list.mutable_webhooks(1)->set_disabled(true);
  hookd_.webhooks.list.Respond(list);
  EXPECT_EQ(Hookctl({"webhooks", "list"}).out,
            "WEBHOOK    STATE     HEALTH   PENDING  EVENTS        URL                            ERROR\n"
            "a          enabled   healthy  0        sent,bounced  https://example.com/a          -\n"
            "longer-id  disabled  -        0        sent,bounced  https://example.com/longer-id  -\n");
}

// A webhook that fails.
v1::Webhook FailingWebhook() {
  v1::Webhook webhook = MakeWebhook("w");
  v1::WebhookHealth& health = *webhook.mutable_health();
  health.set_state(v1::HEALTH_STATE_FAILING);
  health.mutable_failing_since()->set_seconds(1769862605);
  health.mutable_last_success_time()->set_seconds(1769862545);
  health.mutable_last_failure_time()->set_seconds(1769862665);
  health.set_consecutive_failures(1017);
  health.set_last_error("could not connect: connection refused");
  health.set_circuit(v1::CIRCUIT_STATE_OPEN);
  health.mutable_circuit_open_until()->set_seconds(1769862725);
  health.set_pending_deliveries(12345);
  health.mutable_oldest_pending_time()->set_seconds(1769862600);
  return webhook;
}

TEST_F(WebhookListTest, ListShowsHealthAndErrorOnAnyTerminal) {
  v1::ListWebhooksResponse list;
  *list.add_webhooks() = FailingWebhook();
  hookd_.webhooks.list.Respond(list);
  EXPECT_EQ(Hookctl({"webhooks", "list"}, "", 80).out,
            "WEBHOOK  STATE    HEALTH           URL                    ERROR\n"
            "w        enabled  failing (1,017)  https://example.com/w  could not connect: co…\n")
      << "80 columns";
  EXPECT_THAT(Hookctl({"webhooks", "list"}).out, HasSubstr("failing (1,017)  12,345   sent,bounced"));
}

TEST_F(WebhookListTest, WideListHasAllColumns) {
  v1::ListWebhooksResponse list;
  v1::Webhook& webhook = *list.add_webhooks();
  webhook = FailingWebhook();
  webhook.set_display_name("Zoë's");
  webhook.set_ordered(true);
  webhook.mutable_rate_limit()->set_per_second(0.5);
  webhook.mutable_retry_policy()->set_max_attempts(8);
  webhook.set_disabled(true);
  webhook.set_disable_reason(v1::DISABLE_REASON_FAILING);
  webhook.mutable_disable_time()->set_seconds(1769862605);
  hookd_.webhooks.list.Respond(list);
  const std::string out = Hookctl({"webhooks", "list", "-o", "wide"}, "", 80).out;
  for (const char* cell :
       {"w        disabled 2026-01-31 12:30:05Z failing  failing (1,017)  2026-01-31 12:30:05Z",
        "2026-01-31 12:29:05Z  open until 2026-01-31 12:32:05Z  12,345   2026-01-31 12:30:00Z",
        "ordered, 0.5/s, 8 attempts", "Zoë's", "could not connect: connection refused\n"}) {
    EXPECT_THAT(out, HasSubstr(cell));
  }
  EXPECT_THAT(Hookctl({"webhooks", "list"}).out, HasSubstr("disabled: failing"));
}

TEST_F(WebhookListTest, ListFlagsBecomeAFilterAndAnOrder) {
  Hookctl({"webhooks", "list", "--event-type", "bounced", "--health", "failing", "--disabled", "--filter",
           "event_type = SENT", "--order-by", "failing_since desc"});
  const auto request = hookd_.webhooks.list.requests().at(0);
  EXPECT_EQ(request.filter(),
            "event_type = SENT AND event_type = EVENT_TYPE_BOUNCED AND enabled = false AND health = FAILING");
  EXPECT_EQ(request.order_by(), "failing_since desc");
  EXPECT_EQ(Hookctl({"webhooks", "list", "--enabled"}).err, "No matching webhooks in projects/shop.\n");
  EXPECT_EQ(Hookctl({"webhooks", "list", "--enabled", "--disabled"}).code, kUsage);
  EXPECT_EQ(Hookctl({"webhooks", "list", "--health", "ill"}).code, kUsage);
}

TEST_F(WebhookListTest, ThoseOfAllProjectsHaveTheirFullNames) {
  v1::ListWebhooksResponse list;
  *list.add_webhooks() = MakeWebhook("a");
  hookd_.webhooks.list.Respond(list);
  EXPECT_THAT(Hookctl({"webhooks", "list", "--all-projects", "--circuit", "half-open"}).out,
              HasSubstr("projects/shop/webhooks/a  enabled"));
  const auto request = hookd_.webhooks.list.requests().at(0);
  EXPECT_EQ(request.parent(), "projects/-");
  EXPECT_EQ(request.filter(), "circuit = HALF_OPEN");
  hookd_.webhooks.list.Respond({});
  EXPECT_EQ(Hookctl({"webhooks", "list", "--all-projects"}).err, "No webhooks in any project.\n");
}

TEST_F(WebhookListTest, GetShowsHealthInSentences) {
  hookd_.webhooks.get.Respond(FailingWebhook());
  EXPECT_THAT(
      Hookctl({"webhooks", "get", "w"}).out,
      HasSubstr("Health        failing since 2026-01-31 12:30:05Z, 1,017 attempts: could not connect: "
                "connection refused\n"
                "Last success  2026-01-31 12:29:05Z\n"
                "Circuit       open until 2026-01-31 12:32:05Z: no attempt is made before\n"
                "Pending       12,345 deliveries, the oldest accepted at 2026-01-31 12:30:00Z\n"));
  v1::Webhook healthy = FailingWebhook();
  healthy.mutable_health()->set_state(v1::HEALTH_STATE_HEALTHY);
  healthy.mutable_health()->set_circuit(v1::CIRCUIT_STATE_CLOSED);
  healthy.mutable_health()->set_pending_deliveries(0);
  hookd_.webhooks.get.Respond(healthy);
  EXPECT_THAT(Hookctl({"webhooks", "get", "w"}).out,
              HasSubstr("Health        healthy\n"
                        "Last success  2026-01-31 12:29:05Z\n"
                        "Last failure  2026-01-31 12:31:05Z: could not connect: connection refused\n"
                        "Circuit       closed\n"));
}

}  // namespace
}  // namespace hookctl
