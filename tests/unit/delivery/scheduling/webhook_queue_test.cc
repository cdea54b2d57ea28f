#include "delivery/scheduling/webhook_queue.h"

#include "base/limits.h"
#include "base/tuning.h"
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
PendingQuery BeginRead(WebhookQueue& queue) {
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
  queue.AddRetry(kNow + absl::Seconds(2));
  queue.AddRetry(kNow + absl::Seconds(1));
  EXPECT_EQ(queue.ReadAt(false), kNow + absl::Seconds(1));
  EXPECT_FALSE(queue.idle());
  const PendingQuery query = queue.BeginRead(1, kNow + absl::Seconds(1), false, 10);
  EXPECT_EQ(query.which, PendingQuery::Which::kDue);
  EXPECT_EQ(query.until, kNow + absl::Seconds(1));
  queue.EndRead(WithKeys({4}), /*more=*/false, kNow + absl::Seconds(2));
  EXPECT_THAT(PopAll(queue), ElementsAre(4));
  EXPECT_EQ(queue.ReadAt(false), kNow + absl::Seconds(2));
}

TEST(WebhookQueueTest, RetriesWhoseTimeHasComeLeaveBeforeWhatIsNew) {
  WebhookQueue queue(/*ordered=*/false);
  queue.Push(WithKey(5), true);
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.Push(WithKey(6), true);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(2, 5, 6));
}

TEST(WebhookQueueTest, ARetryThatIsUnderWayIsNotReadAgain) {
  WebhookQueue queue(/*ordered=*/false);
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  queue.Pop();
  queue.AddRetry(kNow);
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
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  EXPECT_EQ(queue.size(), 0u);
  queue.Settle(2);
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(2));
}

TEST(WebhookQueueTest, ARetryThatEndsDuringAReadThatDidNotSeeItIsNotTakenAgain) {
  WebhookQueue queue(/*ordered=*/false);
  queue.AddRetry(kNow);
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
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.AddRetry(kNow + absl::Seconds(1));
  queue.EndRead({}, /*more=*/false, kNever);
  EXPECT_EQ(queue.ReadAt(false), kNow + absl::Seconds(1));
}

TEST(WebhookQueueTest, AFullPageOfRetriesIsFollowedByAnother) {
  WebhookQueue queue(/*ordered=*/false);
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({2}), /*more=*/true, kNever);
  EXPECT_EQ(queue.ReadAt(false), kNever);  // what is in memory leaves first
  queue.Pop();
  EXPECT_LE(queue.ReadAt(false), kNow);
}

TEST(WebhookQueueTest, AFailedReadOfRetriesIsWantedAgain) {
  WebhookQueue queue(/*ordered=*/false);
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.FailRead();
  EXPECT_LE(queue.ReadAt(false), kNow);
}

TEST(WebhookQueueTest, RetriesThatAreNotDueAreReadIfAllAreWanted) {
  WebhookQueue queue(/*ordered=*/false);
  queue.AddRetry(kNow + absl::Hours(1));
  EXPECT_LE(queue.ReadAt(/*all=*/true), kNow);
  EXPECT_EQ(queue.BeginRead(1, kNow, /*all=*/true, 10).until, kNever);
}

TEST(WebhookQueueTest, AnOrderedQueueReadsRetriesWithWhatIsNewAndKeepsOneAtItsHead) {
  WebhookQueue queue(/*ordered=*/true);
  LeaveToTheStore(queue);
  EXPECT_EQ(BeginRead(queue).which, PendingQuery::Which::kBoth);
  queue.EndRead(WithKeys({1, 2}), /*more=*/false, kNever);
  QueuedDelivery first = queue.Pop();
  first.due = kNow;
  queue.PutBack(first);
  EXPECT_EQ(queue.front().due, kNow);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
}

// Pops the next delivery, which is not attempted after all.
int64_t PopAndPutBack(WebhookQueue& queue) {
  const QueuedDelivery delivery = queue.Pop();
  queue.Settle(delivery.key);
  EXPECT_EQ(queue.PutBack(delivery), BytesOf(delivery));
  return delivery.key;
}

