// What becomes of a failed attempt: the dispatcher with retry policies.
#include "base/ahead_clock.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// With FakeRandom's even chance, pauses of 5 s, 10 s, 20 s, ... up to 60 s.
const RetryPolicy kPolicy{
    .max_attempts = 3, .min_backoff = absl::Seconds(10), .max_backoff = absl::Minutes(2), .multiplier = 2};

HttpResult RetryAfter(absl::Duration pause) {
  HttpResult result = TestEngine::Status(503);
  result.retry_after = pause;
  return result;
}

// The key of an event that the store accepted, unknown to the dispatcher.
int64_t AcceptSent(TestEngine& engine, int64_t webhook) {
  v1::Event sent;
  sent.mutable_sent();
  int64_t event = 0;
  engine.store.AcceptEvents("p", {{.type = 1, .event = sent.SerializeAsString(), .webhooks = {webhook}}},
                            std::nullopt, [&](auto accepted) { event = accepted->events[0].key; });
  return event;
}

TEST(RetriesTest, AFailedAttemptIsMadeAgainOnceItsPauseIsOver) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const int64_t event = engine.Emit()[0];
  engine.http->AnswerNext(TestEngine::Status(500));
  Delivery delivery = engine.Get(event + 1);
  EXPECT_EQ(delivery.state, DeliveryState::kPending);
  EXPECT_EQ(delivery.next_attempt_time, engine.clock.Steady() + absl::Seconds(5));
  EXPECT_THAT(delivery.error, HasSubstr("500"));
  engine.clock.Advance(absl::Milliseconds(4999));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.clock.Advance(absl::Milliseconds(1));
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
  engine.http->AnswerNext(TestEngine::Status(200));
  delivery = engine.Get(event + 1);
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery.attempt_count, 2);
  ASSERT_THAT(delivery.attempts, SizeIs(2));
  EXPECT_EQ(delivery.attempts[0].response_status, 500);
  EXPECT_EQ(delivery.attempts[1].number, 2);
  EXPECT_EQ(delivery.error, "");
}

TEST(RetriesTest, AnAttemptTellsWhereItWentFromWhereAndWithWhatResult) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const int64_t key = engine.Emit()[0] + 1;
  HttpResult result = RetryAfter(absl::Seconds(40));
  result.remote_address = "203.0.113.7:443";
  result.http_version = "1.1";
  const std::string url = engine.http->waiting()[0].url;
  engine.http->AnswerNext(result);
  const Delivery delivery = engine.Get(key);
  EXPECT_EQ(delivery.error_class, ErrorClass::kStatus);
  ASSERT_THAT(delivery.attempts, SizeIs(1));
  const Attempt& attempt = delivery.attempts[0];
  EXPECT_EQ(attempt.url, url);
  EXPECT_EQ(attempt.remote_address, "203.0.113.7:443");
  EXPECT_EQ(attempt.http_version, "1.1");
  EXPECT_EQ(attempt.trigger, AttemptTrigger::kAutomatic);
  EXPECT_EQ(attempt.node, kOnlyNode);
  EXPECT_EQ(attempt.retry_after, absl::Seconds(40));
  EXPECT_EQ(attempt.error_class, ErrorClass::kStatus);
}

TEST(RetriesTest, EveryAttemptCarriesTheSameMessageId) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit();
  const auto first = engine.http->waiting()[0].headers;
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.clock.Advance(absl::Minutes(1));
  const auto second = engine.http->waiting()[0].headers;
  EXPECT_EQ(first[2], second[2]);
  EXPECT_EQ(first[2].first, "Webhook-Id");
  EXPECT_NE(first[3], second[3]);  // the time is the attempt's own
}

TEST(RetriesTest, ItFailsOnceItsAttemptsAreUsedUp) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const int64_t event = engine.Emit()[0];
  for (int i = 0; i < kPolicy.max_attempts; ++i) {
    ASSERT_TRUE(engine.http->AnswerNext(TestEngine::Status(500)));
    engine.clock.Advance(absl::Hours(1));
  }
  EXPECT_EQ(engine.http->sent(), static_cast<size_t>(kPolicy.max_attempts));
  EXPECT_EQ(engine.Get(event + 1).state, DeliveryState::kFailed);
  EXPECT_EQ(engine.Get(event + 1).next_attempt_time, std::nullopt);
  EXPECT_EQ(engine.counts.total(), 0);
}

TEST(RetriesTest, TheEndpointsRetryAfterIsHonoured) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const int64_t event = engine.Emit()[0];
  engine.http->AnswerNext(RetryAfter(absl::Seconds(100)));
  EXPECT_EQ(engine.Get(event + 1).next_attempt_time, engine.clock.Steady() + absl::Seconds(100));
}

TEST(RetriesTest, OthersAreSentWhileOneWaitsForItsRetry) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  engine.Emit();
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.Emit();
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
}

