#include "delivery/webhook_queue.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

QueuedDelivery WithKey(int64_t key) {
  return {.key = key,
          .event_key = key,
          .webhook_key = 1,
          .attempt = 1,
          .body = std::make_shared<std::string>("{}")};
}

std::vector<QueuedDelivery> WithKeys(std::vector<int64_t> keys) {
  std::vector<QueuedDelivery> deliveries;
  for (int64_t key : keys) deliveries.push_back(WithKey(key));
  return deliveries;
}

std::vector<int64_t> PopAll(WebhookQueue& queue) {
  std::vector<int64_t> keys;
  while (queue.size() > 0) keys.push_back(queue.Pop().key);
  return keys;
}

constexpr auto kNever = absl::InfiniteFuture();
const absl::Time kNow = absl::UnixEpoch() + absl::Hours(1);

// As if one that came had found no room and was then dealt with.
void LeaveToTheStore(WebhookQueue& queue) { queue.Push(WithKey(1), false); }

// Begins a read that the queue has to want at kNow.
WaitingQuery BeginRead(WebhookQueue& queue) {
  EXPECT_LE(queue.ReadAt(false), kNow);
  return queue.BeginRead(1, kNow, false, 10);
}

TEST(WebhookQueueTest, GivesDeliveriesInTheOrderTheyCame) {
  WebhookQueue queue(/*ordered=*/false);
  queue.Push(WithKey(1), true);
  queue.Push(WithKey(2), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueueTest, WhatHasNoRoomIsLeftToTheStoreAndSoIsAllAfterIt) {
  WebhookQueue queue(/*ordered=*/false);
  queue.Push(WithKey(1), true);
  EXPECT_EQ(queue.Push(WithKey(2), false), 0u);
  EXPECT_EQ(queue.Push(WithKey(3), true), 0u);
  EXPECT_THAT(PopAll(queue), ElementsAre(1));
  EXPECT_EQ(BeginRead(queue).after_key, 1);
}

TEST(WebhookQueueTest, ReadsBackWhatWasLeft) {
  WebhookQueue queue(/*ordered=*/false);
  queue.Push(WithKey(1), false);
  BeginRead(queue);
  queue.EndRead(WithKeys({1, 2}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueueTest, KnowsThatMoreIsLeftAfterAFullPage) {
  WebhookQueue queue(/*ordered=*/false);
  LeaveToTheStore(queue);
  BeginRead(queue);
  queue.EndRead(WithKeys({1, 2}), /*more=*/true, kNever);
  queue.Push(WithKey(9), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_EQ(BeginRead(queue).after_key, 2);
}

TEST(WebhookQueueTest, WhatComesDuringTheLastReadFollowsIt) {
  WebhookQueue queue(/*ordered=*/false);
  LeaveToTheStore(queue);
  BeginRead(queue);
  queue.Push(WithKey(5), true);
  queue.EndRead(WithKeys({1, 2}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2, 5));
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueueTest, WhatTheReadGaveIsNotTakenTwice) {
  WebhookQueue queue(/*ordered=*/false);
  LeaveToTheStore(queue);
  BeginRead(queue);
  queue.Push(WithKey(2), true);
  queue.Push(WithKey(3), true);
  queue.EndRead(WithKeys({1, 2}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2, 3));
}

TEST(WebhookQueueTest, WhatComesDuringAReadThatWasNotTheLastIsLeftToTheStore) {
  WebhookQueue queue(/*ordered=*/false);
  LeaveToTheStore(queue);
  BeginRead(queue);
  queue.Push(WithKey(5), true);
  queue.EndRead(WithKeys({1, 2}), /*more=*/true, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_EQ(BeginRead(queue).after_key, 2);
}

TEST(WebhookQueueTest, WhatFindsNoRoomDuringAReadIsReadNext) {
  WebhookQueue queue(/*ordered=*/false);
  LeaveToTheStore(queue);
  BeginRead(queue);
  queue.Push(WithKey(5), true);
  queue.Push(WithKey(6), false);
  queue.Push(WithKey(7), true);
  queue.EndRead(WithKeys({1}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 5));
  EXPECT_EQ(BeginRead(queue).after_key, 5);
}

TEST(WebhookQueueTest, AFailedReadLosesNothing) {
  WebhookQueue queue(/*ordered=*/false);
  LeaveToTheStore(queue);
  BeginRead(queue);
  queue.Push(WithKey(5), true);
  queue.FailRead();
  EXPECT_FALSE(queue.reading());
  EXPECT_EQ(BeginRead(queue).after_key, 0);
}

TEST(WebhookQueueTest, ReadsRetriesOnceTheFirstIsDue) {
  WebhookQueue queue(/*ordered=*/false);
  EXPECT_EQ(queue.ReadAt(false), kNever);
  queue.RetryAt(kNow + absl::Seconds(2));
  queue.RetryAt(kNow + absl::Seconds(1));
  EXPECT_EQ(queue.ReadAt(false), kNow + absl::Seconds(1));
  EXPECT_FALSE(queue.idle());
  const WaitingQuery query = queue.BeginRead(1, kNow + absl::Seconds(1), false, 10);
  EXPECT_EQ(query.which, WaitingQuery::Which::kDue);
  EXPECT_EQ(query.until, kNow + absl::Seconds(1));
  queue.EndRead(WithKeys({4}), /*more=*/false, kNow + absl::Seconds(2));
  EXPECT_THAT(PopAll(queue), ElementsAre(4));
  EXPECT_EQ(queue.ReadAt(false), kNow + absl::Seconds(2));
}

TEST(WebhookQueueTest, RetriesWhoseTimeHasComeLeaveBeforeWhatIsNew) {
  WebhookQueue queue(/*ordered=*/false);
  queue.Push(WithKey(5), true);
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.Push(WithKey(6), true);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(2, 5, 6));
}

TEST(WebhookQueueTest, ARetryThatIsUnderWayIsNotReadAgain) {
  WebhookQueue queue(/*ordered=*/false);
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  queue.Pop();
  queue.RetryAt(kNow);
  // The store has it still as it was, and there must be room for others beside it.
  EXPECT_EQ(BeginRead(queue).limit, 11);
  queue.EndRead(WithKeys({2, 3}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(3));
}

TEST(WebhookQueueTest, WhatBecomesARetryIsNotReadBeforeItIsSettled) {
  WebhookQueue queue(/*ordered=*/false);
  queue.Push(WithKey(2), true);
  queue.Pop();
  queue.Unsettle(2);
  // The store has it as a retry already, but its answer has not come yet.
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  EXPECT_EQ(queue.size(), 0u);
  queue.Settle(2);
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(2));
}

TEST(WebhookQueueTest, ARetryThatEndsDuringAReadThatDidNotSeeItIsNotTakenAgain) {
  WebhookQueue queue(/*ordered=*/false);
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNow);
  queue.Pop();
  BeginRead(queue);
  queue.Settle(2);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueueTest, ARetryStoredDuringAReadIsNotForgotten) {
  WebhookQueue queue(/*ordered=*/false);
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.RetryAt(kNow + absl::Seconds(1));
  queue.EndRead({}, /*more=*/false, kNever);
  EXPECT_EQ(queue.ReadAt(false), kNow + absl::Seconds(1));
}

TEST(WebhookQueueTest, AFullPageOfRetriesIsFollowedByAnother) {
  WebhookQueue queue(/*ordered=*/false);
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/true, kNever);
  EXPECT_EQ(queue.ReadAt(false), kNever);  // what is in memory leaves first
  queue.Pop();
  EXPECT_LE(queue.ReadAt(false), kNow);
}

TEST(WebhookQueueTest, AFailedReadOfRetriesIsWantedAgain) {
  WebhookQueue queue(/*ordered=*/false);
  queue.RetryAt(kNow);
  BeginRead(queue);
  queue.FailRead();
  EXPECT_LE(queue.ReadAt(false), kNow);
}

TEST(WebhookQueueTest, RetriesThatAreNotDueAreReadIfAllAreWanted) {
  WebhookQueue queue(/*ordered=*/false);
  queue.RetryAt(kNow + absl::Hours(1));
  EXPECT_LE(queue.ReadAt(/*all=*/true), kNow);
  EXPECT_EQ(queue.BeginRead(1, kNow, /*all=*/true, 10).until, kNever);
}

TEST(WebhookQueueTest, AnOrderedQueueReadsRetriesWithWhatIsNewAndKeepsOneAtItsHead) {
  WebhookQueue queue(/*ordered=*/true);
  LeaveToTheStore(queue);
  EXPECT_EQ(BeginRead(queue).which, WaitingQuery::Which::kBoth);
  queue.EndRead(WithKeys({1, 2}), /*more=*/false, kNever);
  QueuedDelivery first = queue.Pop();
  first.due = kNow;
  queue.PutBack(first);
  EXPECT_EQ(queue.front().due, kNow);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
}

TEST(WebhookQueueTest, ReloadingLeavesEverythingToTheStore) {
  WebhookQueue queue(/*ordered=*/false);
  const size_t bytes = queue.Push(WithKey(5), true);
  EXPECT_EQ(queue.Reload(/*ordered=*/false), bytes);
  EXPECT_EQ(queue.size(), 0u);
  // Retries first, then what is new, from the beginning.
  EXPECT_EQ(BeginRead(queue).which, WaitingQuery::Which::kDue);
  queue.EndRead({}, /*more=*/false, kNever);
  const WaitingQuery query = BeginRead(queue);
  EXPECT_EQ(query.which, WaitingQuery::Which::kNew);
  EXPECT_EQ(query.after_key, 0);
}

TEST(WebhookQueueTest, AccountsForEveryByte) {
  WebhookQueue queue(/*ordered=*/false);
  auto bytes = static_cast<ptrdiff_t>(queue.Push(WithKey(1), true));
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(2), false));
  bytes -= static_cast<ptrdiff_t>(WebhookQueue::Bytes(queue.Pop()));
  BeginRead(queue);
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(3), true));
  bytes += queue.FailRead();
  BeginRead(queue);
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(4), true));
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(5), true));
  bytes += queue.EndRead(WithKeys({2, 3, 4}), /*more=*/false, kNever);
  while (queue.size() > 0) bytes -= static_cast<ptrdiff_t>(WebhookQueue::Bytes(queue.Pop()));
  EXPECT_EQ(bytes, 0);
}

}  // namespace
}  // namespace hookd
