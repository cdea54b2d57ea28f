// The conformance suite: what waits, retries, and what is asked for again.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pointee;
using ::testing::SizeIs;
using Which = PendingQuery::Which;

TEST_P(StoreConformanceTest, WhatWaitsIsReadInOrderWithAllAnAttemptNeeds) {
  const Webhook a = Create("a"), b = Create("b");
  const int64_t first = Accept({a.key, b.key}, 7).key + 1;
  const int64_t second = Accept({a.key}).key + 1;
  const PendingPage page = Waiting({.webhook_key = a.key});
  EXPECT_THAT(Keys(page), ElementsAre(first, second));
  EXPECT_FALSE(page.more);
  const PendingDelivery& waiting = page.deliveries[0];
  EXPECT_EQ(waiting.event_key, first - 1);
  EXPECT_EQ(waiting.event_type, 7);
  EXPECT_EQ(waiting.attempt_count, 0);
  EXPECT_EQ(waiting.earlier_attempt_count, 0);
  EXPECT_EQ(waiting.next_attempt_time, std::nullopt);
  EXPECT_EQ(waiting.event, "bytes");
}

TEST_P(StoreConformanceTest, WhatWaitsHasItsCallersTraceAlsoAfterClosing) {
  const Webhook webhook = Create();
  const auto trace = std::make_shared<const TraceContext>(
      TraceContext{.parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", .state = "a=1,b=2"});
  ASSERT_TRUE(calls_
                  ->AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {webhook.key}, .trace = trace},
                                       {.type = 1, .event = "e", .webhooks = {webhook.key}}})
                  .ok());
  if (GetParam().survives_closing) Open();
  const PendingPage page = Waiting({.webhook_key = webhook.key});
  ASSERT_THAT(page.deliveries, SizeIs(2));
  EXPECT_THAT(page.deliveries[0].trace, Pointee(*trace));
  EXPECT_EQ(page.deliveries[1].trace, nullptr);
}

TEST_P(StoreConformanceTest, WhatIsDoneWaitsNoMore) {
  const Webhook webhook = Create();
  const int64_t first = Accept({webhook.key}).key + 1;
  const int64_t second = Accept({webhook.key}).key + 1;
  Record(first, DeliveryState::kDelivered);
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key})), ElementsAre(second));
}

TEST_P(StoreConformanceTest, WhatWaitsIsReadInPagesByNumberAndByBytes) {
  const Webhook webhook = Create();
  std::vector<int64_t> keys;
  keys.reserve(5);
  for (int i = 0; i < 5; ++i) keys.push_back(Accept({webhook.key}).key + 1);
  for (const Which which : {Which::kNew, Which::kBoth}) {
    PendingQuery query{.webhook_key = webhook.key, .which = which, .limit = 2};
    PendingPage page = Waiting(query);
    EXPECT_THAT(Keys(page), ElementsAre(keys[0], keys[1]));
    EXPECT_TRUE(page.more);
    query.after_key = keys[2];
    page = Waiting(query);
    EXPECT_THAT(Keys(page), ElementsAre(keys[3], keys[4]));
    EXPECT_FALSE(page.more);
    // Five bytes an event.
    page = Waiting({.webhook_key = webhook.key, .which = which, .limit = 100, .max_bytes = 6});
    EXPECT_THAT(Keys(page), ElementsAre(keys[0], keys[1]));
    EXPECT_TRUE(page.more);
    page = Waiting({.webhook_key = webhook.key, .which = which, .limit = 100, .max_bytes = 1});
    EXPECT_THAT(Keys(page), ElementsAre(keys[0]));
  }
}

TEST_P(StoreConformanceTest, OfDeliveriesAskedForByTheirKeysThoseAreReadThatWaitForTheirFirstAttempt) {
  const Webhook webhook = Create(), other = Create("other");
  std::vector<int64_t> keys;
  for (int i = 0; i < 5; ++i) keys.push_back(Accept({webhook.key}).key + 1);
  Record(keys[0], DeliveryState::kDelivered);
  Record(keys[1], DeliveryState::kPending, clock_.Now());
  const int64_t of_another = Accept({other.key}).key + 1;
  const std::vector<int64_t> asked = {keys[0], keys[1], keys[2], keys[4], of_another, of_another + 1000};
  PendingPage page = Waiting({.webhook_key = webhook.key, .which = Which::kThese, .keys = asked});
  EXPECT_THAT(Keys(page), ElementsAre(keys[2], keys[4]));
  EXPECT_EQ(page.deliveries[0].event, "bytes");
  EXPECT_FALSE(page.more);
  page = Waiting({.webhook_key = webhook.key, .which = Which::kThese, .keys = asked, .max_bytes = 1});
  EXPECT_THAT(Keys(page), ElementsAre(keys[2]));
  EXPECT_TRUE(page.more);
}

