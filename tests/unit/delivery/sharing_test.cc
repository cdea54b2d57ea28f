// Several processes on one store: this one attempts what is in the shards it holds, as long as it holds them.
#include <thread>

#include "base/ids.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const RetryPolicy kPolicy{
    .max_attempts = 3, .min_backoff = absl::Seconds(10), .max_backoff = absl::Seconds(10), .multiplier = 1};

// One of several processes, with a webhook "a" whose shard it can be given.
class SharingTest : public ::testing::Test {
 protected:
  explicit SharingTest() { engine_.dispatcher->Confirm(absl::InfiniteFuture()); }

  int64_t Create(Webhook webhook = {}) {
    webhook_ = engine_.Create("a", std::move(webhook));
    return webhook_;
  }
  int shard() const { return ShardOf(webhook_); }
  void Acquire(int64_t epoch = 1) { engine_.dispatcher->Acquire({{.number = shard(), .epoch = epoch}}); }

  // Another process stores deliveries for it: their keys. This one is not told yet.
  std::vector<int64_t> StoreElsewhere(int count = 1) {
    v1::Event event;
    event.mutable_sent();
    std::vector<int64_t> keys;
    for (int i = 0; i < count; ++i) {
      engine_.store.AcceptEvents(
          "p", {{.type = 1, .event = event.SerializeAsString(), .webhooks = {webhook_}}}, std::nullopt,
          [&](auto accepted) { keys.push_back(accepted->events[0].key + 1); });
    }
    return keys;
  }
  void Tell(std::vector<int64_t> keys) {
    engine_.dispatcher->EnqueueArrivals({{.project = "p", .webhook_key = webhook_, .keys = std::move(keys)}});
  }

  // The deliveries under way, by their keys.
  std::vector<int64_t> UnderWay() {
    std::vector<int64_t> keys;
    for (const HttpRequest& request : engine_.http->waiting()) {
      keys.push_back(*DecodeId(request.headers[2].second) + 1);
    }
    return keys;
  }

  TestEngine engine_{{}, {}, /*shared=*/true};
  int64_t webhook_ = 0;
};

TEST_F(SharingTest, AttemptsNothingOfShardsItDoesNotHold) {
  Create();
  engine_.Emit(3);
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(SharingTest, TakesUpWhatWaitsInAShardItAcquires) {
  Create();
  engine_.Emit(3);
  StoreElsewhere(2);
  Acquire();
  EXPECT_EQ(engine_.counts.total(), 5);
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 5);
  EXPECT_EQ(engine_.http->sent(), 5u);
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(SharingTest, BeginsNothingBeforeItKnowsWhatIsThere) {
  Create({.ordered = true});
  const std::vector<int64_t> before = StoreElsewhere();
  engine_.cluster.HoldLoads();
  Acquire();
  engine_.Emit(1);
  StoreElsewhere();
  Tell({before[0]});
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  engine_.cluster.ReleaseTakeovers();
  EXPECT_EQ(UnderWay(), before);
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 3);
  EXPECT_EQ(engine_.http->sent(), 3u);
}

TEST_F(SharingTest, ATakeoverThatFailedIsMadeAgain) {
  Create();
  StoreElsewhere();
  engine_.cluster.FailTakeovers(absl::UnavailableError("gone"));
  Acquire();
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  engine_.cluster.FailTakeovers(absl::OkStatus());
  engine_.clock.Advance(tuning::kQueueReadRetry);
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
}

TEST_F(SharingTest, DeliversWhatOthersStoredOnceHoweverOftenItIsTold) {
  Create();
  Acquire();
  const std::vector<int64_t> keys = StoreElsewhere(3);
  Tell({keys[2]});
  Tell(keys);
  Tell({keys[1]});
  engine_.Emit(1);
  engine_.AnswerAllWith(200);
  Tell(keys);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 4);
  EXPECT_EQ(engine_.http->sent(), 4u);
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(SharingTest, FindsWhatOthersStoredThoughItIsNotToldWhich) {
  Create();
  Acquire();
  StoreElsewhere(3);
  Tell({});
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 3);
}