TEST(WebhookQueueTest, WhatIsPutBackLeavesInTheOrderItHad) {
  WebhookQueue queue(/*ordered=*/false);
  for (int64_t key : {1, 2, 3}) queue.Push(WithKey(key), true);
  const QueuedDelivery first = queue.Pop();
  const QueuedDelivery second = queue.Pop();
  queue.PutBack(first);
  queue.PutBack(second);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2, 3));
}

TEST(WebhookQueueTest, ARetryThatIsPutBackLeavesBeforeLaterOnesAndBeforeWhatIsNew) {
  WebhookQueue queue(/*ordered=*/false);
  queue.Push(WithKey(9), true);
  queue.AddRetry(kNow);
  BeginRead(queue);
  std::vector<QueuedDelivery> retries = WithKeys({1, 2});
  for (QueuedDelivery& retry : retries) retry.due = kNow;
  queue.EndRead(retries, false, kNever);
  EXPECT_EQ(PopAndPutBack(queue), 1);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2, 9));
}

TEST(WebhookQueueTest, ARetryThatIsPutBackDuringAReadIsNotTakenTwice) {
  for (const bool shared : {false, true}) {
    WebhookQueue queue(/*ordered=*/false, shared);
    queue.AddRetry(kNow);
    BeginRead(queue);
    std::vector<QueuedDelivery> retries = WithKeys({1, 2});
    for (QueuedDelivery& retry : retries) retry.due = kNow;
    queue.EndRead({retries[0]}, false, kNever);
    const QueuedDelivery delivery = queue.Pop();
    queue.AddRetry(kNow);
    BeginRead(queue);
    queue.Settle(delivery.key);
    queue.PutBack(delivery);
    queue.EndRead(retries, false, kNever);
    EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  }
}

TEST(WebhookQueueTest, ReloadingLeavesEverythingToTheStore) {
  WebhookQueue queue(/*ordered=*/false);
  const size_t bytes = queue.Push(WithKey(5), true);
  EXPECT_EQ(queue.Reload(/*ordered=*/false), bytes);
  EXPECT_EQ(queue.size(), 0u);
  // Retries first, then what is new, from the beginning.
  EXPECT_EQ(BeginRead(queue).which, PendingQuery::Which::kDue);
  queue.EndRead({}, /*more=*/false, kNever);
  const PendingQuery query = BeginRead(queue);
  EXPECT_EQ(query.which, PendingQuery::Which::kNew);
  EXPECT_EQ(query.after_key, 0);
}

TEST(WebhookQueueTest, AccountsForEveryByte) {
  WebhookQueue queue(/*ordered=*/false);
  auto bytes = static_cast<ptrdiff_t>(queue.Push(WithKey(1), true));
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(2), false));
  bytes -= static_cast<ptrdiff_t>(BytesOf(queue.Pop()));
  BeginRead(queue);
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(3), true));
  bytes += queue.FailRead();
  BeginRead(queue);
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(4), true));
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(5), true));
  bytes += queue.EndRead(WithKeys({2, 3, 4}), /*more=*/false, kNever);
  while (queue.size() > 0) bytes -= static_cast<ptrdiff_t>(BytesOf(queue.Pop()));
  EXPECT_EQ(bytes, 0);
}

// --- Of a store that other processes write too ---

using Which = PendingQuery::Which;

TEST(SharedWebhookQueueTest, WhatArrivesAboveWhatIsKnownIsReadWithWhatIsNew) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(5), true);
  EXPECT_EQ(queue.AddArrivals({7, 8}), 2);
  EXPECT_EQ(queue.ReadAt(false), kNever);  // what is in memory leaves first
  queue.Pop();
  const PendingQuery query = BeginRead(queue);
  EXPECT_EQ(query.which, Which::kNew);
  EXPECT_EQ(query.after_key, 5);
  queue.EndRead(WithKeys({7, 8}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(7, 8));
  EXPECT_TRUE(queue.idle());
}

TEST(SharedWebhookQueueTest, WhatArrivesLateIsReadByItsKeyAndLeavesBeforeWhatIsNew) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(5), true);
  queue.Push(WithKey(6), true);
  EXPECT_EQ(queue.AddArrivals({3, 4}), 2);
  EXPECT_FALSE(queue.idle());
  const PendingQuery query = BeginRead(queue);
  EXPECT_EQ(query.which, Which::kThese);
  EXPECT_THAT(query.keys, ElementsAre(3, 4));
  // One of them was attempted long ago: the news of it is old.
  queue.EndRead(WithKeys({4}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(4, 5, 6));
  EXPECT_TRUE(queue.idle());
}

