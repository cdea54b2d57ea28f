#include "api/conversion/webhook_query.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

WebhookQuery Read(absl::string_view filter, absl::string_view order_by = "") {
  WebhookQuery query;
  FieldViolations violations;
  ReadWebhookFilter(filter, query, violations);
  ReadWebhookOrder(order_by, query, violations);
  EXPECT_TRUE(violations.empty()) << violations.ToStatus();
  return query;
}

std::string ErrorOf(absl::string_view filter, absl::string_view order_by = "") {
  WebhookQuery query;
  FieldViolations violations;
  ReadWebhookFilter(filter, query, violations);
  ReadWebhookOrder(order_by, query, violations);
  return violations.empty() ? "" : std::string(violations.ToStatus().message());
}

TEST(WebhookQueryTest, ReadsEveryFieldOfTheFilter) {
  const WebhookQuery query =
      Read("event_type = BOUNCED OR event_type = EVENT_TYPE_SENT AND enabled = true AND health = FAILING");
  EXPECT_EQ(query.event_types, EventTypes((1 << 1) | (1 << 6)));
  EXPECT_EQ(query.enabled, true);
  EXPECT_EQ(query.states, std::bitset<3>(0b100));
  EXPECT_EQ(Read("health = HEALTHY OR health = HEALTH_STATE_FAILING").states, std::bitset<3>(0b110));
  EXPECT_EQ(Read("enabled=false").enabled, false);
  EXPECT_FALSE(Read("").needs_health());
}

TEST(WebhookQueryTest, NamesWhatIsWrongWithAFilter) {
  EXPECT_THAT(ErrorOf("state = FAILED"), HasSubstr("filter"));
  EXPECT_THAT(ErrorOf("health = UNSPECIFIED"), HasSubstr("HEALTHY, FAILING"));
  EXPECT_THAT(ErrorOf("enabled = 1"), HasSubstr("true"));
  EXPECT_THAT(ErrorOf("event_type = LOST"), HasSubstr("SENT"));
}

TEST(WebhookQueryTest, ReadsOrdersWithTheirDirection) {
  EXPECT_EQ(Read("", "").order, WebhookOrder::kId);
  EXPECT_EQ(Read("", "pending_deliveries").order, WebhookOrder::kPendingDeliveries);
  EXPECT_FALSE(Read("", "failing_since").descending);
  EXPECT_FALSE(Read("", "failing_since asc").descending);
  EXPECT_TRUE(Read("", "  failing_since   desc ").descending);
}

TEST(WebhookQueryTest, NamesTheOrdersThereAre) {
  for (const char* order : {"url", "id,create_time", "id descending", "id desc desc", "desc", "ID"}) {
    EXPECT_THAT(ErrorOf("", order), HasSubstr("order_by")) << order;
    EXPECT_THAT(ErrorOf("", order), HasSubstr("consecutive_failures")) << order;
  }
}

TEST(WebhookQueryTest, PositionsSurviveTheirCursor) {
  for (const WebhookPosition& position :
       {WebhookPosition{.has_value = true, .id = "w"}, WebhookPosition{.id = "w"},
        WebhookPosition{.has_value = true, .number = -5, .id = "w"},
        WebhookPosition{.has_value = true, .text = "a\nb\n\n1", .id = "w"}}) {
    const auto read = ToPosition(ToCursor(position));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->has_value, position.has_value);
    EXPECT_EQ(read->number, position.number);
    EXPECT_EQ(read->text, position.text);
    EXPECT_EQ(read->id, position.id);
  }
  EXPECT_EQ(ToCursor({.has_value = true, .id = "w"}), "w") << "as in earlier versions";
}

}  // namespace
}  // namespace hookd
