// No endpoint can hurt another: the dispatcher's shares, rates and circuit breakers.
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

const auto kSound = [](const HttpRequest& request) { return request.url == "http://sound/"; };
const auto kNotSound = [](const HttpRequest& request) { return request.url != "http://sound/"; };

// One event of type 2 for the webhook "sound" alone.
int64_t EmitForSound(TestEngine& engine, int count = 1) {
  v1::Event event;
  event.mutable_delivered();
  int64_t key = 0;
  for (int i = 0; i < count; ++i) {
    engine.acceptor.Accept("p",
                           {{.type = v1::EVENT_TYPE_DELIVERED,
                             .event = event.SerializeAsString(),
                             .json = std::make_shared<std::string>("{}")}},
                           std::nullopt, [&](auto accepted) { key = accepted->events.at(0).key; });
  }
  return key;
}

// A webhook "sound" that has answered well, and wants type 2 alone.
void CreateSound(TestEngine& engine) {
  engine.Create("sound");
  engine.Edit("sound", [](Webhook& webhook) { webhook.event_types = EventTypes(0b100); });
  EmitForSound(engine);
  engine.http->AnswerWhere(kSound, TestEngine::Status(200));
}

// One event after another, while nothing of the others ends.
void ExpectSoundIsServedAtOnce(TestEngine& engine) {
  for (int i = 0; i < 1000; ++i) {
    const int64_t event = EmitForSound(engine);
    ASSERT_TRUE(engine.http->AnswerWhere(kSound, TestEngine::Status(200)));
    ASSERT_EQ(engine.Get(event + 1).state, DeliveryState::kDelivered);
  }
}

TEST(IsolationTest, AHealthyEndpointIsServedAtOnceBesideTwoHundredThatHang) {
  TestEngine engine({.max_concurrency = 100});
  CreateSound(engine);
  for (int i = 0; i < 200; ++i) engine.Create("hangs" + std::to_string(i));
  engine.Emit(20);
  // What hangs has its share of the attempts under way and no more.
  EXPECT_THAT(engine.UnderWay(), SizeIs(50));
  ExpectSoundIsServedAtOnce(engine);
}

// Two hundred webhooks that answer each attempt after two seconds, and have more waiting than there are
// slots.
void CrowdWithSlowOnes(TestEngine& engine) {
  for (int i = 0; i < 200; ++i) engine.Create("slow" + std::to_string(i));
  engine.Emit(20);
  for (int i = 0; i < 20; ++i) {
    engine.clock.Advance(absl::Seconds(2));
    engine.http->AnswerAll(TestEngine::Status(200));
  }
}

TEST(IsolationTest, AHealthyEndpointIsServedAtOnceBesideTwoHundredThatAreSlow) {
  TestEngine engine({.max_concurrency = 100});
  CreateSound(engine);
  CrowdWithSlowOnes(engine);
  // All but the part of those that are not slow.
  EXPECT_THAT(engine.UnderWay(), SizeIs(88));
  ExpectSoundIsServedAtOnce(engine);
}

TEST(IsolationTest, EndpointsThatAreSlowNoMoreNeedNotLeaveThatPartFree) {
  TestEngine engine({.max_concurrency = 100});
  CrowdWithSlowOnes(engine);
  engine.Emit(20);
  engine.http->AnswerAll(TestEngine::Status(200));
  EXPECT_THAT(engine.UnderWay(), SizeIs(Gt(88u)));
}

TEST(IsolationTest, AHealthyEndpointIsServedAtOnceThoughAllOthersComeToHangTogether) {
  TestEngine engine;
  CreateSound(engine);
  for (int i = 0; i < 500; ++i) engine.Create("hangs" + std::to_string(i));
  engine.Emit(20);
  // Until now they were as good as any.
  for (int i = 0; i < 10; ++i) engine.http->AnswerAll(TestEngine::Status(200));
  engine.Emit(100);
  EXPECT_THAT(engine.UnderWay(), SizeIs(Ge(1900u)));
  ExpectSoundIsServedAtOnce(engine);
}

TEST(IsolationTest, AnEndpointThatProvesSoundNeedNotWaitForThoseThatHangAnyMore) {
  TestEngine engine({.max_concurrency = 8});
  engine.Create("sound");
  engine.Edit("sound", [](Webhook& webhook) { webhook.event_types = EventTypes(0b100); });
  EmitForSound(engine, 10);
  for (int i = 0; i < 20; ++i) engine.Create("hangs" + std::to_string(i));
  engine.Emit(1);
  // Its first answer moves it out of the line that does not move.
  int delivered = 0;
  while (engine.http->AnswerWhere(kSound, TestEngine::Status(200))) ++delivered;
  EXPECT_EQ(delivered, 10);
}

TEST(IsolationTest, AnEndpointIsTrustedWithMoreAttemptsAsItAnswers) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 16});
  engine.Emit(200);
  size_t most = engine.http->waiting().size();
  EXPECT_EQ(most, static_cast<size_t>(limits::kFirstConcurrency));
  while (engine.http->AnswerNext(TestEngine::Status(200)))
    most = std::max(most, engine.http->waiting().size());
  EXPECT_EQ(most, 16u);
}

TEST(IsolationTest, AnEndpointThatFailsIsTrustedWithOneAttemptAtATime) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(20);
  for (int i = 0; i < 4; ++i) engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
}

