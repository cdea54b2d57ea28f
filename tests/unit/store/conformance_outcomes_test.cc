// The conformance suite: the log of outcomes.
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int64_t> KeysOf(const absl::StatusOr<OutcomePage>& page) {
  EXPECT_TRUE(page.ok()) << page.status();
  std::vector<int64_t> keys;
  for (const RecordedOutcome& outcome : page->outcomes) keys.push_back(outcome.key);
  return keys;
}

OutcomeQuery OfProject(const std::string& project = "p") {
  OutcomeQuery query;
  query.project = project;
  query.limit = 100;
  return query;
}

TEST_P(StoreConformanceTest, OutcomesAreReadAsTheyWereRecorded) {
  const Webhook webhook = Create();
  const int64_t first = Accept({webhook.key}, 7).key + 1;
  const int64_t second = Accept({webhook.key}).key + 1;
  const absl::Time due = clock_.Now() + absl::Seconds(1);
  const int64_t failed = Record(first, DeliveryState::kPending, due);
  const int64_t canceled = calls_->RecordOutcome({.delivery_key = second,
                                                  .state = DeliveryState::kCanceled,
                                                  .attempt = std::nullopt,
                                                  .error = "disabled"});
  const int64_t delivered = Record(first, DeliveryState::kDelivered, std::nullopt, 2);
  EXPECT_EQ(TimeOfKey(failed), absl::FromUnixMillis(absl::ToUnixMillis(clock_.Now())));
  const auto page = calls_->ReadOutcomes(OfProject());
  ASSERT_THAT(KeysOf(page), ElementsAre(failed, canceled, delivered));
  EXPECT_EQ(page->last_key, delivered);
  EXPECT_FALSE(page->more);
  const Delivery& was = page->outcomes[0].delivery;
  EXPECT_EQ(was.key, first);
  EXPECT_EQ(was.event_key, first - 1);
  EXPECT_EQ(was.webhook_key, webhook.key);
  EXPECT_EQ(was.webhook_id, "first");
  EXPECT_EQ(was.event_type, 7);
  EXPECT_EQ(was.state, DeliveryState::kPending);
  EXPECT_EQ(was.attempt_count, 1);
  EXPECT_EQ(was.response_status, 500);
  EXPECT_EQ(was.next_attempt_time, due);
  EXPECT_EQ(page->outcomes[1].delivery.state, DeliveryState::kCanceled);
  EXPECT_EQ(page->outcomes[1].delivery.attempt_count, 0);
  EXPECT_EQ(page->outcomes[1].delivery.error, "disabled");
  EXPECT_EQ(page->outcomes[2].delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(page->outcomes[2].delivery.attempt_count, 2);
}

TEST_P(StoreConformanceTest, OutcomesAreReadInPagesOfThoseLookedAt) {
  const Webhook webhook = Create(), other = Create("first", "q");
  std::vector<int64_t> outcomes;
  for (int i = 0; i < 5; ++i) {
    Record(Accept({other.key}, 1, "q").key + 1, DeliveryState::kFailed);
    outcomes.push_back(Record(Accept({webhook.key}).key + 1, DeliveryState::kFailed));
  }
  OutcomeQuery query = OfProject();
  query.limit = 3;
  auto page = calls_->ReadOutcomes(query);
  EXPECT_THAT(KeysOf(page), ElementsAre(outcomes[0]));
  EXPECT_TRUE(page->more);
  query.after_key = page->last_key;
  page = calls_->ReadOutcomes(query);
  EXPECT_THAT(KeysOf(page), ElementsAre(outcomes[1], outcomes[2]));
  query.after_key = outcomes[4];
  page = calls_->ReadOutcomes(query);
  EXPECT_THAT(KeysOf(page), IsEmpty());
  EXPECT_EQ(page->last_key, outcomes[4]);
  EXPECT_FALSE(page->more);
}

TEST_P(StoreConformanceTest, OutcomesCanBeReadByEveryConditionOfTheQuery) {
  const Webhook a = Create("a"), b = Create("b");
  std::vector<RecordedOutcome> all;
  for (int i = 0; i < 12; ++i) {
    const AcceptedEvent event = Accept({a.key, b.key}, 1 + i % 3);
    for (int64_t key : {event.key + 1, event.key + 2}) {
      const auto state = static_cast<DeliveryState>(1 + (i + key) % 4);
      const int64_t outcome =
          Record(key, state, state == DeliveryState::kPending ? std::optional(clock_.Now()) : std::nullopt);
      all.push_back({outcome, calls_->GetDelivery("p", key).value()});
    }
  }
  for (int mask = 0; mask < 64; ++mask) {
    OutcomeQuery query = OfProject();
    const Delivery& one = all[10].delivery;
    if (mask & 1) query.filter.webhook_ids = {"a"};
    if (mask & 2) query.filter.event_keys = {one.event_key};
    if (mask & 4) query.filter.event_types = {one.event_type};
    if (mask & 8) query.filter.states = {one.state};
    if (mask & 16) query.filter.min_key = all[4].delivery.key;
    if (mask & 32) query.filter.max_key = all[20].delivery.key;
    std::vector<int64_t> expected;
    for (const RecordedOutcome& outcome : all) {
      if (Matches(query, "p", outcome.delivery)) expected.push_back(outcome.key);
    }
    EXPECT_EQ(KeysOf(calls_->ReadOutcomes(query)), expected) << "conditions " << mask;
  }
}

TEST_P(StoreConformanceTest, APageOfOutcomesThatIsJustFullHasNoMoreBehindIt) {
  const Webhook webhook = Create();
  std::vector<int64_t> outcomes;
  outcomes.reserve(3);
  for (int i = 0; i < 3; ++i) {
    outcomes.push_back(Record(Accept({webhook.key}).key + 1, DeliveryState::kFailed));
  }
  OutcomeQuery query = OfProject();
  query.limit = 3;
  const auto page = calls_->ReadOutcomes(query);
  EXPECT_EQ(KeysOf(page), outcomes);
  EXPECT_FALSE(page->more);
}

TEST_P(StoreConformanceTest, WithoutOutcomesAPageEndsWhereItBegan) {
  OutcomeQuery query = OfProject();
  query.after_key = 7;
  const auto page = calls_->ReadOutcomes(query);
  EXPECT_THAT(KeysOf(page), IsEmpty());
  EXPECT_EQ(page->last_key, 7);
  EXPECT_FALSE(page->more);
}

TEST_P(StoreConformanceTest, OutcomesOfADeletedWebhookAreReadUnderItsId) {
  const Webhook webhook = Create();
  const int64_t outcome = Record(Accept({webhook.key}).key + 1, DeliveryState::kFailed);
  ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  OutcomeQuery query = OfProject();
  query.filter.webhook_ids = {"first"};
  EXPECT_THAT(KeysOf(calls_->ReadOutcomes(query)), ElementsAre(outcome));
}

TEST_P(StoreConformanceTest, ToBeAskedForAgainIsNoOutcome) {
  const Webhook webhook = Create();
  const int64_t delivery = Accept({webhook.key}).key + 1;
  const int64_t outcome = Record(delivery, DeliveryState::kFailed);
  ASSERT_TRUE(calls_->RetryDeliveries("p", {delivery}, clock_.Now()).ok());
  const auto page = calls_->ReadOutcomes(OfProject());
  ASSERT_THAT(KeysOf(page), ElementsAre(outcome));
  EXPECT_EQ(page->outcomes[0].delivery.state, DeliveryState::kFailed);
}

}  // namespace
}  // namespace hookd
