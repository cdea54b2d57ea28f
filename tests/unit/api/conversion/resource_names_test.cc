#include "api/conversion/resource_names.h"

#include <gtest/gtest.h>

#include "base/ids.h"

namespace hookd {
namespace {

TEST(ResourceNamesTest, TakeLowerCaseLettersDigitsAndHyphensAsIds) {
  for (const std::string id : {"a", "0", "ab", "a-b", "my-project-2", "a--b"})
    EXPECT_TRUE(IsValidId(id)) << id;
  EXPECT_TRUE(IsValidId(std::string(63, 'x')));
}

TEST(ResourceNamesTest, RefuseWhatIsNoId) {
  for (const std::string id :
       {"", "-", "-a", "a-", "A", "a_b", "a.b", "a/b", "a b", "å", "\xff", "a\n", "a%20b"}) {
    EXPECT_FALSE(IsValidId(id)) << id;
  }
  EXPECT_FALSE(IsValidId(std::string(64, 'x')));
  EXPECT_FALSE(IsValidId(absl::string_view("a\0b", 3)));
}

TEST(ResourceNamesTest, GiveTheirPartsBack) {
  EXPECT_EQ(ParseProject(ProjectName("p")), "p");
  const auto webhook = ParseWebhook(WebhookName("p", "w"));
  ASSERT_TRUE(webhook.has_value());
  EXPECT_EQ(webhook->project, "p");
  EXPECT_EQ(webhook->id, "w");
  const auto event = ParseEvent(EventName("p", 123456789));
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->project, "p");
  EXPECT_EQ(event->key, 123456789);
  const auto delivery = ParseDelivery(DeliveryName("p", INT64_MAX));
  ASSERT_TRUE(delivery.has_value());
  EXPECT_EQ(delivery->key, INT64_MAX);
}

TEST(ResourceNamesTest, ReadAsDocumented) {
  EXPECT_EQ(ProjectName("p"), "projects/p");
  EXPECT_EQ(WebhookName("p", "w"), "projects/p/webhooks/w");
  EXPECT_EQ(EventName("p", 1), "projects/p/events/0000000000001");
  EXPECT_EQ(DeliveryName("p", 1), "projects/p/deliveries/0000000000001");
}

TEST(ResourceNamesTest, RefuseWhatIsNoName) {
  for (const std::string name : {"",
                                 "p",
                                 "projects",
                                 "projects/",
                                 "projects//",
                                 "/projects/p",
                                 "projects/p/",
                                 "Projects/p",
                                 "projects/P",
                                 "projects/p/webhooks",
                                 "projects/p/webhooks/",
                                 "projects/p/webhooks/w/",
                                 "projects/p/webhooks/W",
                                 "projects/p/webhooks/a/b",
                                 "projects//webhooks/w",
                                 "projects/P/webhooks/w",
                                 "projects/-/webhooks/w",
                                 "webhooks/w",
                                 "projects/p/events/",
                                 "projects/p/events/w",
                                 "projects/p/events/000000000000u",
                                 "projects/p/events/00000000000001",
                                 "projects/p/deliveries/zzzzzzzzzzzzz",
                                 " projects/p",
                                 "projects/p "}) {
    EXPECT_FALSE(ParseProject(name).has_value()) << name;
    EXPECT_FALSE(ParseWebhook(name).has_value()) << name;
    EXPECT_FALSE(ParseEvent(name).has_value()) << name;
    EXPECT_FALSE(ParseDelivery(name).has_value()) << name;
  }
}

TEST(ResourceNamesTest, DoNotMistakeOneKindForAnother) {
  EXPECT_FALSE(ParseEvent(DeliveryName("p", 1)).has_value());
  EXPECT_FALSE(ParseDelivery(EventName("p", 1)).has_value());
  EXPECT_FALSE(ParseWebhook(EventName("p", 1)).has_value());
  EXPECT_FALSE(ParseProject(WebhookName("p", "w")).has_value());
}

}  // namespace
}  // namespace hookd
