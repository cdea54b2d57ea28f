// The conformance suite: purging what is old.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(StoreConformanceTest, PurgesOldEventsWithAllThatBelongsToThem) {
  const Webhook webhook = Create();
  const int64_t old = Accept({webhook.key, webhook.key}).key;
  Record(old + 1, DeliveryState::kPending, clock_.Now());
  Record(old + 1, DeliveryState::kFailed, std::nullopt, 2);
  Record(old + 2, DeliveryState::kDelivered);
  const int64_t for_nobody = Accept({}).key;
  const int64_t young = Accept({webhook.key}).key;
  const int64_t kept = Record(young + 1, DeliveryState::kFailed);
  const auto purged = calls_->Purge(young, young, 10);
  ASSERT_TRUE(purged.ok()) << purged.status();
  EXPECT_EQ(purged->count, 2);
  EXPECT_FALSE(purged->more);
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", old).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", for_nobody).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetDelivery("p", old + 1).status()));
  EXPECT_TRUE(calls_->GetEvent("p", young).ok());
  EXPECT_THAT(Keys({.project = "p", .limit = 10}), ElementsAre(young + 1));
  OutcomeQuery all;
  all.project = "p";
  all.limit = 1;  // nothing is left to look at but this one
  const auto outcomes = calls_->ReadOutcomes(all);
  ASSERT_EQ(outcomes->outcomes.size(), 1u);
  EXPECT_EQ(outcomes->outcomes[0].key, kept);
  EXPECT_FALSE(outcomes->more);
  EXPECT_EQ(calls_->Purge(young, young, 10)->count, 0);
}

TEST_P(StoreConformanceTest, WhatIsPendingIsNotPurgedUntilItEnds) {
  const Webhook webhook = Create();
  const int64_t event = Accept({webhook.key, webhook.key}).key;
  Record(event + 1, DeliveryState::kDelivered);
  const int64_t end = Accept({webhook.key}).key;
  EXPECT_EQ(calls_->Purge(end, end, 10)->count, 0);
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key})), ElementsAre(event + 2, end + 1));
  Record(event + 2, DeliveryState::kFailed);
  EXPECT_EQ(calls_->Purge(end, end, 10)->count, 1);
}

TEST_P(StoreConformanceTest, DeliveredEventsCanBePurgedEarlier) {
  const Webhook webhook = Create();
  const int64_t delivered = Accept({webhook.key}).key;
  Record(delivered + 1, DeliveryState::kDelivered);
  const int64_t failed = Accept({webhook.key}).key;
  Record(failed + 1, DeliveryState::kFailed);
  const int64_t partly = Accept({webhook.key, webhook.key}).key;
  Record(partly + 1, DeliveryState::kDelivered);
  Record(partly + 2, DeliveryState::kFailed);
  const int64_t end = Accept({}).key;
  EXPECT_EQ(calls_->Purge(0, end, 10)->count, 1);
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", delivered).status()));
  EXPECT_TRUE(calls_->GetEvent("p", failed).ok());
  EXPECT_TRUE(calls_->GetEvent("p", partly).ok());
  EXPECT_EQ(calls_->Purge(end, end, 10)->count, 2);
}

TEST_P(StoreConformanceTest, APurgeGoesOnSliceBySliceUntilNothingOldIsLeft) {
  const Webhook webhook = Create();
  // Most stay for now, among some that can go.
  for (int i = 0; i < 100; ++i) {
    const int64_t event = Accept({webhook.key}).key;
    if (i % 10 == 9) Record(event + 1, DeliveryState::kFailed);
  }
  const int64_t end = Accept({}).key;
  int count = 0;
  Purged purged;
  do {
    purged = calls_->Purge(end, end, 3).value();
    EXPECT_LE(purged.count, 3);
    count += purged.count;
  } while (purged.more);
  EXPECT_EQ(count, 10);
  EXPECT_EQ(Waiting({.webhook_key = webhook.key, .limit = 1000}).deliveries.size(), 90u);
}

TEST_P(StoreConformanceTest, TheOldestEventsArePurgedFirst) {
  const Webhook webhook = Create(), foreign = Create("first", "q");
  const int64_t first = Accept({webhook.key}).key;
  const int64_t second = Accept({foreign.key}, 1, "q").key;
  const int64_t third = Accept({webhook.key}).key;
  for (int64_t event : {third, second, first}) Record(event + 1, DeliveryState::kFailed);
  const int64_t end = Accept({}).key;
  const auto purged = calls_->Purge(end, end, 2);
  ASSERT_TRUE(purged.ok()) << purged.status();
  EXPECT_EQ(purged->count, 2);
  EXPECT_TRUE(purged->more);
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", first).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("q", second).status()));
  EXPECT_TRUE(calls_->GetEvent("p", third).ok());
}

TEST_P(StoreConformanceTest, WhatIsDeliveredAfterAPurgePassedItGoesWithTheNext) {
  const Webhook webhook = Create();
  const int64_t late = Accept({webhook.key}).key;
  const int64_t soon = Accept({webhook.key}).key;
  Record(soon + 1, DeliveryState::kDelivered);
  const int64_t end = Accept({}).key;
  EXPECT_EQ(calls_->Purge(0, end, 10)->count, 1);
  Record(late + 1, DeliveryState::kDelivered);
  EXPECT_EQ(calls_->Purge(0, end, 10)->count, 1);
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", late).status()));
}

TEST_P(StoreConformanceTest, WhatWaitsAgainIsNotPurged) {
  const Webhook webhook = Create();
  const int64_t event = Accept({webhook.key}).key;
  Record(event + 1, DeliveryState::kDelivered);
  ASSERT_EQ(calls_->RetryDeliveries("p", {event + 1}, clock_.Now())->size(), 1u);
  const int64_t end = Accept({}).key;
  EXPECT_EQ(calls_->Purge(end, end, 10)->count, 0);
  EXPECT_TRUE(calls_->GetDelivery("p", event + 1).ok());
  // What is kept has its log kept.
  OutcomeQuery all;
  all.project = "p";
  all.limit = 100;
  EXPECT_EQ(calls_->ReadOutcomes(all)->outcomes.size(), 1u);
}

TEST_P(StoreConformanceTest, EventsOfADeletedWebhookArePurgedToo) {
  const Webhook webhook = Create();
  const int64_t event = Accept({webhook.key}).key;
  Record(event + 1, DeliveryState::kFailed);
  ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  const int64_t end = Accept({}).key;
  EXPECT_EQ(calls_->Purge(end, end, 10)->count, 1);
  EXPECT_TRUE(absl::IsNotFound(calls_->GetDelivery("p", event + 1).status()));
  EXPECT_THAT(Keys({.project = "p", .filter = {.webhook_ids = {"first"}}, .limit = 10}), IsEmpty());
}

}  // namespace
}  // namespace hookd
