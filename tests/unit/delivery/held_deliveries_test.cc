// What hookd cannot send waits, is not charged to the endpoint, and goes on by itself.
#include <algorithm>

#include "base/ids.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

const RetryPolicy kPolicy{
    .max_attempts = 2, .min_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(1), .multiplier = 1};

// hookd could not send it.
HttpResult NotSent() {
  HttpResult result;
  result.error = "could not connect to the proxy: connection refused";
  result.failure = HttpFailure::kProxy;
  result.fault = HttpFault::kHookd;
  return result;
}

HttpResult Refused() {
  HttpResult result;
  result.error = "could not connect: connection refused";
  result.failure = HttpFailure::kConnect;
  result.fault = HttpFault::kEndpoint;
  return result;
}

// The events of the requests that wait for an answer, in the order in which they were sent.
std::vector<int64_t> InFlight(TestEngine& engine) {
  std::vector<int64_t> keys;
  for (const HttpRequest& request : engine.http->waiting()) {
    keys.push_back(*DecodeId(request.headers[2].second));
  }
  return keys;
}

// Answers every request for so long, looking every second; how many there were.
int AnswerFor(TestEngine& engine, absl::Duration stretch, const HttpResult& result) {
  int answered = 0;
  const absl::Time end = engine.clock.Steady() + stretch;
  while (engine.clock.Steady() < end) {
    answered += static_cast<int>(engine.http->AnswerAll(result));
    engine.clock.Advance(absl::Seconds(1));
  }
  return answered;
}

// The pauses pass, so that a held webhook probes.
void PassPause(TestEngine& engine) { engine.clock.Advance(limits::kHoldMaxPause); }

TEST(HeldDeliveriesTest, WhatHookdCouldNotSendStaysPendingAsIfItHadNotBeenTried) {
  TestEngine engine;
  engine.Create("a");
  const int64_t delivery = engine.Emit()[0] + 1;
  engine.http->AnswerNext(NotSent());
  const Delivery stored = engine.Get(delivery);
  EXPECT_EQ(stored.state, DeliveryState::kPending);
  EXPECT_EQ(stored.attempt_count, 0);
  EXPECT_EQ(stored.error, "");
  EXPECT_FALSE(stored.next_attempt_time.has_value());
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
}

TEST(HeldDeliveriesTest, ItIsSentByItselfWhenHookdCanSendAgain) {
  TestEngine engine;
  engine.Create("a");
  const int64_t delivery = engine.Emit()[0] + 1;
  engine.http->AnswerNext(NotSent());
  engine.clock.Advance(limits::kHoldMinPause);
  ASSERT_THAT(engine.UnderWay(), SizeIs(1));
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(engine.Get(delivery).state, DeliveryState::kDelivered);
  EXPECT_EQ(engine.Get(delivery).attempt_count, 1);
}

TEST(HeldDeliveriesTest, NoDeliveryIsLostOrRepeatedHoweverLongHookdCannotSend) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(500);
  AnswerFor(engine, absl::Hours(5), NotSent());
  engine.Emit(500);
  AnswerFor(engine, absl::Hours(5), NotSent());
  PassPause(engine);
  const size_t before = engine.http->sent() - engine.http->waiting().size();
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 1000);
  EXPECT_EQ(engine.http->sent() - before, 1000u);
}

TEST(HeldDeliveriesTest, AHeldWebhookIsProbedWithOneAttemptAtATimeAfterGrowingPauses) {
  TestEngine engine;
  engine.random.Set(0.999);
  engine.Create("a", {.max_concurrency = 16});
  engine.Emit(100);
  for (int i = 0; i < 20; ++i) engine.http->AnswerNext(TestEngine::Status(200));
  ASSERT_THAT(engine.UnderWay(), SizeIs(16));
  engine.http->AnswerAll(NotSent());
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  for (const int seconds : {1, 2, 4, 8, 16, 30, 30}) {
    engine.clock.Advance(absl::Seconds(seconds) * 0.9);
    EXPECT_THAT(engine.UnderWay(), IsEmpty());
    engine.clock.Advance(absl::Seconds(seconds) * 0.1);
    ASSERT_THAT(engine.UnderWay(), SizeIs(1));
    engine.http->AnswerNext(NotSent());
  }
}

TEST(HeldDeliveriesTest, HeldWebhooksDoNotProbeTogether) {
  TestEngine engine;
  for (int i = 0; i < 100; ++i) engine.Create("w" + std::to_string(i));
  engine.Emit();
  double next = 0;
  while (engine.http->AnswerNext(NotSent())) engine.random.Set(next += 0.01);
  for (int tenth = 0; tenth < 10; ++tenth) {
    engine.clock.Advance(limits::kHoldMinPause / 20);
    if (tenth == 0) engine.clock.Advance(limits::kHoldMinPause / 2);
    EXPECT_THAT(engine.UnderWay(), SizeIs(AllOf(Ge(10u * tenth), Le(10u * (tenth + 2)))));
  }
}

