#include "delivery/outcome_feed.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

RecordedOutcome OutcomeOf(int64_t key) {
  return {.key = key,
          .delivery = {.key = 11,
                       .event_key = 10,
                       .webhook_key = 1,
                       .webhook_id = "w",
                       .event_type = 2,
                       .state = DeliveryState::kFailed}};
}

std::vector<int64_t> TakeAll(OutcomeFeed::Subscription& subscription) {
  std::vector<int64_t> keys;
  while (const auto outcome = subscription.Take().outcome) keys.push_back(outcome->key);
  return keys;
}

class OutcomeFeedTest : public ::testing::Test {
 protected:
  std::shared_ptr<OutcomeFeed::Subscription> Subscribe(OutcomeQuery query = {.project = "p"}) {
    auto subscription = feed_.Subscribe(std::move(query), [this] { ++woken_; });
    EXPECT_TRUE(subscription.ok()) << subscription.status();
    return *subscription;
  }

  OutcomeFeed feed_;
  int woken_ = 0;
};

TEST_F(OutcomeFeedTest, IsWatchedWhileSomebodySubscribes) {
  EXPECT_FALSE(feed_.watched());
  const auto first = Subscribe();
  const auto second = Subscribe();
  feed_.Unsubscribe(first);
  EXPECT_TRUE(feed_.watched());
  feed_.Unsubscribe(second);
  feed_.Unsubscribe(second);
  EXPECT_FALSE(feed_.watched());
}

TEST_F(OutcomeFeedTest, EverySubscriptionGetsWhatIsPublishedInOrder) {
  feed_.Publish("p", OutcomeOf(1));
  const auto first = Subscribe();
  feed_.Publish("p", OutcomeOf(2));
  const auto second = Subscribe();
  feed_.Publish("p", OutcomeOf(3));
  EXPECT_THAT(TakeAll(*first), ElementsAre(2, 3));
  EXPECT_THAT(TakeAll(*second), ElementsAre(3));
}

TEST_F(OutcomeFeedTest, TakeTellsWhetherThereIsMore) {
  const auto subscription = Subscribe();
  feed_.Publish("p", OutcomeOf(1));
  feed_.Publish("p", OutcomeOf(2));
  EXPECT_TRUE(subscription->Take().more);
  EXPECT_FALSE(subscription->Take().more);
}

TEST_F(OutcomeFeedTest, EveryConditionOfTheQueryHolds) {
  const OutcomeQuery all{.project = "p",
                         .filter = {.webhook_ids = {"w"},
                                    .event_keys = {10},
                                    .event_types = {2},
                                    .states = {DeliveryState::kFailed},
                                    .min_key = 11,
                                    .max_key = 11}};
  std::vector<OutcomeQuery> others(9, all);
  others[0].project = "q";
  others[1].filter.webhook_ids = {"v"};
  others[2].filter.event_keys = {9};
  others[3].filter.event_types = {3};
  others[4].filter.states = {DeliveryState::kPending};
  others[5].filter.min_key = 12;
  others[6].filter.max_key = 10;
  others[7].filter.status_codes = {{200, 299}};
  others[8].filter.error_classes = {ErrorClass::kTls};
  const auto subscription = Subscribe(all);
  std::vector<std::shared_ptr<OutcomeFeed::Subscription>> other_subscriptions;
  other_subscriptions.reserve(others.size());
  for (const OutcomeQuery& query : others) other_subscriptions.push_back(Subscribe(query));
  feed_.Publish("p", OutcomeOf(1));
  EXPECT_THAT(TakeAll(*subscription), ElementsAre(1));
  for (size_t i = 0; i < others.size(); ++i) EXPECT_THAT(TakeAll(*other_subscriptions[i]), IsEmpty()) << i;
}

TEST_F(OutcomeFeedTest, WakesOnlyAWatcherThatFoundNothing) {
  const auto subscription = Subscribe();
  feed_.Publish("p", OutcomeOf(1));
  EXPECT_EQ(woken_, 0);
  TakeAll(*subscription);
  feed_.Publish("q", OutcomeOf(2));
  EXPECT_EQ(woken_, 0);
  feed_.Publish("p", OutcomeOf(3));
  EXPECT_EQ(woken_, 1);
  feed_.Publish("p", OutcomeOf(4));
  EXPECT_EQ(woken_, 1);
  EXPECT_THAT(TakeAll(*subscription), ElementsAre(3, 4));
}

TEST_F(OutcomeFeedTest, AWatcherTooFarBehindIsOverrunAndNobodyElse) {
  const auto slow = Subscribe();
  const auto quick = Subscribe();
  for (int i = 1; i <= limits::kMaxWatcherLag; ++i) {
    feed_.Publish("p", OutcomeOf(i));
    EXPECT_EQ(quick->Take().outcome->key, i);
  }
  EXPECT_FALSE(slow->overrun());
  feed_.Publish("p", OutcomeOf(limits::kMaxWatcherLag + 1));
  EXPECT_TRUE(slow->overrun());
  EXPECT_THAT(TakeAll(*slow), IsEmpty());
  EXPECT_FALSE(quick->overrun());
  EXPECT_THAT(TakeAll(*quick), SizeIs(1));
}

