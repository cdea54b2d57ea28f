// What every engine keeps of the health of webhooks.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

WebhookHealth AHealth(int64_t webhook_key) {
  const absl::Time time = absl::FromUnixMicros(1'790'000'000'000'123);
  return {.webhook_key = webhook_key,
          .last_success_time = time,
          .last_failure_time = time + absl::Seconds(1),
          .last_error = "could not connect: é",
          .failing_since = time + absl::Milliseconds(1),
          .consecutive_failures = 17,
          .circuit_ready = time + absl::Minutes(1),
          .pending = 3'000'000'000,
          .epoch = 5};
}

WebhookHealth Read(BlockingStore& calls, int64_t webhook_key) {
  const auto found = calls.ReadHealth({webhook_key});
  EXPECT_TRUE(found.ok()) << found.status();
  return found->empty() ? WebhookHealth() : found->at(0);
}

void ExpectSame(const WebhookHealth& found, const WebhookHealth& wanted) {
  EXPECT_EQ(found.webhook_key, wanted.webhook_key);
  EXPECT_EQ(found.last_success_time, wanted.last_success_time);
  EXPECT_EQ(found.last_failure_time, wanted.last_failure_time);
  EXPECT_EQ(found.last_error, wanted.last_error);
  EXPECT_EQ(found.failing_since, wanted.failing_since);
  EXPECT_EQ(found.consecutive_failures, wanted.consecutive_failures);
  EXPECT_EQ(found.circuit_ready, wanted.circuit_ready);
  EXPECT_EQ(found.pending, wanted.pending);
  EXPECT_EQ(found.epoch, wanted.epoch);
}

TEST_P(StoreConformanceTest, KeepsEveryFieldOfHealthAndReplacesIt) {
  const Webhook webhook = Create();
  ASSERT_TRUE(calls_->RecordHealth({AHealth(webhook.key)}).ok());
  ExpectSame(Read(*calls_, webhook.key), AHealth(webhook.key));
  const WebhookHealth nothing{.webhook_key = webhook.key, .epoch = 5};
  ASSERT_TRUE(calls_->RecordHealth({nothing}).ok());
  ExpectSame(Read(*calls_, webhook.key), nothing);
}

TEST_P(StoreConformanceTest, TellsAClosedCircuitAndAProbeFromATime) {
  const Webhook webhook = Create();
  for (const absl::Time ready : {absl::InfinitePast(), absl::InfiniteFuture()}) {
    ASSERT_TRUE(calls_->RecordHealth({{.webhook_key = webhook.key, .circuit_ready = ready}}).ok());
    EXPECT_EQ(Read(*calls_, webhook.key).circuit_ready, ready);
  }
}

TEST_P(StoreConformanceTest, ReadsTheHealthAskedForWithoutErrorsUnlessAskedFor) {
  const Webhook first = Create("first"), second = Create("second"), third = Create("third");
  ASSERT_TRUE(calls_->RecordHealth({AHealth(first.key), AHealth(second.key), AHealth(third.key)}).ok());
  const auto found = calls_->ReadHealth({first.key, third.key, third.key + 1}, /*with_errors=*/false);
  ASSERT_THAT(*found, SizeIs(2));
  EXPECT_EQ(found->at(0).webhook_key + found->at(1).webhook_key, first.key + third.key);
  EXPECT_EQ(found->at(0).last_error, "");
  EXPECT_EQ(found->at(0).pending, 3'000'000'000);
  EXPECT_THAT(*store_->LoadHealth(), SizeIs(3));
}

TEST_P(StoreConformanceTest, HealthSurvivesClosing) {
  if (!GetParam().survives_closing) GTEST_SKIP();
  const Webhook webhook = Create();
  ASSERT_TRUE(calls_->RecordHealth({AHealth(webhook.key)}).ok());
  Open();
  ExpectSame(Read(*calls_, webhook.key), AHealth(webhook.key));
}

TEST_P(StoreConformanceTest, AnEarlierHolderOfTheShardReplacesNoHealth) {
  const Webhook webhook = Create();
  ASSERT_TRUE(calls_->RecordHealth({AHealth(webhook.key)}).ok());
  ASSERT_TRUE(calls_->RecordHealth({{.webhook_key = webhook.key, .pending = 1, .epoch = 4}}).ok());
  EXPECT_EQ(Read(*calls_, webhook.key).pending, 3'000'000'000);
  ASSERT_TRUE(calls_->RecordHealth({{.webhook_key = webhook.key, .pending = 1, .epoch = 6}}).ok());
  EXPECT_EQ(Read(*calls_, webhook.key).pending, 1);
}

TEST_P(StoreConformanceTest, HealthGoesWithItsWebhookAndDoesNotComeBack) {
  const Webhook webhook = Create();
  ASSERT_TRUE(calls_->RecordHealth({AHealth(webhook.key)}).ok());
  ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  EXPECT_THAT(*store_->LoadHealth(), IsEmpty());
  // An attempt that was in flight ends.
  ASSERT_TRUE(calls_->RecordHealth({AHealth(webhook.key), AHealth(webhook.key + 1)}).ok());
  EXPECT_THAT(*store_->LoadHealth(), IsEmpty());
  // Another one of the same id starts from nothing.
  EXPECT_EQ(Read(*calls_, Create().key).consecutive_failures, 0);
}

TEST_P(StoreConformanceTest, DeletesTheHealthOfTheseKeys) {
  const Webhook first = Create("first"), second = Create("second");
  ASSERT_TRUE(calls_->RecordHealth({AHealth(first.key)}).ok());
  ASSERT_TRUE(calls_->RecordHealth({AHealth(second.key)}, {first.key}).ok());
  EXPECT_THAT(*calls_->ReadHealth({first.key}), IsEmpty());
  EXPECT_THAT(*calls_->ReadHealth({second.key}), SizeIs(1));
}

TEST_P(StoreConformanceTest, FindsTheOldestPendingDeliveryRetriesIncluded) {
  const Webhook first = Create("first"), second = Create("second"), third = Create("third");
  const int64_t a = Accept({first.key, second.key}).key;
  const int64_t b = Accept({first.key}).key;
  EXPECT_THAT(*calls_->FindOldestPending({second.key, third.key, first.key}), ElementsAre(a + 2, 0, a + 1));
  // Retried later than the other, and still the oldest.
  Record(a + 1, DeliveryState::kPending, clock_.Now() + absl::Hours(1));
  EXPECT_THAT(*calls_->FindOldestPending({first.key}), ElementsAre(a + 1));
  // Among retries, the one that is due first is not the oldest.
  Record(b + 1, DeliveryState::kPending, clock_.Now());
  EXPECT_THAT(*calls_->FindOldestPending({first.key}), ElementsAre(a + 1));
  Record(a + 1, DeliveryState::kDelivered, std::nullopt, 2);
  EXPECT_THAT(*calls_->FindOldestPending({first.key}), ElementsAre(b + 1));
  Record(b + 1, DeliveryState::kFailed, std::nullopt, 2);
  EXPECT_THAT(*calls_->FindOldestPending({first.key}), ElementsAre(0));
  EXPECT_THAT(*calls_->FindOldestPending({}), IsEmpty());
}

}  // namespace
}  // namespace hookd
