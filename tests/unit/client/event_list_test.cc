// hookctl events list, and the flags for the content of events.
#include "gmock/gmock.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class EventListTest : public HookctlTest {
 protected:
  std::string FilterOf(std::vector<std::string> arguments) {
    const Result result = Hookctl(std::move(arguments));
    EXPECT_EQ(result.code, kOk) << result.err;
    return hookd_.events.list.requests().back().filter();
  }
};

TEST_F(EventListTest, IsATable) {
  v1::ListEventsResponse list;
  v1::Event& sent = *list.add_events();
  sent.set_name("projects/shop/events/e2");
  sent.mutable_emit_time()->set_seconds(1769862605);
  sent.set_webhook_count(2);
  sent.mutable_sent()->mutable_user()->set_email("ann@example.com");
  sent.mutable_sent()->mutable_campaign()->set_name("Spring sale");
  v1::Event& left = *list.add_events();
  left.set_name("projects/shop/events/e1");
  left.mutable_emit_time()->set_seconds(1769862604);
  left.mutable_unsubscribed()->mutable_user()->mutable_id()->set_number(7);
  left.mutable_unsubscribed()->mutable_campaign()->set_campaign_title("Summer sale");
  hookd_.events.list.Respond(list);
  EXPECT_EQ(Hookctl({"events", "list"}).out,
            "EVENT  EMITTED               TYPE          USER             CAMPAIGN     WEBHOOKS\n"
            "e2     2026-01-31 12:30:05Z  sent          ann@example.com  Spring sale  2\n"
            "e1     2026-01-31 12:30:04Z  unsubscribed  7                Summer sale  0\n");
  EXPECT_EQ(hookd_.events.list.requests()[0].parent(), "projects/shop");
}

TEST_F(EventListTest, SaysThatThereIsNone) {
  EXPECT_EQ(Hookctl({"events", "list"}).err, "No matching events in projects/shop.\n");
}

TEST_F(EventListTest, FlagsBecomeAFilter) {
  EXPECT_EQ(FilterOf({"events", "list"}), "");
  EXPECT_EQ(FilterOf({"events", "list", "--type", "bounced", "--type", "complained", "--webhook", "billing",
                      "--since", "2026-01-31", "--until", "2026-02-01", "--filter", "user.id = 5"}),
            "(event_type = EVENT_TYPE_BOUNCED OR event_type = EVENT_TYPE_COMPLAINED)"
            " AND webhook = \"projects/shop/webhooks/billing\""
            " AND emit_time >= \"2026-01-31T00:00:00+00:00\" AND emit_time < \"2026-02-01T00:00:00+00:00\""
            " AND user.id = 5");
  EXPECT_EQ(FilterOf({"events", "list", "--email", "a\"b@x", "--message-id", "<1>", "--campaign-name", "Sale",
                      "--campaign-id", "c7"}),
            "user.email = \"a\\\"b@x\" AND message_id = \"<1>\" AND campaign.id = \"c7\""
            " AND campaign.name = \"Sale\"");
}

// A script with an empty variable would export or redeliver everything otherwise.
TEST_F(EventListTest, AnEmptyConditionIsRefused) {
  const auto expect_refusal = [this](const char* group, const char* command, const std::string& flag) {
    for (const auto& value : {std::vector<std::string>{flag, ""}, std::vector<std::string>{flag + "="}}) {
      std::vector<std::string> arguments = {group, command};
      arguments.insert(arguments.end(), value.begin(), value.end());
      const Result result = Hookctl(arguments);
      EXPECT_EQ(result.code, kUsage) << group << " " << command;
      EXPECT_THAT(result.err, HasSubstr(flag + ": must not be empty")) << group << " " << command;
    }
  };
  for (const char* flag : {"--user-id", "--email", "--message-id", "--campaign-id", "--campaign-name"}) {
    for (const char* command : {"list", "export", "watch"}) expect_refusal("events", command, flag);
    for (const char* command : {"list", "export", "retry-all"}) expect_refusal("deliveries", command, flag);
  }
  for (const char* flag : {"--webhook", "--filter"}) {
    for (const char* command : {"list", "export", "watch"}) expect_refusal("events", command, flag);
    for (const char* command : {"list", "export", "watch", "retry-all"}) {
      expect_refusal("deliveries", command, flag);
    }
  }
  expect_refusal("deliveries", "list", "--event");
  expect_refusal("webhooks", "list", "--filter");
}

TEST_F(EventListTest, ANarrowTerminalShowsWhatFitsAsAWhole) {
  v1::ListEventsResponse list;
  v1::Event& event = *list.add_events();
  event.set_name("projects/shop/events/1m8prwmke000a");
  event.mutable_emit_time()->set_seconds(1769862605);
  event.mutable_sent()->mutable_user()->set_email("steve@getvero.com");
  event.mutable_sent()->mutable_campaign()->set_name("Order confirmation");
  hookd_.events.list.Respond(list);
  EXPECT_EQ(Hookctl({"events", "list"}, "", 80).out,
            "EVENT          EMITTED               TYPE  USER               WEBHOOKS\n"
            "1m8prwmke000a  2026-01-31 12:30:05Z  sent  steve@getvero.com  0\n");
  EXPECT_EQ(Hookctl({"events", "list"}, "", 50).out,
            "EVENT          TYPE  USER\n"
            "1m8prwmke000a  sent  steve@getvero.com\n");
}

TEST_F(EventListTest, AnIdThatLooksLikeANumberCanBeAString) {
  EXPECT_EQ(FilterOf({"events", "list", "--user-id", "123"}), "(user.id = 123 OR user.id = \"123\")");
  EXPECT_EQ(FilterOf({"events", "list", "--user-id", "0123"}), "user.id = \"0123\"");
  EXPECT_EQ(FilterOf({"events", "list", "--user-id", "12a"}), "user.id = \"12a\"");
}

TEST_F(EventListTest, JsonHasTheDocumentsThatWereAskedFor) {
  v1::ListEventsResponse list;
  list.add_events()->set_document("{\"type\":\"sent\"}");
  hookd_.events.list.Respond(list);
  const Result result = Hookctl({"events", "list", "--documents", "-o", "json"});
  EXPECT_THAT(result.out, HasSubstr("\"document\""));
  EXPECT_EQ(hookd_.events.list.requests()[0].view(), v1::EVENT_VIEW_DOCUMENT);
}

TEST_F(EventListTest, DeliveriesAreListedByContentToo) {
  const Result result = Hookctl({"deliveries", "list", "--email", "ann@example.com", "--state", "failed"});
  EXPECT_EQ(result.code, kOk) << result.err;
  ASSERT_THAT(hookd_.deliveries.list.requests(), SizeIs(1));
  EXPECT_EQ(hookd_.deliveries.list.requests()[0].filter(),
            "state = DELIVERY_STATE_FAILED AND user.email = \"ann@example.com\"");
}

}  // namespace
}  // namespace hookctl