TEST_P(StoreConformanceTest, AnAttemptThatIsMadeAgainWaitsForItsTime) {
  const Webhook webhook = Create();
  const int64_t retried = Accept({webhook.key}).key + 1;
  const int64_t fresh = Accept({webhook.key}).key + 1;
  const absl::Time due = clock_.Now() + absl::Seconds(10);
  Record(retried, DeliveryState::kPending, due);
  EXPECT_EQ(calls_->GetDelivery("p", retried)->state, DeliveryState::kPending);
  EXPECT_EQ(calls_->GetDelivery("p", retried)->next_attempt_time, due);
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key})), ElementsAre(fresh));
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key, .which = Which::kBoth})),
              ElementsAre(retried, fresh));
  PendingPage page =
      Waiting({.webhook_key = webhook.key, .which = Which::kDue, .until = due - absl::Microseconds(1)});
  EXPECT_THAT(page.deliveries, IsEmpty());
  EXPECT_EQ(page.next_due, due);
  page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .until = due});
  ASSERT_THAT(Keys(page), ElementsAre(retried));
  EXPECT_EQ(page.deliveries[0].attempt_count, 1);
  EXPECT_EQ(page.deliveries[0].next_attempt_time, due);
  EXPECT_EQ(page.next_due, absl::InfiniteFuture());
  Record(retried, DeliveryState::kDelivered, std::nullopt, 2);
  EXPECT_EQ(calls_->GetDelivery("p", retried)->next_attempt_time, std::nullopt);
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key, .which = Which::kBoth})), ElementsAre(fresh));
}

TEST_P(StoreConformanceTest, WhatIsDueIsReadByItsTimeInPages) {
  const Webhook webhook = Create(), other = Create("other");
  std::vector<int64_t> keys;
  for (int i = 0; i < 4; ++i) {
    keys.push_back(Accept({webhook.key, other.key}).key + 1);
    // The later ones are due first; the first two at the same time.
    const absl::Time due = clock_.Now() + absl::Seconds(10 - std::max(i, 1));
    Record(keys.back(), DeliveryState::kPending, due);
    Record(keys.back() + 1, DeliveryState::kPending, due);
  }
  PendingPage page = Waiting({.webhook_key = webhook.key, .which = Which::kDue});
  EXPECT_THAT(Keys(page), ElementsAre(keys[3], keys[2], keys[0], keys[1]));
  page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .limit = 3});
  EXPECT_THAT(Keys(page), ElementsAre(keys[3], keys[2], keys[0]));
  EXPECT_TRUE(page.more);
  page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .limit = 100, .max_bytes = 1});
  EXPECT_THAT(Keys(page), ElementsAre(keys[3]));
  EXPECT_TRUE(page.more);
}

TEST_P(StoreConformanceTest, EndedDeliveriesCanBeMadeToWaitAgain) {
  const Webhook webhook = Create();
  std::vector<int64_t> keys;
  for (const DeliveryState state :
       {DeliveryState::kFailed, DeliveryState::kCanceled, DeliveryState::kDelivered}) {
    keys.push_back(Accept({webhook.key}).key + 1);
    Record(keys.back(), state);
  }
  const absl::Time due = clock_.Now() + absl::Seconds(1);
  const auto retried = calls_->RetryDeliveries("p", keys, due);
  ASSERT_TRUE(retried.ok()) << retried.status();
  ASSERT_THAT(*retried, SizeIs(3));
  EXPECT_EQ((*retried)[0].key, keys[0]);
  EXPECT_EQ((*retried)[0].webhook_id, "first");
  EXPECT_EQ((*retried)[0].state, DeliveryState::kPending);
  EXPECT_EQ((*retried)[0].next_attempt_time, due);
  EXPECT_EQ((*retried)[0].attempt_count, 1);
  const PendingPage page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .until = due});
  EXPECT_EQ(Keys(page), keys);
  EXPECT_EQ(page.deliveries[0].attempt_count, 1);
  EXPECT_EQ(page.deliveries[0].earlier_attempt_count, 1);
  EXPECT_THAT(calls_->GetDelivery("p", keys[0])->attempts, SizeIs(1));
}