TEST(RetriesTest, AWallClockThatJumpsMovesNoRetryOfARunningProcess) {
  for (const absl::Duration jump : {absl::Hours(1000), -absl::Hours(1000)}) {
    TestEngine engine;
    engine.Create("a", {.retry_policy = kPolicy});
    engine.Emit();
    engine.http->AnswerNext(TestEngine::Status(500));
    engine.clock.JumpTo(engine.clock.Now() + jump);
    engine.clock.FireDue();
    EXPECT_THAT(engine.UnderWay(), IsEmpty());
    engine.clock.Advance(absl::Seconds(5));
    EXPECT_THAT(engine.UnderWay(), SizeIs(1));
    engine.http->AnswerNext(TestEngine::Status(200));
    engine.clock.Advance(absl::Hours(2000));
    EXPECT_EQ(engine.http->sent(), 2u);
  }
}

TEST(RetriesTest, DueTimesSurviveARestart) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.retry_policy = kPolicy});
  const int64_t event = AcceptSent(engine, webhook);
  engine.RecordFailure(event + 1, engine.clock.Steady() + absl::Minutes(3));
  ASSERT_TRUE(engine.dispatcher->Start().ok());
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.clock.Advance(absl::Minutes(3));
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(engine.Get(event + 1).attempt_count, 2);
}

TEST(RetriesTest, AClockThatWasBehindAtTheStartDelaysNoRetry) {
  for (const absl::Duration behind : {absl::Minutes(10), absl::Hours(240)}) {
    TestEngine engine;
    const int64_t webhook = engine.Create("a", {.retry_policy = kPolicy});
    const int64_t event = AcceptSent(engine, webhook);
    // The process before had the right time.
    const absl::Time stopped = engine.clock.Steady() + behind;
    engine.RecordFailure(event + 1, stopped + absl::Seconds(2));
    AheadClock clock(&engine.clock, stopped);
    engine.dispatcher->Drain(absl::ZeroDuration());
    engine.store.SetOpenedAtLeast(stopped);
    const auto restarted = engine.Make({}, {}, /*shared=*/false);
    ASSERT_TRUE(restarted->Start().ok());
    EXPECT_THAT(engine.UnderWay(), IsEmpty());
    engine.clock.Advance(absl::Seconds(2));
    EXPECT_THAT(engine.UnderWay(), SizeIs(1));
    // The next one, too, while the wall clock is put right.
    engine.http->AnswerNext(TestEngine::Status(500));
    const absl::Time next = *engine.Get(event + 1).next_attempt_time;
    EXPECT_GE(next, stopped);
    engine.clock.JumpTo(engine.clock.Now() + behind);
    engine.clock.Advance(next - clock.Steady() - absl::Milliseconds(1));
    EXPECT_THAT(engine.UnderWay(), IsEmpty());
    engine.clock.Advance(absl::Milliseconds(1));
    EXPECT_THAT(engine.UnderWay(), SizeIs(1));
    engine.http->AnswerNext(TestEngine::Status(200));
    EXPECT_EQ(engine.Get(event + 1).state, DeliveryState::kDelivered);
  }
}

TEST(RetriesTest, RetriesOfADisabledWebhookAreCanceledWhenTheyAreNotDueEither) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const int64_t event = engine.Emit()[0];
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.SetDisabled("a", true);
  EXPECT_EQ(engine.Get(event + 1).state, DeliveryState::kCanceled);
  EXPECT_EQ(engine.Get(event + 1).attempt_count, 1);
}

TEST(RetriesTest, WhatFailsAfterItsWebhookWasDisabledIsNotTriedAgain) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const int64_t event = engine.Emit()[0];
  engine.SetDisabled("a", true);
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_EQ(engine.Get(event + 1).state, DeliveryState::kFailed);
}

TEST(RetriesTest, AWebhookEnabledAgainKeepsItsRetriesPauses) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1, .retry_policy = kPolicy});
  engine.Emit(1);
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.Emit(1);  // keeps one under way, so that the queue cannot be read anew at once
  engine.store.FailReads(absl::UnavailableError("gone"));
  engine.SetDisabled("a", true);
  engine.SetDisabled("a", false);
  engine.store.FailReads(absl::OkStatus());
  engine.http->AnswerNext(TestEngine::Status(200));
  engine.clock.Advance(absl::Seconds(4));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.clock.Advance(absl::Seconds(2));
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
}

TEST(RetriesTest, ManyRetriesAreTakenFromTheStoreBitByBitAndOnce) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 256, .retry_policy = kPolicy});
  engine.Emit(1000);
  engine.AnswerAllWith(500);
  EXPECT_EQ(engine.http->sent(), 1000u);
  engine.clock.Advance(absl::Minutes(1));
  engine.AnswerAllWith(200);
  // The circuit is closed again with the first of them.
  engine.clock.Advance(absl::Minutes(1));
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 1000);
  EXPECT_EQ(engine.http->sent(), 2000u);
}

}  // namespace
}  // namespace hookd