TEST(IsolationTest, MillionsThatWaitForOneDoNotDelayAnother) {
  TestEngine engine({.max_concurrency = 4});
  engine.Create("busy");
  engine.Emit(10'000);
  engine.Create("sound");
  engine.Edit("sound", [](Webhook& webhook) { webhook.event_types = EventTypes(0b100); });
  for (int i = 0; i < 3; ++i) {
    EmitForSound(engine);
    // It has its turn after as many as can be under way, however many wait.
    int others = 0;
    while (!engine.http->AnswerWhere(kSound, TestEngine::Status(200))) {
      ASSERT_TRUE(engine.http->AnswerWhere(kNotSound, TestEngine::Status(200)));
      ASSERT_LE(++others, 8);
    }
  }
}

TEST(IsolationTest, MemoryHoldsABoundedPartOfABacklog) {
  TestEngine engine({.max_queued_per_webhook = 100});
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(10'000);
  // Counted by what is shared: every delivery in memory holds its event's body.
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
  EXPECT_EQ(engine.Count(DeliveryState::kPending), 10'000);
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 10'000);
  EXPECT_EQ(engine.http->sent(), 10'000u);
}

TEST(IsolationTest, ARateLimitSpacesAttemptsOut) {
  TestEngine engine;
  engine.Create("a", {.rate_limit = RateLimit{.per_second = 10, .burst = 2}});
  engine.Emit(10);
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.http->sent(), 2u);
  engine.clock.Advance(absl::Milliseconds(99));
  EXPECT_EQ(engine.http->sent(), 2u);
  engine.clock.Advance(absl::Milliseconds(1));
  EXPECT_EQ(engine.http->sent(), 3u);
  engine.AnswerAllWith(200);
  for (int i = 0; i < 7; ++i) {
    engine.clock.Advance(absl::Milliseconds(100));
    engine.AnswerAllWith(200);
  }
  EXPECT_EQ(engine.http->sent(), 10u);
}

TEST(IsolationTest, RetriesCountTowardsTheRateLimit) {
  TestEngine engine;
  engine.random.Set(0);
  engine.Create("a",
                {.rate_limit = RateLimit{.per_second = 1, .burst = 1},
                 .retry_policy = {
                     .max_attempts = 9, .min_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(1)}});
  engine.Emit(1);
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.clock.FireDue();
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.clock.Advance(absl::Seconds(1));
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
}

// Answers one attempt after another with a failure, letting pauses pass, until `stretch` is over; how many.
int FailFor(TestEngine& engine, absl::Duration stretch, absl::Duration each) {
  int attempts = 0;
  const absl::Time end = engine.clock.Steady() + stretch;
  while (engine.clock.Steady() < end) {
    engine.clock.Advance(each);
    if (engine.http->AnswerNext(TestEngine::Status(500))) ++attempts;
  }
  return attempts;
}

TEST(IsolationTest, AnEndpointOfWhichEveryAttemptFailsIsProbedWithGrowingPauses) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(10'000);
  EXPECT_THAT(FailFor(engine, absl::Seconds(11), absl::Seconds(1)), Ge(10));
  // The pauses are 1, 2, 4, 8, 16, 32, 60, 60, ... seconds.
  EXPECT_THAT(FailFor(engine, absl::Minutes(10), absl::Seconds(1)), Le(16));
  EXPECT_THAT(FailFor(engine, absl::Minutes(10), absl::Seconds(1)), AnyOf(9, 10));
}

TEST(IsolationTest, WhatWaitedBehindAnOpenCircuitIsSentOnceAProbeSucceeds) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(1000);
  FailFor(engine, absl::Minutes(5), absl::Seconds(1));
  engine.clock.Advance(absl::Minutes(2));
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kPending), 0);
  EXPECT_THAT(engine.Count(DeliveryState::kDelivered), Ge(900));
}

TEST(IsolationTest, WithoutRetriesADeliveryWaitsAnHourBehindAnOpenCircuitThenFails) {
  TestEngine engine;
  engine.Create("a");
  const std::vector<int64_t> events = engine.Emit(1000);
  FailFor(engine, absl::Minutes(59), absl::Seconds(1));
  EXPECT_THAT(engine.Count(DeliveryState::kPending), Ge(800));
  FailFor(engine, absl::Minutes(2), absl::Seconds(1));
  EXPECT_EQ(engine.Count(DeliveryState::kPending), 0);
  EXPECT_EQ(engine.Count(DeliveryState::kFailed), 1000);
  EXPECT_EQ(engine.Get(events.back() + 1).attempt_count, 0);
  EXPECT_THAT(engine.Get(events.back() + 1).error, HasSubstr("not sent"));
}

TEST(IsolationTest, WithRetriesADeliveryWaitsBehindAnOpenCircuitForGood) {
  TestEngine engine;
  engine.Create(
      "a", {.retry_policy = {
                .max_attempts = 1000, .min_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(1)}});
  engine.Emit(100);
  FailFor(engine, absl::Hours(5), absl::Seconds(1));
  EXPECT_EQ(engine.Count(DeliveryState::kPending), 100);
}

TEST(IsolationTest, AnEditGivesAnEndpointAFreshChance) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(1000);
  FailFor(engine, absl::Minutes(5), absl::Seconds(1));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.Edit("a", [](Webhook& webhook) { webhook.url = "http://new/"; });
  EXPECT_THAT(engine.UnderWay(), Contains("http://new/"));
}

}  // namespace
}  // namespace hookd