TEST(SharedWebhookQueueTest, WhatItHoldsOrHasGivenIsNotTakenAgain) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(5), true);
  queue.Push(WithKey(6), true);
  queue.Pop();
  EXPECT_EQ(queue.AddArrivals({5, 6}), 0);
  EXPECT_EQ(queue.ReadAt(false), kNever);
  // Once it is settled, only the store knows.
  queue.Settle(5);
  EXPECT_EQ(queue.AddArrivals({5}), 1);
  BeginRead(queue);
  queue.EndRead({}, /*more=*/false, kNever);
  EXPECT_EQ(queue.TakeMiscounted(), 1);
  EXPECT_EQ(queue.TakeMiscounted(), 0);
  EXPECT_THAT(PopAll(queue), ElementsAre(6));
}

TEST(SharedWebhookQueueTest, CountsOnlyWhatArrivedAndDoesNotWaitAsMiscounted) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(9), true);
  queue.Push(WithKey(4), true);  // counted by who pushed it
  EXPECT_EQ(queue.AddArrivals({1, 2, 3, 4}), 3);
  EXPECT_THAT(queue.BeginRead(1, kNow, false, 3).keys, ElementsAre(1, 2, 3));
  queue.EndRead(WithKeys({2}), /*more=*/true, kNever);  // 3 is left for later
  EXPECT_EQ(queue.TakeMiscounted(), 1);
  EXPECT_THAT(BeginRead(queue).keys, ElementsAre(3, 4));
  queue.FailRead();
  EXPECT_EQ(queue.TakeMiscounted(), 0);
  EXPECT_THAT(BeginRead(queue).keys, ElementsAre(3, 4));
  queue.EndRead({}, /*more=*/false, kNever);
  EXPECT_EQ(queue.TakeMiscounted(), 1);
}

TEST(SharedWebhookQueueTest, AnOwnDeliveryThatComesLateIsReadByItsKeyToo) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(5), true);
  EXPECT_EQ(queue.Push(WithKey(4), true), 0u);
  EXPECT_THAT(BeginRead(queue).keys, ElementsAre(4));
  queue.EndRead(WithKeys({4}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(4, 5));
}

TEST(SharedWebhookQueueTest, AnOwnDeliveryBehindOthersIsReadWithThem) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.AddArrivals({4});
  queue.Push(WithKey(5), true);
  BeginRead(queue);
  queue.EndRead(WithKeys({4, 5}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(4, 5));
}

TEST(SharedWebhookQueueTest, WhatComesDuringAReadIsSortedOutByWhatTheReadGave) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.AddArrivals({4});
  BeginRead(queue);
  queue.Push(WithKey(6), true);  // the read has it
  queue.Push(WithKey(5), true);  // it became visible after the read, late
  queue.AddArrivals({4, 7, 9});  // of which it has 4 and 7
  queue.EndRead(WithKeys({4, 6, 7}), /*more=*/false, kNever);
  EXPECT_THAT(BeginRead(queue).keys, ElementsAre(5));
  queue.EndRead(WithKeys({5}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(4, 5, 6, 7));
  EXPECT_EQ(BeginRead(queue).after_key, 7);
  queue.EndRead(WithKeys({9}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(9));
  EXPECT_TRUE(queue.idle());
}

TEST(SharedWebhookQueueTest, AFailedReadForgetsNothingThatIsLate) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(5), true);
  queue.AddArrivals({3});
  BeginRead(queue);
  queue.FailRead();
  EXPECT_THAT(BeginRead(queue).keys, ElementsAre(3));
}

TEST(SharedWebhookQueueTest, LateOnesThatTheReadHadNoRoomForAreReadNext) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(9), true);
  queue.AddArrivals({1, 2, 3});
  EXPECT_THAT(queue.BeginRead(1, kNow, false, 2).keys, ElementsAre(1, 2));
  queue.EndRead(WithKeys({1}), /*more=*/true, kNever);
  EXPECT_THAT(BeginRead(queue).keys, ElementsAre(2, 3));
}

