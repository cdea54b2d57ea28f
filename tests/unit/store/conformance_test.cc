// The conformance suite: what engines keep when they are closed.
#include "tests/unit/store/conformance.h"

#include <atomic>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(StoreConformanceTest, HasASizeAndNoWriteThatWaitsForNothing) {
  Accept({Create().key});
  const auto bytes = calls_->MeasureBytes();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_GT(*bytes, 0);
  EXPECT_EQ(store_->waiting_writes(), 0u);
}

TEST_P(StoreConformanceTest, EverythingIsThereAfterClosing) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  const Webhook webhook = Create();
  const auto accepted =
      calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {webhook.key}}}, RequestId{"r", "f"});
  const int64_t done = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = done, .state = DeliveryState::kDelivered, .attempt = AnAttempt(1), .error = ""});
  Open();
  EXPECT_EQ(store_->LoadWebhooks().value().at(0).key, webhook.key);
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key})), ElementsAre(accepted->events[0].key + 1));
  EXPECT_EQ(calls_->GetDelivery("p", done)->state, DeliveryState::kDelivered);
  EXPECT_TRUE(
      calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {}}}, RequestId{"r", "f"})->repeated);
  clock_.JumpTo(clock_.Now() - absl::Hours(1));
  EXPECT_GT(Accept({webhook.key}).key, done);
}

TEST_P(StoreConformanceTest, WhatIsKnownOfWebhooksIsThereAfterClosing) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  const auto created = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  ASSERT_TRUE(created.ok());
  const int64_t delivery = Accept({created->webhook.key}).key + 1;
  const auto deleted = calls_->DeleteWebhook("p", "first");
  ASSERT_TRUE(deleted.ok());
  Open();
  EXPECT_THAT(store_->LoadWebhooks().value(), IsEmpty());
  EXPECT_EQ(calls_->GetDelivery("p", delivery)->webhook_id, "first");
  EXPECT_THAT(Keys(Waiting({.webhook_key = created->webhook.key})), ElementsAre(delivery));
  const auto again = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->webhook.revision, created->webhook.revision);
}

TEST_P(StoreConformanceTest, WhatTheEngineDidIsThereAfterClosing) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  const Webhook webhook = Create();
  const absl::Time since = clock_.Now(), due = clock_.Now() + absl::Seconds(9);
  store_->SetFailingSince(webhook.key, since);
  const int64_t retried = Accept({webhook.key}).key + 1;
  Record(retried, DeliveryState::kPending, due);
  const int64_t again = Accept({webhook.key}).key + 1;
  const int64_t last = Record(again, DeliveryState::kFailed);
  ASSERT_TRUE(calls_->RetryDeliveries("p", {again}, due).ok());
  const int64_t purged = Accept({}).key;
  const int64_t end = Accept({}).key;
  ASSERT_EQ(calls_->Purge(end, end, 10)->count, 1);
  Open();
  EXPECT_EQ(store_->LoadWebhooks()->at(0).failing_since, since);
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", purged).status()));
  const PendingPage page = Waiting({.webhook_key = webhook.key, .which = PendingQuery::Which::kDue});
  ASSERT_THAT(Keys(page), ElementsAre(retried, again));
  EXPECT_EQ(page.deliveries[0].earlier_attempt_count, 0);
  EXPECT_EQ(page.deliveries[1].earlier_attempt_count, 1);
  EXPECT_EQ(page.deliveries[1].next_attempt_time, due);
  const std::vector<Backlog> backlogs = store_->LoadBacklogs().value();
  ASSERT_THAT(backlogs, SizeIs(1));
  EXPECT_EQ(backlogs[0].count, 2);
  EXPECT_EQ(backlogs[0].next_due, due);
  OutcomeQuery query;
  query.project = "p";
  query.limit = 10;
  EXPECT_EQ(calls_->ReadOutcomes(query)->last_key, last);
  EXPECT_GT(Record(retried, DeliveryState::kDelivered, std::nullopt, 2), last);
}

TEST_P(StoreConformanceTest, RevisionsGrowAfterClosingThoughTheClockJumpedBack) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  const auto touch = [](Webhook&) { return absl::OkStatus(); };
  Create();
  clock_.Advance(absl::Hours(1));
  const auto before = calls_->UpdateWebhook("p", "first", touch);
  clock_.JumpTo(clock_.Now() - absl::Hours(2));
  Open();
  const auto after = calls_->UpdateWebhook("p", "first", touch);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_GT(after->revision, before->revision);
}

TEST_P(StoreConformanceTest, ClosingAnswersEveryCall) {
  const Webhook webhook = Create();
  const AcceptedEvent event = Accept({webhook.key});
  std::atomic<int> answered = 0;
  constexpr int kRounds = 20;
  for (int i = 0; i < kRounds; ++i) {
    store_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {webhook.key}}}, std::nullopt,
                         [&](absl::StatusOr<Store::Accepted> accepted) { answered += accepted.ok(); });
    store_->RecordOutcome({.delivery_key = event.key + 1,
                           .state = DeliveryState::kDelivered,
                           .attempt = AnAttempt(1),
                           .error = ""},
                          [&](int64_t) { ++answered; });
    store_->GetEvent("p", event.key, [&](absl::StatusOr<Event> got) { answered += got.ok(); });
  }
  store_.reset();
  EXPECT_EQ(answered, 3 * kRounds);
}

TEST_P(StoreConformanceTest, APingIsAnsweredAndChangesNothing) {
  const AcceptedEvent event = Accept({});
  absl::Notification answered;
  store_->Ping([&answered] { answered.Notify(); });
  EXPECT_TRUE(answered.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_EQ(calls_->GetEvent("p", event.key)->event, "bytes");
}

}  // namespace
}  // namespace hookd