TEST_F(OutcomeFeedTest, ClearedASubscriptionTakesOutcomesAgain) {
  const auto subscription = Subscribe();
  for (int i = 0; i <= limits::kMaxWatcherLag; ++i) feed_.Publish("p", OutcomeOf(i));
  ASSERT_TRUE(subscription->overrun());
  subscription->DropAbove(0);
  EXPECT_FALSE(subscription->overrun());
  feed_.Publish("p", OutcomeOf(77777));
  EXPECT_THAT(TakeAll(*subscription), ElementsAre(77777));
}

TEST_F(OutcomeFeedTest, TakesOnlySoManyWatchers) {
  std::vector<std::shared_ptr<OutcomeFeed::Subscription>> subscriptions;
  subscriptions.reserve(limits::kMaxWatchers);
  for (int i = 0; i < limits::kMaxWatchers; ++i) subscriptions.push_back(Subscribe());
  EXPECT_EQ(feed_.Subscribe({.project = "q"}, [] {}).status().code(), absl::StatusCode::kResourceExhausted);
  feed_.Unsubscribe(subscriptions.back());
  EXPECT_TRUE(feed_.Subscribe({.project = "q"}, [] {}).ok());
}

TEST_F(OutcomeFeedTest, ClosedItWakesEverybodyAndTakesNobody) {
  const auto first = Subscribe();
  const auto second = Subscribe();
  EXPECT_FALSE(first->closed());
  feed_.Close();
  EXPECT_EQ(woken_, 2);
  EXPECT_TRUE(first->closed());
  EXPECT_TRUE(second->closed());
  EXPECT_EQ(feed_.Subscribe({.project = "p"}, [] {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(OutcomeFeedTest, AWakeMayUnsubscribeAndSubscribe) {
  std::shared_ptr<OutcomeFeed::Subscription> subscription;
  subscription = *feed_.Subscribe({.project = "p"}, [&] {
    feed_.Unsubscribe(subscription);
    Subscribe();
  });
  TakeAll(*subscription);
  feed_.Publish("p", OutcomeOf(1));
  feed_.Publish("p", OutcomeOf(2));
  EXPECT_THAT(TakeAll(*subscription), ElementsAre(1));
}

TEST_F(OutcomeFeedTest, NoWakeIsLostBetweenTakingAndPublishing) {
  constexpr int kOutcomes = 5000;  // below what overruns
  std::atomic<bool> woken = true;
  const auto subscription = *feed_.Subscribe({.project = "p"}, [&] {
    woken = true;
    woken.notify_one();
  });
  std::thread publisher([&] {
    for (int i = 1; i <= kOutcomes; ++i) feed_.Publish("p", OutcomeOf(i));
  });
  // Looks only when it is woken: a wake that is lost makes this wait for ever.
  int64_t last = 0;
  while (last < kOutcomes) {
    woken.wait(false);
    woken = false;
    for (const int64_t key : TakeAll(*subscription)) {
      EXPECT_EQ(key, last + 1);
      last = key;
    }
  }
  publisher.join();
}

TEST_F(OutcomeFeedTest, AsksForTheOutcomesOfOtherProcessesWhileAnybodyWatches) {
  OutcomeFeed feed;
  std::vector<bool> asked;
  std::function<void()> ready;
  feed.SetSource([&](bool watched, std::function<void()> done) {
    asked.push_back(watched);
    if (watched) ready = std::move(done);
  });
  int woken = 0;
  const auto first = feed.Subscribe({.project = "p"}, [&] { ++woken; }).value();
  const auto second = feed.Subscribe({.project = "p"}, [] {}).value();
  EXPECT_FALSE(first->ready());
  ready();
  EXPECT_TRUE(first->ready());
  EXPECT_TRUE(second->ready());
  EXPECT_EQ(woken, 1);
  feed.Unsubscribe(first);
  feed.Unsubscribe(second);
  EXPECT_EQ(asked, (std::vector<bool>{true, false}));
  // An answer to the time before is none to this.
  const auto old = std::move(ready);
  const auto third = feed.Subscribe({.project = "p"}, [] {}).value();
  old();
  EXPECT_FALSE(third->ready());
  ready();
  EXPECT_TRUE(third->ready());
}

TEST_F(OutcomeFeedTest, WhereNobodyElseRecordsOutcomesAWatchIsReadyAtOnce) {
  OutcomeFeed feed;
  EXPECT_TRUE(feed.Subscribe({.project = "p"}, [] {}).value()->ready());
}

TEST_F(OutcomeFeedTest, DropsOnlyWhatAReadWillFind) {
  OutcomeFeed feed;
  const auto subscription = feed.Subscribe({.project = "p"}, [] {}).value();
  for (const int64_t key : {3, 5, 4}) feed.Publish("p", {.key = key});
  EXPECT_FALSE(subscription->DropAbove(3));
  EXPECT_EQ(subscription->Take().outcome->key, 3);
  EXPECT_EQ(subscription->Take().outcome, nullptr);
}

}  // namespace
}  // namespace hookd
