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
  EXPECT_THAT(table.Project("p")->enabled_by_type[1], ElementsAre(1));
  EXPECT_THAT(table.Project("p")->enabled_by_type[2], ElementsAre(1, 2));
  EXPECT_THAT(table.Project("p")->enabled_by_type[3], IsEmpty());
  EXPECT_THAT(table.Project("q")->enabled_by_type[1], ElementsAre(4));
}

TEST(WebhookTableTest, AnUnknownProjectHasNone) {
  WebhookTable table;
  EXPECT_THAT(table.Project("nobody")->by_id, IsEmpty());
  EXPECT_EQ(table.Find("nobody", "a"), nullptr);
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
  EXPECT_THAT(table.Project("p")->enabled_by_type[1], IsEmpty());
  EXPECT_THAT(table.Project("p")->enabled_by_type[2], ElementsAre(1));
}

TEST(WebhookTableTest, ASnapshotNeverChanges) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 2)});
  const auto before = table.Project("p");
  table.Put({Make(2, "p", "b", 2)});
  table.Remove(Make(1, "p", "a", 2));
  EXPECT_THAT(before->enabled_by_type[1], ElementsAre(1));
  EXPECT_THAT(table.Project("p")->enabled_by_type[1], ElementsAre(2));
}

TEST(WebhookTableTest, ForgetsWhatIsRemoved) {
  WebhookTable table;
  table.Put({Make(1, "p", "a", 2)});
  table.Remove(Make(1, "p", "a", 2));
  EXPECT_EQ(table.Find(1), nullptr);
  EXPECT_EQ(table.Find("p", "a"), nullptr);
  table.Remove(Make(1, "p", "a", 2));
}

}  // namespace
}  // namespace hookd