TEST_F(SharingTest, AnOrderedWebhookGetsWhatAnotherProcessAcceptedBeforeFirst) {
  Create({.ordered = true});
  Acquire();
  // Acknowledged by another process, which has not told this one of it yet, before this one accepts its own.
  const std::vector<int64_t> elsewhere = StoreElsewhere();
  const std::vector<int64_t> here = engine_.Emit(1);
  EXPECT_EQ(UnderWay(), elsewhere);
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(UnderWay(), ElementsAre(here[0] + 1));
}

TEST_F(SharingTest, AnOrderedWebhooksNextAttemptWaitsUntilTheOneBeforeIsRecorded) {
  Create({.ordered = true});
  Acquire();
  engine_.Emit(2);
  engine_.store.HoldCommits();
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  engine_.store.ReleaseCommits();
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
}

TEST_F(SharingTest, BeginsNoAttemptOnceItIsNotConfirmedAnyMore) {
  Create({.max_concurrency = 1});
  Acquire();
  engine_.dispatcher->Confirm(engine_.clock.Steady() + absl::Seconds(1));
  engine_.Emit(3);
  engine_.clock.Advance(absl::Seconds(1));
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  engine_.dispatcher->Confirm(engine_.clock.Steady() + absl::Seconds(1));
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
}

TEST_F(SharingTest, AShardThatIsLostIsAttemptedNoMore) {
  Create({.max_concurrency = 1});
  Acquire();
  engine_.Emit(3);
  engine_.dispatcher->Lose({shard()});
  EXPECT_EQ(engine_.counts.total(), 0);
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  EXPECT_EQ(engine_.dispatcher->load().queued, 0u);
  EXPECT_EQ(engine_.dispatcher->load().queued_bytes, 0u);
}

TEST_F(SharingTest, OutcomesCarryTheEpochTheirAttemptBeganWith) {
  Create();
  Acquire(/*epoch=*/7);
  const int64_t delivery = engine_.Emit()[0] + 1;
  engine_.dispatcher->Lose({shard()});
  Acquire(/*epoch=*/9);
  engine_.store.SetEpoch(shard(), 9);
  engine_.http->AnswerNext(TestEngine::Status(500));
  // The outcome was refused, and the attempt is made anew.
  EXPECT_EQ(engine_.Get(delivery).state, DeliveryState::kPending);
  EXPECT_THAT(UnderWay(), ElementsAre(delivery));
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(engine_.Get(delivery).state, DeliveryState::kDelivered);
}

TEST_F(SharingTest, AShardOfWhichAnOutcomeIsRefusedIsLost) {
  Create({.max_concurrency = 1});
  Acquire(/*epoch=*/7);
  engine_.store.SetEpoch(shard(), 8);
  const std::vector<int64_t> events = engine_.Emit(3);
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_FALSE(engine_.dispatcher->Holds(shard()));
  // The next was begun before the answer came.
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  EXPECT_EQ(engine_.Get(events[0] + 1).state, DeliveryState::kPending);
}

TEST_F(SharingTest, AShardIsHandedOverOnceNothingOfItIsUnderWayOrUnrecorded) {
  Create({.max_concurrency = 1});
  Acquire();
  engine_.Emit(2);
  engine_.dispatcher->Release({shard(), (shard() + 1) % kShards});
  EXPECT_THAT(engine_.cluster.handed_over(), ElementsAre((shard() + 1) % kShards));
  engine_.store.HoldCommits();
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine_.cluster.handed_over(), SizeIs(1));
  engine_.store.ReleaseCommits();
  EXPECT_THAT(engine_.cluster.handed_over(), ElementsAre((shard() + 1) % kShards, shard()));
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 1);
}

TEST_F(SharingTest, AShardIsHandedOverWhileItDrains) {
  Create();
  Acquire();
  engine_.Emit(1);
  engine_.dispatcher->Release({shard()});
  std::thread drain([this] { engine_.dispatcher->Drain(absl::InfiniteDuration()); });
  engine_.http->AnswerNext(TestEngine::Status(200));
  drain.join();
  EXPECT_THAT(engine_.cluster.handed_over(), ElementsAre(shard()));
}

