#include "delivery/webhooks.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

absl::StatusOr<Webhook> Disable(TestEngine& engine, const std::string& etag, bool validate_only = false) {
  absl::StatusOr<Webhook> result = absl::UnknownError("no answer");
  engine.webhooks.Update(
      "p", "a", etag,
      [](Webhook& webhook) {
        webhook.disabled = true;
        return absl::OkStatus();
      },
      validate_only, [&](absl::StatusOr<Webhook> webhook) { result = std::move(webhook); });
  return result;
}

absl::StatusOr<Webhook> Delete(TestEngine& engine, const std::string& etag, bool validate_only = false) {
  absl::StatusOr<Webhook> result = absl::UnknownError("no answer");
  engine.webhooks.Delete("p", "a", etag, validate_only,
                         [&](absl::StatusOr<Webhook> webhook) { result = std::move(webhook); });
  return result;
}

TEST(WebhooksTest, AWebhookIsThereOnceItIsStored) {
  TestEngine engine;
  engine.store.HoldCommits();
  engine.Create("a");
  EXPECT_EQ(engine.webhooks.Get("p", "a"), nullptr);
}

TEST(WebhooksTest, ListsByIdInPages) {
  TestEngine engine;
  for (const char* id : {"c", "a", "b"}) engine.Create(id);
  const auto ids = [&](const char* after, int limit) {
    std::vector<std::string> found;
    for (const auto& webhook : engine.webhooks.List("p", after, limit)) found.push_back(webhook->id);
    return found;
  };
  EXPECT_THAT(ids("", 2), ElementsAre("a", "b"));
  EXPECT_THAT(ids("b", 2), ElementsAre("c"));
  EXPECT_THAT(ids("bb", 2), ElementsAre("c"));
}

TEST(WebhooksTest, AnEtagChangesWithEveryChangeAndGuardsAgainstOthers) {
  TestEngine engine;
  engine.Create("a");
  const std::string etag = EtagOf(*engine.webhooks.Get("p", "a"));
  ASSERT_TRUE(Disable(engine, etag).ok());
  EXPECT_NE(EtagOf(*engine.webhooks.Get("p", "a")), etag);
  EXPECT_TRUE(absl::IsAborted(Disable(engine, etag).status()));
  EXPECT_TRUE(absl::IsAborted(Delete(engine, etag).status()));
  EXPECT_TRUE(Delete(engine, "").ok());
}

TEST(WebhooksTest, ValidatingChangesNothing) {
  TestEngine engine;
  engine.Create("a");
  const auto validated = Disable(engine, "", /*validate_only=*/true);
  ASSERT_TRUE(validated.ok());
  EXPECT_TRUE(validated->disabled);
  EXPECT_FALSE(engine.webhooks.Get("p", "a")->disabled);
  EXPECT_TRUE(Delete(engine, "", /*validate_only=*/true).ok());
  EXPECT_NE(engine.webhooks.Get("p", "a"), nullptr);
  EXPECT_TRUE(absl::IsAborted(Disable(engine, "other", true).status()));
  EXPECT_TRUE(absl::IsAborted(Delete(engine, "other", true).status()));
}

TEST(WebhooksTest, WhatIsNotThereIsNotFound) {
  TestEngine engine;
  for (bool validate_only : {false, true}) {
    EXPECT_TRUE(absl::IsNotFound(Disable(engine, "", validate_only).status()));
    EXPECT_TRUE(absl::IsNotFound(Delete(engine, "", validate_only).status()));
  }
}

TEST(WebhooksTest, ARepeatedCreateDoesNotUndoWhatChangedSince) {
  TestEngine engine;
  Webhook webhook;
  webhook.project = "p";
  webhook.id = "a";
  webhook.event_types = EventTypes(2);
  const RequestId request_id{"r", "f"};
  engine.webhooks.Create(webhook, request_id, [](auto) {});
  ASSERT_TRUE(Disable(engine, "").ok());
  bool first_answer_again = false;
  engine.webhooks.Create(webhook, request_id, [&](auto created) { first_answer_again = !created->disabled; });
  EXPECT_TRUE(first_answer_again);
  EXPECT_TRUE(engine.webhooks.Get("p", "a")->disabled);
}

}  // namespace
}  // namespace hookd
