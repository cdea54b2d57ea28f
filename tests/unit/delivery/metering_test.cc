// What the delivery engine counts and measures.
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

std::string Text(const TestEngine& engine) {
  return prometheus::TextSerializer().Serialize(engine.metrics.Collect());
}

TEST(MeteringTest, CountsEventsAndTheirDeliveries) {
  TestEngine engine;
  engine.Create("a");
  engine.Create("b");
  engine.Emit(3);
  EXPECT_EQ(engine.metrics.events_accepted.Value(), 3);
  EXPECT_EQ(engine.metrics.deliveries_matched.Value(), 6);
}

TEST(MeteringTest, CountsWhatWasRefusedByItsReason) {
  TestEngine engine({}, {.per_project = 1, .total = 10});
  engine.Create("a");
  const auto emit = [&engine] {
    engine.acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                           std::nullopt, [](const auto&) {});
  };
  emit();
  emit();
  EXPECT_EQ(engine.metrics.events_refused_full.Value(), 1);
  engine.http->AnswerNext(TestEngine::Status(200));
  engine.store.FailWrites(absl::UnavailableError("no disk"));
  emit();
  EXPECT_EQ(engine.metrics.events_refused_unavailable.Value(), 1);
  EXPECT_EQ(engine.metrics.events_accepted.Value(), 1);
}

TEST(MeteringTest, CountsAnEventThatIsSentAgainOnce) {
  TestEngine engine;
  engine.Create("a");
  for (int i = 0; i < 2; ++i) {
    engine.acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                           RequestId{.id = "r", .fingerprint = "f"}, [](const auto&) {});
  }
  EXPECT_EQ(engine.metrics.events_accepted.Value(), 1);
}

TEST(MeteringTest, CountsAttemptsByOutcomeAndDeliveriesByState) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(3);
  engine.http->AnswerNext(TestEngine::Status(200));
  engine.http->AnswerNext(TestEngine::Status(503));
  engine.SetDisabled("a", true);
  engine.AnswerAllWith(200);
  EXPECT_THAT(Text(engine), HasSubstr("hookd_attempts_total{outcome=\"5xx\"} 1\n"));
  EXPECT_EQ(engine.metrics.deliveries_failed.Value(), 1);
  EXPECT_EQ(engine.metrics.deliveries_delivered.Value() + engine.metrics.deliveries_canceled.Value(), 2);
}

TEST(MeteringTest, MeasuresTheWaitForAnAttemptAndForTheDelivery) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(2);
  engine.clock.Advance(absl::Seconds(7));
  engine.AnswerAllWith(200);
  // The first was sent at once and delivered after 7 s; the other waited for 7 s.
  EXPECT_THAT(Text(engine), HasSubstr("hookd_queue_wait_seconds_count 2\nhookd_queue_wait_seconds_sum 7\n"));
  EXPECT_THAT(
      Text(engine),
      HasSubstr("hookd_accept_to_delivered_seconds_count 2\nhookd_accept_to_delivered_seconds_sum 14\n"));
}

TEST(MeteringTest, ARetryWaitsFromWhenItIsDue) {
  TestEngine engine;
  engine.Create("a", {.retry_policy = {.max_attempts = 2,
                                       .min_backoff = absl::Seconds(10),
                                       .max_backoff = absl::Seconds(10),
                                       .multiplier = 1}});
  engine.Emit();
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_EQ(engine.metrics.retries_scheduled.Value(), 1);
  engine.clock.Advance(absl::Seconds(10));
  ASSERT_TRUE(engine.http->AnswerNext(TestEngine::Status(200)));
  EXPECT_THAT(Text(engine), HasSubstr("hookd_queue_wait_seconds_count 2\n"));
  EXPECT_THAT(Text(engine), HasSubstr("hookd_queue_wait_seconds_bucket{le=\"10\"} 2\n"));
}

TEST(MeteringTest, TellsWhatWaitsAndForHowLong) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(3);
  engine.clock.Advance(absl::Seconds(4));
  Scheduler::Load load = engine.dispatcher->load();
  EXPECT_EQ(load.in_flight, 1);
  EXPECT_EQ(load.queued, 2u);
  EXPECT_GT(load.queued_bytes, 0u);
  EXPECT_EQ(load.open_circuits, 0);
  EXPECT_EQ(engine.dispatcher->longest_wait(load), absl::Seconds(4));
  engine.AnswerAllWith(200);
  load = engine.dispatcher->load();
  EXPECT_EQ(load.queued, 0u);
  EXPECT_EQ(engine.dispatcher->longest_wait(load), absl::ZeroDuration());
}

TEST(MeteringTest, CountsCircuitsThatAreOpenWhileSomethingWaits) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(20);
  for (int i = 0; i < 6; ++i) {
    engine.http->AnswerNext(TestEngine::Status(500));
    engine.clock.Advance(absl::Seconds(3));
  }
  EXPECT_EQ(engine.dispatcher->load().open_circuits, 1);
}

TEST(MeteringTest, CountsAttemptsThatHookdCouldNotMakeApartFromThoseItMade) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(2);
  HttpResult result;
  result.error = "could not connect to the proxy: connection refused";
  result.failure = HttpFailure::kProxy;
  result.fault = HttpFault::kHookd;
  engine.http->AnswerNext(result);
  EXPECT_THAT(Text(engine), HasSubstr("hookd_attempts_held_total{cause=\"proxy\"} 1\n"));
  EXPECT_THAT(Text(engine), HasSubstr("hookd_attempts_total{outcome=\"proxy\"} 0\n"));
  EXPECT_THAT(Text(engine), HasSubstr("hookd_attempt_seconds_count 0\n"));
  EXPECT_THAT(Text(engine), HasSubstr("hookd_queue_wait_seconds_count 0\n"));
  EXPECT_EQ(engine.dispatcher->load().held_webhooks, 1);
  engine.clock.Advance(limits::kHoldMinPause);
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.dispatcher->load().held_webhooks, 0);
  EXPECT_THAT(Text(engine), HasSubstr("hookd_attempt_seconds_count 2\n"));
}

TEST(MeteringTest, CountsWebhooksThatHookdDisabled) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit();
  engine.http->AnswerNext(TestEngine::Status(410));
  EXPECT_EQ(engine.metrics.disabled_gone.Value(), 1);
  EXPECT_EQ(engine.metrics.disabled_failing.Value(), 0);
}

}  // namespace
}  // namespace hookd