TEST_P(StoreConformanceTest, DeliveriesOfSeveralWebhooksAreMadeToWaitAgainTogether) {
  const Webhook a = Create("a"), b = Create("b");
  const int64_t first = Accept({a.key, b.key}).key + 1, second = first + 1;
  Record(first, DeliveryState::kFailed);
  Record(second, DeliveryState::kCanceled);
  const auto retried = calls_->RetryDeliveries("p", {second, first}, clock_.Now());
  ASSERT_TRUE(retried.ok()) << retried.status();
  ASSERT_THAT(*retried, SizeIs(2));
  EXPECT_EQ((*retried)[0].webhook_key, b.key);
  EXPECT_EQ((*retried)[1].webhook_key, a.key);
}

TEST_P(StoreConformanceTest, OnlyEndedDeliveriesOfTheProjectsWebhooksAreMadeToWaitAgain) {
  const Webhook webhook = Create(), deleted = Create("deleted"), foreign = Create("first", "q");
  const int64_t pending = Accept({webhook.key}).key + 1;
  const int64_t of_deleted = Accept({deleted.key}).key + 1;
  const int64_t of_other = Accept({foreign.key}, 1, "q").key + 1;
  Record(of_deleted, DeliveryState::kFailed);
  Record(of_other, DeliveryState::kFailed);
  ASSERT_TRUE(calls_->DeleteWebhook("p", "deleted").ok());
  const auto retried = calls_->RetryDeliveries("p", {pending, of_deleted, of_other, 1}, clock_.Now());
  EXPECT_THAT(retried.value(), IsEmpty());
  EXPECT_EQ(calls_->GetDelivery("p", pending)->next_attempt_time, std::nullopt);
  EXPECT_EQ(calls_->GetDelivery("p", of_deleted)->state, DeliveryState::kFailed);
  EXPECT_EQ(calls_->GetDelivery("q", of_other)->state, DeliveryState::kFailed);
}

TEST_P(StoreConformanceTest, TellsWhatWaitsForEachWebhookAlsoForDeletedOnes) {
  const Webhook a = Create("a"), b = Create("b"), c = Create("c", "q");
  Accept({a.key});
  const int64_t done = Accept({b.key}).key + 1;
  Record(done, DeliveryState::kDelivered);
  Accept({c.key}, 1, "q");
  const absl::Time due = clock_.Now() + absl::Seconds(3);
  Record(Accept({c.key}, 1, "q").key + 1, DeliveryState::kPending, due);
  Record(Accept({c.key}, 1, "q").key + 1, DeliveryState::kPending, due + absl::Seconds(1));
  ASSERT_TRUE(calls_->DeleteWebhook("p", "a").ok());
  std::vector<Backlog> backlogs = store_->LoadBacklogs().value();
  ASSERT_THAT(backlogs, SizeIs(2));
  if (backlogs[0].webhook_key == c.key) std::swap(backlogs[0], backlogs[1]);
  EXPECT_EQ(backlogs[0].webhook_key, a.key);
  EXPECT_EQ(backlogs[0].project, "p");
  EXPECT_EQ(backlogs[0].count, 1);
  EXPECT_EQ(backlogs[0].next_due, absl::InfiniteFuture());
  EXPECT_EQ(backlogs[1].webhook_key, c.key);
  EXPECT_EQ(backlogs[1].project, "q");
  EXPECT_EQ(backlogs[1].count, 3);
  EXPECT_EQ(backlogs[1].next_due, due);
}

TEST_P(StoreConformanceTest, NothingWaitsInAnEmptyStore) {
  EXPECT_THAT(store_->LoadBacklogs().value(), IsEmpty());
  EXPECT_THAT(Waiting({.webhook_key = 1}).deliveries, IsEmpty());
  EXPECT_EQ(Waiting({.webhook_key = 1, .which = Which::kDue}).next_due, absl::InfiniteFuture());
}

TEST_P(StoreConformanceTest, WhatIsNewAndWhatIsDueIsReadTogetherByKeyInPages) {
  const Webhook webhook = Create();
  std::vector<int64_t> keys;
  for (int i = 0; i < 6; ++i) {
    keys.push_back(Accept({webhook.key}).key + 1);
    // Every other one was attempted; the later, the sooner it is due.
    if (i % 2 == 0) Record(keys.back(), DeliveryState::kPending, clock_.Now() + absl::Seconds(10 - i));
  }
  PendingQuery query{.webhook_key = webhook.key, .which = Which::kBoth, .limit = 4};
  PendingPage page = Waiting(query);
  EXPECT_THAT(Keys(page), ElementsAre(keys[0], keys[1], keys[2], keys[3]));
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.deliveries[0].attempt_count, 1);
  EXPECT_EQ(page.deliveries[0].next_attempt_time, clock_.Now() + absl::Seconds(10));
  EXPECT_EQ(page.deliveries[1].next_attempt_time, std::nullopt);
  query.after_key = keys[3];
  page = Waiting(query);
  EXPECT_THAT(Keys(page), ElementsAre(keys[4], keys[5]));
  EXPECT_FALSE(page.more);
}