TEST(HeldDeliveriesTest, TheLogNamesFewOfTheWebhooksThatAreHeldAndSaysHowManyMoreThereAre) {
  TestEngine engine;
  for (int i = 0; i < 20; ++i) engine.Create("w" + std::to_string(i), {.max_concurrency = 1});
  engine.Emit();
  ::testing::internal::CaptureStderr();
  engine.http->AnswerAll(NotSent());
  const std::string held = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(held.begin(), held.end(), '\n'), tuning::kHoldLinesPerSecond);
  EXPECT_THAT(held, HasSubstr("warning deliveries held: hookd cannot send webhook=projects/p/webhooks/w0 "
                              "endpoint=http://w0 cause=proxy error=\"could not connect to the proxy: "
                              "connection refused\" left_out=0\n"));
  PassPause(engine);
  ::testing::internal::CaptureStderr();
  engine.http->AnswerAll(TestEngine::Status(200));
  const std::string resumed = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(resumed.begin(), resumed.end(), '\n'), tuning::kHoldLinesPerSecond);
  EXPECT_THAT(resumed, HasSubstr("info deliveries resumed webhook=projects/p/webhooks/w0 held_seconds=30"));
  engine.Emit();
  ::testing::internal::CaptureStderr();
  engine.http->AnswerNext(NotSent());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("left_out=15\n"));
}

TEST(HeldDeliveriesTest, AHoldEndsWithTheFirstAttemptThatReachesTheEndpointHoweverItEnds) {
  for (const HttpResult& result : {TestEngine::Status(200), TestEngine::Status(500), Refused()}) {
    TestEngine engine;
    engine.Create("a");
    engine.Emit(10);
    engine.http->AnswerAll(NotSent());
    EXPECT_EQ(engine.dispatcher->load().held_webhooks, 1);
    PassPause(engine);
    engine.http->AnswerNext(result);
    EXPECT_EQ(engine.dispatcher->load().held_webhooks, 0);
    EXPECT_THAT(engine.UnderWay(), SizeIs(Ge(1u)));
  }
}

TEST(HeldDeliveriesTest, AWebhookHasAsManyInFlightAfterAHoldAsBefore) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 16});
  engine.Emit(100);
  for (int i = 0; i < 20; ++i) engine.http->AnswerNext(TestEngine::Status(200));
  engine.http->AnswerAll(NotSent());
  PassPause(engine);
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine.UnderWay(), SizeIs(16));
}

TEST(HeldDeliveriesTest, AttemptsOfTheRetryPolicyAreNotUsedUp) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = kPolicy});
  const int64_t delivery = engine.Emit()[0] + 1;
  AnswerFor(engine, absl::Minutes(10), NotSent());
  PassPause(engine);
  engine.http->AnswerNext(TestEngine::Status(500));
  AnswerFor(engine, absl::Minutes(10), NotSent());
  EXPECT_EQ(engine.Get(delivery).state, DeliveryState::kPending);
  EXPECT_EQ(engine.Get(delivery).attempt_count, 1);
  PassPause(engine);
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(engine.Get(delivery).state, DeliveryState::kDelivered);
  EXPECT_EQ(engine.Get(delivery).attempt_count, 2);
}

TEST(HeldDeliveriesTest, AnOrderedWebhookKeepsItsOrder) {
  TestEngine engine;
  engine.Create("a", {.ordered = true, .retry_policy = kPolicy});
  const std::vector<int64_t> events = engine.Emit(3);
  engine.http->AnswerNext(NotSent());
  PassPause(engine);
  EXPECT_THAT(InFlight(engine), ElementsAre(events[0]));
  // Also while it waits to be retried.
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.clock.Advance(absl::Seconds(1));
  engine.http->AnswerNext(NotSent());
  PassPause(engine);
  for (const int64_t event : events) {
    EXPECT_THAT(InFlight(engine), ElementsAre(event));
    engine.http->AnswerNext(TestEngine::Status(200));
  }
}

