#include "delivery/webhook_table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Webhook Make(int64_t key, std::string project, std::string id, EventTypes types, bool disabled = false) {
  Webhook webhook;
  webhook.key = key;
  webhook.project = std::move(project);
  webhook.id = std::move(id);
  webhook.event_types = types;
  webhook.disabled = disabled;
  return webhook;
}

TEST(WebhookTableTest, ListsTheEnabledWebhooksOfATypeInTheirProject) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 0b0110), Make(2, "p", "b", 0b0100), Make(3, "p", "c", 0b0110, true),
             Make(4, "q", "a", 0b0110)});
  EXPECT_THAT(table.Wanting("p", 1), ElementsAre(1));
  EXPECT_THAT(table.Wanting("p", 2), ElementsAre(1, 2));
  EXPECT_THAT(table.Wanting("p", 3), IsEmpty());
  EXPECT_THAT(table.Wanting("q", 1), ElementsAre(4));
}

TEST(WebhookTableTest, AnUnknownProjectHasNone) {
  WebhookTable table;
  EXPECT_THAT(table.Wanting("nobody", 1), IsEmpty());
  EXPECT_THAT(table.List("nobody", "", 10), IsEmpty());
  EXPECT_EQ(table.Find("nobody", "a"), nullptr);
}

TEST(WebhookTableTest, ListsThoseOfAllProjectsByProjectAndId) {
  WebhookTable table;
  table.Put({Make(1, "q", "a", 2), Make(2, "p", "b", 2), Make(3, "p", "a", 2), Make(4, "p-1", "z", 2)});
  const auto keys = [&](const char* project, const char* id, size_t limit) {
    std::vector<int64_t> found;
    for (const auto& webhook : table.ListAll(project, id, limit)) found.push_back(webhook->key);
    return found;
  };
  EXPECT_THAT(keys("", "", 10), ElementsAre(3, 2, 4, 1));
  EXPECT_THAT(keys("", "", 2), ElementsAre(3, 2));
  EXPECT_THAT(keys("p", "a", 2), ElementsAre(2, 4));
  EXPECT_THAT(keys("p", "b", 10), ElementsAre(4, 1));
  EXPECT_THAT(keys("p-0", "x", 10), ElementsAre(4, 1)) << "a project that is gone";
  EXPECT_THAT(keys("q", "a", 10), IsEmpty());
  table.Remove(Make(4, "p-1", "z", 2));
  EXPECT_THAT(keys("", "", 10), ElementsAre(3, 2, 1));
}

TEST(WebhookTableTest, FindsByNameAndByKey) {
  WebhookTable table;
  table.Put({Make(7, "p", "a", 2)});
  ASSERT_NE(table.Find("p", "a"), nullptr);
  EXPECT_EQ(table.Find("p", "a")->key, 7);
  ASSERT_NE(table.Find(7), nullptr);
  EXPECT_EQ(table.Find("q", "a"), nullptr);
  EXPECT_EQ(table.Find(8), nullptr);
}

TEST(WebhookTableTest, AChangeReplacesTheWebhook) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 2)});
  table.Put({Make(1, "p", "a", 4)});
  EXPECT_THAT(table.Wanting("p", 1), IsEmpty());
  EXPECT_THAT(table.Wanting("p", 2), ElementsAre(1));
}

TEST(WebhookTableTest, WhatWasFoundDoesNotChange) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 2)});
  const auto before = table.Find(1);
  table.Put({Make(1, "p", "a", 4)});
  EXPECT_EQ(before->event_types, EventTypes(2));
  EXPECT_EQ(table.Find(1)->event_types, EventTypes(4));
}

TEST(WebhookTableTest, ListsKeysInOrderThoughWebhooksAreEnabledInAnother) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 2, true), Make(2, "p", "b", 2), Make(3, "p", "c", 2)});
  table.Put({Make(1, "p", "a", 2)});
  EXPECT_THAT(table.Wanting("p", 1), ElementsAre(1, 2, 3));
  EXPECT_EQ(table.CountWanting("p", 1), 3U);
}

TEST(WebhookTableTest, ListsAPageById) {
  WebhookTable table;
  table.Put({Make(1, "p", "c", 2), Make(2, "p", "a", 2, true), Make(3, "p", "b", 2), Make(4, "q", "b", 2)});
  const auto page = table.List("p", "a", 5);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0]->id, "b");
  EXPECT_EQ(page[1]->id, "c");
  EXPECT_EQ(table.List("p", "", 1).size(), 1U);
}

TEST(WebhookTableTest, ANameCanBeTakenAgain) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 2)});
  table.Remove(Make(1, "p", "a", 2));
  table.Put({Make(2, "p", "a", 2)});
  table.Remove(Make(1, "p", "a", 2));
  EXPECT_THAT(table.Wanting("p", 1), ElementsAre(2));
  EXPECT_EQ(table.Find("p", "a")->key, 2);
}

TEST(WebhookTableTest, ForgetsWhatIsRemoved) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 2)});
  table.Remove(Make(1, "p", "a", 2));
  EXPECT_EQ(table.Find(1), nullptr);
  EXPECT_EQ(table.Find("p", "a"), nullptr);
  table.Remove(Make(1, "p", "a", 2));
}

TEST(WebhookTableTest, OldNewsOfAWebhookIsIgnored) {
  WebhookTable table;
  Webhook older = Make(7, "p", "a", 2), newer = Make(7, "p", "a", 2, /*disabled=*/true);
  older.revision = 1;
  newer.revision = 2;
  table.Put({newer});
  table.Put({older});
  EXPECT_TRUE(table.Find(7)->disabled);
  EXPECT_THAT(table.Wanting("p", 1), IsEmpty());
}

}  // namespace
}  // namespace hookd
