#include "delivery/auto_disable.h"

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

const RetryPolicy kPolicy{.max_attempts = 1000,
                          .min_backoff = absl::Minutes(30),
                          .max_backoff = absl::Minutes(30),
                          .multiplier = 1};

// Over which failures have to be spread.
const absl::Duration kSpread = limits::kAutoDisableAfter * limits::kAutoDisableSpread;

Webhook Stored(TestEngine& engine) { return engine.store.LoadWebhooks()->at(0); }

// Fails every attempt for so long.
void FailFor(TestEngine& engine, absl::Duration stretch) {
  for (absl::Duration passed; passed < stretch; passed += absl::Minutes(10)) {
    while (engine.http->AnswerNext(TestEngine::Status(500))) {
    }
    engine.clock.Advance(absl::Minutes(10));
  }
}

TEST(AutoDisableTest, GoneDisablesAWebhookAtOnceWithOrWithoutRetries) {
  for (const RetryPolicy& policy : {RetryPolicy(), kPolicy}) {
    TestEngine engine;
    engine.Create("a", {.max_concurrency = 1, .retry_policy = policy});
    const std::vector<int64_t> events = engine.Emit(3);
    engine.http->AnswerNext(TestEngine::Status(410));
    EXPECT_TRUE(Stored(engine).disabled);
    EXPECT_EQ(Stored(engine).disable_reason, DisableReason::kGone);
    EXPECT_EQ(Stored(engine).disable_time, engine.clock.Now());
    EXPECT_EQ(engine.Get(events[0] + 1).state, DeliveryState::kFailed);
    engine.AnswerAllWith(410);
    EXPECT_EQ(engine.Get(events[2] + 1).state, DeliveryState::kCanceled);
  }
}

TEST(AutoDisableTest, FiveDaysOfNothingButFailuresDisableAWebhookWithRetries) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(3);
  FailFor(engine, limits::kAutoDisableAfter);
  EXPECT_FALSE(Stored(engine).disabled);
  FailFor(engine, absl::Hours(1));
  EXPECT_TRUE(Stored(engine).disabled);
  EXPECT_EQ(Stored(engine).disable_reason, DisableReason::kFailing);
  EXPECT_EQ(engine.Count(DeliveryState::kPending), 0);
}

TEST(AutoDisableTest, ASuccessBeginsTheStretchAnew) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(3);
  FailFor(engine, limits::kAutoDisableAfter - absl::Hours(2));
  EXPECT_TRUE(Stored(engine).failing_since.has_value());
  engine.clock.Advance(absl::Hours(1));
  engine.AnswerAllWith(200);
  EXPECT_FALSE(Stored(engine).failing_since.has_value());
  engine.Emit(3);
  FailFor(engine, absl::Hours(3));
  EXPECT_FALSE(Stored(engine).disabled);
}

TEST(AutoDisableTest, AnotherUrlBeginsTheStretchAgain) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(3);
  FailFor(engine, limits::kAutoDisableAfter - absl::Hours(2));
  EXPECT_TRUE(Stored(engine).failing_since.has_value());
  engine.Edit("a", [](Webhook& edited) { edited.url = "http://b/"; });
  EXPECT_FALSE(Stored(engine).failing_since.has_value());
  engine.Emit(3);
  FailFor(engine, absl::Hours(6));
  EXPECT_FALSE(Stored(engine).disabled);
}

TEST(AutoDisableTest, GoneOfAFormerUrlDisablesNothing) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(1);
  engine.Edit("a", [](Webhook& edited) { edited.url = "http://b/"; });
  ASSERT_EQ(engine.UnderWay(), std::vector<std::string>{"http://a/"});
  engine.http->AnswerNext(TestEngine::Status(410));
  EXPECT_FALSE(Stored(engine).disabled);
  engine.Emit(1);
  engine.AnswerAllWith(410);
  EXPECT_TRUE(Stored(engine).disabled);
}

TEST(AutoDisableTest, WithoutRetriesFailuresDisableNothing) {
  TestEngine engine;
  engine.Create("a");
  for (int day = 0; day < 10; ++day) {
    engine.Emit(1);
    FailFor(engine, absl::Hours(24));
  }
  EXPECT_FALSE(Stored(engine).disabled);
}

TEST(AutoDisableTest, ZeroTurnsItOff) {
  TestEngine engine;
  AutoDisable off(&engine.store, &engine.webhooks, &engine.clock, &engine.metrics, absl::ZeroDuration());
  engine.dispatcher->SetAutoDisable(&off);
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(3);
  FailFor(engine, limits::kAutoDisableAfter * 3);
  EXPECT_FALSE(Stored(engine).disabled);
}