TEST(HeldDeliveriesTest, AnyWebhookKeepsTheOrderOfWhatWasGivenBack) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 3});
  std::vector<int64_t> events = engine.Emit(10);
  engine.http->AnswerNext(TestEngine::Status(200));
  events.erase(events.begin());
  ASSERT_THAT(engine.UnderWay(), SizeIs(3));
  engine.http->AnswerAll(NotSent());
  PassPause(engine);
  std::vector<int64_t> sent;
  while (!engine.http->waiting().empty()) {
    sent.push_back(InFlight(engine)[0]);
    engine.http->AnswerNext(TestEngine::Status(200));
  }
  EXPECT_EQ(sent, events);
}

TEST(HeldDeliveriesTest, NeitherTheCircuitNorAutoDisableHearOfIt) {
  TestEngine engine;
  engine.Create(
      "a", {.retry_policy = {
                .max_attempts = 1000, .min_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(1)}});
  engine.Emit(10);
  AnswerFor(engine, absl::Hours(20), NotSent());
  EXPECT_EQ(engine.dispatcher->load().open_circuits, 0);
  EXPECT_FALSE(engine.store.LoadWebhooks()->at(0).failing_since.has_value());
}

TEST(HeldDeliveriesTest, AnotherWebhookIsNotHeldWithIt) {
  TestEngine engine;
  engine.Create("a");
  engine.Create("b");
  engine.Emit(10);
  const auto to_a = [](const HttpRequest& request) { return request.url == "http://a/"; };
  const auto to_b = [](const HttpRequest& request) { return request.url == "http://b/"; };
  while (engine.http->AnswerWhere(to_a, NotSent())) {
  }
  int delivered = 0;
  while (engine.http->AnswerWhere(to_b, TestEngine::Status(200))) ++delivered;
  EXPECT_EQ(delivered, 10);
}

TEST(HeldDeliveriesTest, ADeliveryThatWaitedADayFailsWithASentenceThatSaysWhy) {
  for (const RetryPolicy& policy : {RetryPolicy(), kPolicy}) {
    TestEngine engine;
    engine.Create("a", {.retry_policy = policy});
    const int64_t first = engine.Emit()[0] + 1;
    AnswerFor(engine, limits::kMaxHoldWait / 2, NotSent());
    const int64_t second = engine.Emit()[0] + 1;
    AnswerFor(engine, limits::kMaxHoldWait / 2 + absl::Seconds(1), NotSent());
    EXPECT_EQ(engine.Get(first).state, DeliveryState::kFailed);
    EXPECT_EQ(engine.Get(first).attempt_count, 0);
    EXPECT_EQ(engine.Get(first).error,
              "not sent: hookd could not send it for 24 hours; the last error was: could not connect to the "
              "proxy: connection refused");
    EXPECT_EQ(engine.Get(second).state, DeliveryState::kPending);
  }
}

TEST(HeldDeliveriesTest, WhatWaitedForDaysBeforeHookdCouldNotSendIsNotFailedAtOnce) {
  TestEngine engine;
  engine.Create("a", {.rate_limit = RateLimit{.per_second = 0.01, .burst = 1}});
  engine.Emit(1000);
  engine.http->AnswerNext(TestEngine::Status(200));
  engine.clock.Advance(absl::Hours(48));
  engine.http->AnswerNext(NotSent());
  PassPause(engine);
  engine.http->AnswerNext(NotSent());
  EXPECT_EQ(engine.Count(DeliveryState::kFailed), 0);
}

// One whose circuit is open, with ten deliveries without retries.
void OpenCircuit(TestEngine& engine) {
  engine.Create("a");
  engine.Emit(20);
  for (int i = 0; i < 10; ++i) {
    engine.http->AnswerNext(TestEngine::Status(500));
    engine.clock.Advance(absl::Seconds(5));
  }
  ASSERT_EQ(engine.dispatcher->load().open_circuits, 1);
}

TEST(HeldDeliveriesTest, ACircuitIsProbedAgainAfterAProbeThatHookdCouldNotSend) {
  TestEngine engine;
  OpenCircuit(engine);
  AnswerFor(engine, absl::Minutes(5), NotSent());
  PassPause(engine);
  ASSERT_THAT(engine.UnderWay(), SizeIs(1));
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kPending), 0);
}

TEST(HeldDeliveriesTest, TheTimeOfAHoldIsNotChargedToAnOpenCircuit) {
  TestEngine engine;
  OpenCircuit(engine);
  const int failed = engine.Count(DeliveryState::kFailed);
  AnswerFor(engine, limits::kMaxCircuitWait * 2, NotSent());
  PassPause(engine);
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_EQ(engine.Count(DeliveryState::kFailed), failed + 1);
  // From the end of the hold on it is.
  AnswerFor(engine, limits::kMaxCircuitWait + absl::Minutes(2), TestEngine::Status(500));
  EXPECT_EQ(engine.Count(DeliveryState::kPending), 0);
}