TEST_P(StoreConformanceTest, APageThatIsJustFullHasNoMoreBehindIt) {
  const Webhook webhook = Create();
  std::vector<int64_t> fresh, due;
  for (int i = 0; i < 2; ++i) {
    fresh.push_back(Accept({webhook.key}).key + 1);
    due.push_back(Accept({webhook.key}).key + 1);
    Record(due.back(), DeliveryState::kPending, clock_.Now());
  }
  PendingPage page = Waiting({.webhook_key = webhook.key, .limit = 2});
  EXPECT_EQ(Keys(page), fresh);
  EXPECT_FALSE(page.more);
  page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .limit = 2});
  EXPECT_EQ(Keys(page), due);
  EXPECT_FALSE(page.more);
  page = Waiting({.webhook_key = webhook.key, .which = Which::kBoth, .limit = 4});
  EXPECT_THAT(Keys(page), ElementsAre(fresh[0], due[0], fresh[1], due[1]));
  EXPECT_FALSE(page.more);
}

TEST_P(StoreConformanceTest, WhatIsDueNextIsTheWebhooksOwnAndTheSoonest) {
  const Webhook webhook = Create(), other = Create("other");
  const absl::Time now = clock_.Now();
  const int64_t due_now = Accept({webhook.key}).key + 1;
  Record(due_now, DeliveryState::kPending, now);
  for (int seconds : {9, 5, 7}) {
    Record(Accept({webhook.key}).key + 1, DeliveryState::kPending, now + absl::Seconds(seconds));
  }
  Record(Accept({other.key}).key + 1, DeliveryState::kPending, now + absl::Seconds(1));
  Record(Accept({other.key}).key + 1, DeliveryState::kPending, now + absl::Seconds(20));
  PendingPage page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .until = now});
  EXPECT_THAT(Keys(page), ElementsAre(due_now));
  EXPECT_FALSE(page.more);
  EXPECT_EQ(page.next_due, now + absl::Seconds(5));
  page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .until = now + absl::Seconds(9)});
  EXPECT_THAT(page.deliveries, SizeIs(4));
  EXPECT_EQ(page.next_due, absl::InfiniteFuture());
}

TEST_P(StoreConformanceTest, ADeliveryCanBeAskedForAgainMoreThanOnce) {
  const Webhook webhook = Create();
  const int64_t key = Accept({webhook.key}).key + 1;
  Record(key, DeliveryState::kFailed);
  // Named twice, it is made to wait once.
  ASSERT_THAT(calls_->RetryDeliveries("p", {key, key}, clock_.Now()).value(), SizeIs(1));
  Record(key, DeliveryState::kPending, clock_.Now(), 2);
  PendingPage page = Waiting({.webhook_key = webhook.key, .which = Which::kDue});
  ASSERT_THAT(Keys(page), ElementsAre(key));
  EXPECT_EQ(page.deliveries[0].attempt_count, 2);
  EXPECT_EQ(page.deliveries[0].earlier_attempt_count, 1);
  Record(key, DeliveryState::kFailed, std::nullopt, 3);
  ASSERT_THAT(calls_->RetryDeliveries("p", {key}, clock_.Now()).value(), SizeIs(1));
  page = Waiting({.webhook_key = webhook.key, .which = Which::kDue});
  ASSERT_THAT(Keys(page), ElementsAre(key));
  EXPECT_EQ(page.deliveries[0].earlier_attempt_count, 3);
}

TEST_P(StoreConformanceTest, ADeliveryThatWasNeverAttemptedCanBeAskedForAgain) {
  const Webhook webhook = Create();
  const int64_t key = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = key, .state = DeliveryState::kCanceled, .attempt = std::nullopt, .error = "disabled"});
  const absl::Time due = clock_.Now() + absl::Seconds(1);
  ASSERT_THAT(calls_->RetryDeliveries("p", {key}, due).value(), SizeIs(1));
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key})), IsEmpty());
  const PendingPage page = Waiting({.webhook_key = webhook.key, .which = Which::kDue, .until = due});
  ASSERT_THAT(Keys(page), ElementsAre(key));
  EXPECT_EQ(page.deliveries[0].attempt_count, 0);
  EXPECT_EQ(page.deliveries[0].earlier_attempt_count, 0);
}

}  // namespace
}  // namespace hookd