TEST(SharedWebhookQueueTest, MoreLateOnesThanItCanKeepInMindHaveItReadAnew) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(1'000'000), true);
  for (int64_t key = 1; key <= tuning::kMaxQueuedPerWebhook; ++key) queue.AddArrivals({key});
  EXPECT_FALSE(queue.overrun());
  queue.AddArrivals({tuning::kMaxQueuedPerWebhook + 1});
  EXPECT_TRUE(queue.overrun());
  queue.Reload(/*ordered=*/false);
  EXPECT_FALSE(queue.overrun());
}

TEST(SharedWebhookQueueTest, ARetryThatAnotherProcessAskedForBeforeItWasSettledIsReadAfterwards) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(5), true);
  queue.Pop();
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.EndRead(WithKeys({5}), /*more=*/false, kNever);
  EXPECT_EQ(queue.size(), 0u);
  queue.Settle(5);
  BeginRead(queue);
  queue.EndRead(WithKeys({5}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(5));
}

TEST(SharedWebhookQueueTest, ARetryThatIsSettledWhileItIsReadIsReadAgain) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  queue.Push(WithKey(5), true);
  queue.Pop();
  queue.AddRetry(kNow);
  BeginRead(queue);
  queue.Settle(5);
  queue.EndRead(WithKeys({5}), /*more=*/false, kNever);
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_LE(queue.ReadAt(false), kNow);
}

TEST(SharedWebhookQueueTest, AnOrderedOneTakesInOnlyWhatItReads) {
  WebhookQueue queue(/*ordered=*/true, /*shared=*/true);
  // Another process's delivery of a lesser key may be visible, and not be known of yet.
  EXPECT_EQ(queue.Push(WithKey(5), true), 0u);
  EXPECT_EQ(BeginRead(queue).which, Which::kBoth);
  queue.EndRead(WithKeys({4, 5}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(4, 5));
}

TEST(SharedWebhookQueueTest, AnOrderedOneReadsFromWellBeforeWhatItReadLast) {
  const int64_t first = FirstKeyAt(kNow);
  WebhookQueue queue(/*ordered=*/true, /*shared=*/true);
  queue.AddArrivals({first + 5});
  BeginRead(queue);
  queue.EndRead(WithKeys({first + 5}), /*more=*/false, kNever);
  queue.Pop();
  queue.AddArrivals({first + 6});
  EXPECT_EQ(BeginRead(queue).after_key, FirstKeyAt(kNow - limits::kMaxCommitLag));
  // The first is not settled: the store has it still as it was.
  queue.EndRead(WithKeys({first + 4, first + 5, first + 6}), /*more=*/false, kNever);
  EXPECT_THAT(PopAll(queue), ElementsAre(first + 4, first + 6));
}

TEST(SharedWebhookQueueTest, AnOrderedOneIsReadAnewForWhatIsOlderThanThat) {
  const int64_t first = FirstKeyAt(kNow);
  WebhookQueue queue(/*ordered=*/true, /*shared=*/true);
  queue.AddArrivals({first});
  BeginRead(queue);
  queue.EndRead(WithKeys({first}), /*more=*/false, kNever);
  queue.Pop();
  queue.AddArrivals({FirstKeyAt(kNow - limits::kMaxCommitLag)});
  EXPECT_TRUE(queue.overrun());
}

TEST(SharedWebhookQueueTest, AnOrderedOneKeepsARetryInItsPlace) {
  WebhookQueue queue(/*ordered=*/true, /*shared=*/true);
  queue.AddArrivals({4, 5});
  BeginRead(queue);
  queue.EndRead(WithKeys({4, 5}), /*more=*/false, kNever);
  queue.PutBack(queue.Pop());
  EXPECT_EQ(queue.AddArrivals({4}), 0);
  EXPECT_THAT(PopAll(queue), ElementsAre(4, 5));
}

TEST(SharedWebhookQueueTest, AccountsForEveryByteOfWhatIsLate) {
  WebhookQueue queue(/*ordered=*/false, /*shared=*/true);
  auto bytes = static_cast<ptrdiff_t>(queue.Push(WithKey(5), true));
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(3), true));
  BeginRead(queue);
  bytes += queue.EndRead(WithKeys({3}), /*more=*/false, kNever);
  bytes -= static_cast<ptrdiff_t>(BytesOf(queue.Pop()));
  bytes -= static_cast<ptrdiff_t>(queue.Drop());
  EXPECT_EQ(bytes, 0);
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace hookd