TEST_F(SharingTest, AShardOfWhichAnAttemptOutlivesTheDrainIsNotHandedOver) {
  Create();
  Acquire();
  engine_.Emit(1);
  engine_.dispatcher->Release({shard()});
  engine_.dispatcher->Drain(absl::ZeroDuration());
  engine_.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine_.cluster.handed_over(), IsEmpty());
}

TEST_F(SharingTest, AShardThatIsLostAndAcquiredAgainIsTakenUpAnew) {
  Create({.max_concurrency = 1});
  Acquire(1);
  engine_.Emit(3);
  engine_.dispatcher->Lose({shard()});
  Acquire(2);
  // What is under way is of the old epoch: nothing is begun before it is over.
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
  engine_.store.SetEpoch(shard(), 2);
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 3);
  EXPECT_EQ(engine_.http->sent(), 4u);
}

TEST_F(SharingTest, RetriesThatAnotherProcessAskedForAreAttempted) {
  Create();
  Acquire();
  const int64_t delivery = engine_.Emit()[0] + 1;
  engine_.http->AnswerNext(TestEngine::Status(500));
  engine_.store.RetryDeliveries("p", {delivery}, engine_.clock.Steady(), [](auto) {});
  engine_.counts.AddStored("p", 1);
  engine_.dispatcher->EnqueueRedeliveries("p", webhook_, 1, engine_.clock.Steady());
  EXPECT_THAT(UnderWay(), ElementsAre(delivery));
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(SharingTest, RetriesOfAWebhookThatAnotherProcessHoldsAreItsBusiness) {
  Create();
  engine_.counts.AddStored("p", 2);
  engine_.dispatcher->EnqueueRedeliveries("p", webhook_, 2, engine_.clock.Steady());
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(SharingTest, WhatArrivesBeforeItsWebhookIsKnownIsNotCanceled) {
  Create();
  Acquire();
  const auto webhook = engine_.table.Find(webhook_);
  engine_.table.Remove(*webhook);
  Tell(StoreElsewhere());
  EXPECT_EQ(engine_.Count(DeliveryState::kCanceled), 0);
  engine_.webhooks.OnChanged(*webhook);
  EXPECT_THAT(engine_.UnderWay(), ElementsAre("http://a/"));
}

TEST_F(SharingTest, WhatWaitsForAWebhookThatNobodyKnowsIsCanceledOnceThatIsCertain) {
  Create();
  Acquire();
  engine_.table.Remove(*engine_.table.Find(webhook_));
  Tell(StoreElsewhere());
  engine_.clock.Advance(limits::kConfigurationLag);
  EXPECT_EQ(engine_.Count(DeliveryState::kCanceled), 1);
}

TEST_F(SharingTest, WhatArrivesBeforeItIsKnownThatItsWebhookIsEnabledAgainIsNotCanceled) {
  Create();
  Acquire();
  engine_.SetDisabled("a", true);
  const Webhook disabled = *engine_.table.Find(webhook_);
  // Another process enables it, then accepts an event.
  engine_.SetDisabled("a", false);
  const Webhook enabled = *engine_.table.Find(webhook_);
  engine_.table.Remove(enabled);
  engine_.table.Put({disabled});
  Tell(StoreElsewhere());
  engine_.clock.Advance(limits::kConfigurationLag / 2);
  EXPECT_EQ(engine_.Count(DeliveryState::kCanceled), 0);
  engine_.webhooks.OnChanged(enabled);
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
}

TEST_F(SharingTest, WhatWaitedBeforeAnotherProcessDisabledItsWebhookIsCanceledAtOnce) {
  Create({.max_concurrency = 1});
  Acquire();
  engine_.Emit(2);
  Webhook disabled = *engine_.table.Find(webhook_);
  engine_.store.UpdateWebhook(
      "p", "a",
      [](Webhook& webhook) {
        webhook.disabled = true;
        return absl::OkStatus();
      },
      [&](auto webhook) { disabled = *webhook; });
  EXPECT_EQ(engine_.Count(DeliveryState::kCanceled), 0);
  engine_.webhooks.OnChanged(disabled);
  EXPECT_EQ(engine_.Count(DeliveryState::kCanceled), 1);
}

TEST_F(SharingTest, AnAttemptThatFailedBeforeItsShardWasHandedOverIsRetriedByTheNextHolder) {
  Create({.retry_policy = kPolicy});
  Acquire();
  const int64_t delivery = engine_.Emit()[0] + 1;
  engine_.dispatcher->Release({shard()});
  engine_.http->AnswerNext(TestEngine::Status(500));
  EXPECT_THAT(engine_.cluster.handed_over(), ElementsAre(shard()));
  EXPECT_EQ(engine_.Get(delivery).state, DeliveryState::kPending);
  EXPECT_TRUE(engine_.Get(delivery).next_attempt_time.has_value());
  Acquire(2);
  engine_.clock.Advance(absl::Seconds(10));
  EXPECT_THAT(UnderWay(), ElementsAre(delivery));
}

TEST_F(SharingTest, TheStretchOfAFailingWebhookGoesOnWithItsNextHolder) {
  Create({.retry_policy = kPolicy});
  engine_.store.SetFailingSince(webhook_, engine_.clock.Steady() - limits::kAutoDisableAfter);
  Acquire();
  engine_.Emit(3);
  // Not before this process has seen enough of it.
  const absl::Duration enough = limits::kAutoDisableAfter * limits::kAutoDisableSpread;
  engine_.http->AnswerAll(TestEngine::Status(500));
  EXPECT_FALSE(engine_.table.Find(webhook_)->disabled);
  for (absl::Duration passed; passed <= enough; passed += absl::Hours(1)) {
    engine_.clock.Advance(absl::Hours(1));
    engine_.Emit(1);
    engine_.http->AnswerAll(TestEngine::Status(500));
  }
  EXPECT_TRUE(engine_.table.Find(webhook_)->disabled);
}

HttpResult NotSent() {
  HttpResult result;
  result.error = "could not connect to the proxy: connection refused";
  result.failure = HttpFailure::kProxy;
  result.fault = HttpFault::kHookd;
  return result;
}

TEST_F(SharingTest, HeldDeliveriesOfAShardThatIsLostAreSentByItsNextHolder) {
  Create();
  Acquire();
  engine_.Emit(10);
  engine_.http->AnswerAll(NotSent());
  engine_.clock.Advance(limits::kHoldMinPause);
  ASSERT_THAT(UnderWay(), SizeIs(1));
  engine_.dispatcher->Lose({shard()});
  engine_.http->AnswerNext(NotSent());
  engine_.clock.Advance(absl::Hours(1));
  EXPECT_THAT(UnderWay(), IsEmpty());
  EXPECT_EQ(engine_.dispatcher->load().queued, 0u);
  EXPECT_EQ(engine_.dispatcher->load().queued_bytes, 0u);
  Acquire(2);
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 10);
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(SharingTest, AProbeThatEndsAfterItsShardCameBackIsNotHeldTwice) {
  Create();
  Acquire();
  engine_.Emit(10);
  engine_.http->AnswerAll(NotSent());
  engine_.clock.Advance(limits::kHoldMinPause);
  ASSERT_THAT(UnderWay(), SizeIs(1));
  engine_.dispatcher->Lose({shard()});
  Acquire(2);
  engine_.http->AnswerAll(NotSent());
  engine_.clock.Advance(limits::kHoldMaxPause);
  const size_t before = engine_.http->sent() - engine_.http->waiting().size();
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 10);
  EXPECT_EQ(engine_.http->sent() - before, 10u);
}

TEST_F(SharingTest, AShardIsHandedOverWhenItsLastProbeCouldNotBeSent) {
  Create();
  Acquire();
  engine_.Emit(10);
  engine_.http->AnswerAll(NotSent());
  engine_.clock.Advance(limits::kHoldMinPause);
  engine_.dispatcher->Release({shard()});
  EXPECT_THAT(engine_.cluster.handed_over(), IsEmpty());
  engine_.http->AnswerNext(NotSent());
  EXPECT_THAT(engine_.cluster.handed_over(), ElementsAre(shard()));
}

}  // namespace
}  // namespace hookd