TEST(AutoDisableTest, TheStretchGoesOnAfterARestart) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.retry_policy = kPolicy});
  engine.auto_disable.Restore({{webhook, engine.clock.Steady() - limits::kAutoDisableAfter}});
  engine.Emit(3);
  FailFor(engine, kSpread);
  EXPECT_FALSE(Stored(engine).disabled);
  FailFor(engine, absl::Hours(1));
  EXPECT_TRUE(Stored(engine).disabled);
}

TEST(AutoDisableTest, AWebhookEnabledAgainHasAWholeStretchBeforeIt) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(3);
  FailFor(engine, limits::kAutoDisableAfter + absl::Hours(1));
  ASSERT_TRUE(Stored(engine).disabled);
  engine.SetDisabled("a", false);
  engine.Emit(3);
  FailFor(engine, absl::Hours(24));
  EXPECT_FALSE(Stored(engine).disabled);
}

TEST(AutoDisableTest, TwoFailuresFarApartDisableNothingAndTheRetrySucceeds) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(1);
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.clock.Advance(absl::Hours(1));
  engine.SetDisabled("a", true);  // so that nothing is attempted
  engine.SetDisabled("a", false);
  engine.clock.Advance(limits::kAutoDisableAfter * 2);
  const int64_t delivery = engine.Emit(1)[0] + 1;
  engine.http->AnswerWhere([](const auto&) { return true; }, TestEngine::Status(503));
  EXPECT_FALSE(Stored(engine).disabled);
  engine.clock.Advance(absl::Hours(1));
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Get(delivery).state, DeliveryState::kDelivered);
}

TEST(AutoDisableTest, FailuresOfFewDeliveriesDisableNothingHoweverManyThereAre) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit(2);
  FailFor(engine, limits::kAutoDisableAfter * 2);
  EXPECT_FALSE(Stored(engine).disabled);
  engine.Emit(1);
  FailFor(engine, absl::Hours(1));
  EXPECT_TRUE(Stored(engine).disabled);
}

TEST(AutoDisableTest, FewFailuresDisableNothingHoweverFarTheyAreSpread) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.retry_policy = kPolicy});
  engine.auto_disable.Restore({{webhook, engine.clock.Steady() - limits::kAutoDisableAfter}});
  const Webhook stored = Stored(engine);
  for (int i = 1; i < limits::kAutoDisableFailures; ++i) {
    engine.auto_disable.OnFailure(stored, i, 500);
    engine.clock.Advance(kSpread);
  }
  EXPECT_FALSE(Stored(engine).disabled);
  engine.auto_disable.OnFailure(stored, 1, 500);
  EXPECT_TRUE(Stored(engine).disabled);
}

TEST(AutoDisableTest, ABurstOfFailuresDisablesNothing) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.retry_policy = kPolicy});
  engine.auto_disable.Restore({{webhook, engine.clock.Steady() - limits::kAutoDisableAfter}});
  const Webhook stored = Stored(engine);
  for (int i = 0; i < 1000; ++i) engine.auto_disable.OnFailure(stored, i, 500);
  EXPECT_FALSE(Stored(engine).disabled);
  engine.clock.Advance(kSpread);
  engine.auto_disable.OnFailure(stored, 1, 500);
  EXPECT_TRUE(Stored(engine).disabled);
}

TEST(AutoDisableTest, ALongPauseWithoutAFailureBeginsTheStretchAnew) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const Webhook stored = Stored(engine);
  for (int day = 0; day < 20; ++day) {
    for (int i = 0; i < 30; ++i) {
      engine.auto_disable.OnFailure(stored, i, 500);
      engine.clock.Advance(absl::Minutes(30));
    }
    engine.clock.Advance(limits::kAutoDisableAfter * limits::kAutoDisableMaxGap);
  }
  EXPECT_FALSE(Stored(engine).disabled);
  // The store has when the last one began.
  EXPECT_GE(*Stored(engine).failing_since, engine.clock.Steady() - absl::Hours(48));
}

TEST(AutoDisableTest, ThePauseOfAStretchThatWasTakenUpIsMeasuredFromThenOn) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.retry_policy = kPolicy});
  engine.auto_disable.Restore({{webhook, engine.clock.Steady() - limits::kAutoDisableAfter}});
  engine.clock.Advance(limits::kAutoDisableAfter * limits::kAutoDisableMaxGap + absl::Hours(1));
  engine.Emit(3);
  FailFor(engine, limits::kAutoDisableAfter / 2);
  EXPECT_FALSE(Stored(engine).disabled);
}

TEST(AutoDisableTest, ASuccessEndsAStretchThatWasTakenUp) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.retry_policy = kPolicy});
  const absl::Time since = engine.clock.Steady() - limits::kAutoDisableAfter;
  engine.store.SetFailingSince(webhook, since);
  engine.auto_disable.Restore({{webhook, since}});
  engine.Emit(1);
  engine.AnswerAllWith(200);
  EXPECT_FALSE(Stored(engine).failing_since.has_value());
}

}  // namespace
}  // namespace hookd