TEST(HeldDeliveriesTest, AnEditGivesAHeldWebhookAFreshChance) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(10);
  AnswerFor(engine, absl::Minutes(5), NotSent());
  engine.http->AnswerAll(NotSent());
  ASSERT_THAT(engine.UnderWay(), IsEmpty());
  engine.Edit("a", [](Webhook& webhook) { webhook.url = "http://new/"; });
  EXPECT_THAT(engine.UnderWay(), ElementsAre("http://new/", "http://new/"));
}

TEST(HeldDeliveriesTest, HeldDeliveriesOfADisabledOrDeletedWebhookAreCanceledAtOnce) {
  for (const bool deleted : {false, true}) {
    TestEngine engine;
    engine.Create("a");
    engine.Emit(10);
    engine.http->AnswerAll(NotSent());
    if (deleted) {
      engine.webhooks.Delete("p", "a", "", false, [](auto) {});
    } else {
      engine.SetDisabled("a", true);
    }
    EXPECT_EQ(engine.Count(DeliveryState::kCanceled), 10);
  }
}

TEST(HeldDeliveriesTest, AProbeThatCouldNotBeSentIsCanceledIfItsWebhookWasDisabledMeanwhile) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(10);
  engine.http->AnswerAll(NotSent());
  PassPause(engine);
  engine.SetDisabled("a", true);
  EXPECT_EQ(engine.Count(DeliveryState::kCanceled), 9);
  engine.http->AnswerNext(NotSent());
  EXPECT_EQ(engine.Count(DeliveryState::kCanceled), 10);
}

TEST(HeldDeliveriesTest, WhatHookdCouldNotSendTakesNothingOfTheRateLimit) {
  TestEngine engine;
  engine.Create("a", {.rate_limit = RateLimit{.per_second = 0.01, .burst = 2}});
  engine.Emit(10);
  AnswerFor(engine, absl::Minutes(1), NotSent());
  engine.clock.Advance(limits::kHoldMaxPause);
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 2);
}

TEST(HeldDeliveriesTest, ProbesOfHoldsAndOfCircuitsOpenNewConnections) {
  TestEngine engine;
  OpenCircuit(engine);
  engine.clock.Advance(limits::kCircuitMaxPause);
  ASSERT_THAT(engine.http->waiting(), SizeIs(1));
  EXPECT_TRUE(engine.http->waiting()[0].fresh_connection);
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_FALSE(engine.http->waiting()[0].fresh_connection);
  engine.http->AnswerAll(NotSent());
  PassPause(engine);
  ASSERT_THAT(engine.http->waiting(), SizeIs(1));
  EXPECT_TRUE(engine.http->waiting()[0].fresh_connection);
}

TEST(HeldDeliveriesTest, ProbesThatHangLeaveSlotsToOthers) {
  TestEngine engine({.max_concurrency = 8});
  for (int i = 0; i < 20; ++i) engine.Create("w" + std::to_string(i));
  for (int i = 0; i < 3; ++i) {
    engine.Emit();
    engine.AnswerAllWith(200);
  }
  engine.Emit(2);
  engine.http->AnswerAll(NotSent());
  for (int i = 0; i < 5; ++i) engine.http->AnswerAll(NotSent());
  PassPause(engine);
  // All of them were prompt; half of the slots is for what may hang.
  EXPECT_THAT(engine.UnderWay(), SizeIs(Le(4u)));
}

TEST(HeldDeliveriesTest, MemoryIsAccountedForWhileDeliveriesAreGivenBackAndTaken) {
  TestEngine engine({.max_queued_per_webhook = 5});
  engine.Create("a");
  engine.Emit(50);
  AnswerFor(engine, absl::Minutes(10), NotSent());
  EXPECT_THAT(engine.dispatcher->load().queued, AllOf(Ge(5u), Le(8u)));
  PassPause(engine);
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 50);
  EXPECT_EQ(engine.dispatcher->load().queued, 0u);
  EXPECT_EQ(engine.dispatcher->load().queued_bytes, 0u);
}

TEST(HeldDeliveriesTest, WhileDrainingWhatCouldNotBeSentIsKeptAndNotTriedAgain) {
  TestEngine engine;
  engine.Create("a");
  const int64_t delivery = engine.Emit()[0] + 1;
  engine.dispatcher->Drain(absl::ZeroDuration());
  engine.http->AnswerNext(NotSent());
  engine.clock.Advance(absl::Hours(1));
  EXPECT_EQ(engine.http->sent(), 1u);
  EXPECT_EQ(engine.Get(delivery).state, DeliveryState::kPending);
}

}  // namespace
}  // namespace hookd
