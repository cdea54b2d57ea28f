// Ordered webhooks: one at a time, a retry before its successor.
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const RetryPolicy kPolicy{
    .max_attempts = 3, .min_backoff = absl::Seconds(10), .max_backoff = absl::Seconds(10), .multiplier = 1};

// The ids of the events under way.
std::vector<std::string> Ids(TestEngine& engine) {
  std::vector<std::string> ids;
  for (const HttpRequest& request : engine.http->waiting()) ids.push_back(request.headers[2].second);
  return ids;
}

std::vector<std::string> Encoded(const std::vector<int64_t>& keys) {
  std::vector<std::string> ids;
  for (int64_t key : keys) ids.push_back(EncodeId(key));
  return ids;
}

// Answers everything with 200, in the order of sending, letting pauses pass; the ids in that order.
std::vector<std::string> Arrivals(TestEngine& engine) {
  std::vector<std::string> arrived;
  while (true) {
    // Other timers are set for ever; no retry of these tests is due later than this.
    const absl::Time last_due = engine.clock.Steady() + absl::Hours(1);
    while (engine.http->waiting().empty() && engine.clock.NextDue() <= last_due) {
      engine.clock.Advance(engine.clock.NextDue() - engine.clock.Steady());
    }
    if (engine.http->waiting().empty()) return arrived;
    EXPECT_THAT(engine.http->waiting(), SizeIs(1));
    arrived.push_back(Ids(engine)[0]);
    engine.http->AnswerNext(TestEngine::Status(200));
  }
}

TEST(OrderingTest, AnOrderedWebhookGetsOneAtATimeInTheOrderOfAcceptance) {
  TestEngine engine;
  engine.Create("a", {.ordered = true});
  const std::vector<int64_t> events = engine.Emit(20);
  EXPECT_EQ(Arrivals(engine), Encoded(events));
}

TEST(OrderingTest, ARetryComesBeforeItsSuccessor) {
  TestEngine engine;
  engine.Create("a", {.ordered = true, .retry_policy = kPolicy});
  const std::vector<int64_t> events = engine.Emit(3);
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  EXPECT_EQ(Arrivals(engine), Encoded(events));
  EXPECT_EQ(engine.Get(events[0] + 1).attempt_count, 2);
}

TEST(OrderingTest, ADeliveryThatFailsForGoodLetsItsSuccessorsThrough) {
  TestEngine engine;
  engine.Create("a", {.ordered = true});
  const std::vector<int64_t> events = engine.Emit(2);
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_EQ(Ids(engine), Encoded({events[1]}));
}

TEST(OrderingTest, ARetryIsBeforeItsSuccessorsAfterARestartToo) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.ordered = true, .retry_policy = kPolicy});
  v1::Event sent;
  sent.mutable_sent();
  std::vector<int64_t> events;
  for (int i = 0; i < 3; ++i) {
    engine.store.AcceptEvents("p", {{.type = 1, .event = sent.SerializeAsString(), .webhooks = {webhook}}},
                              std::nullopt,
                              [&](auto accepted) { events.push_back(accepted->events[0].key); });
  }
  engine.RecordFailure(events[0] + 1, engine.clock.Steady() + absl::Minutes(3));
  ASSERT_TRUE(engine.dispatcher->Start().ok());
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.clock.Advance(absl::Minutes(3));
  EXPECT_EQ(Arrivals(engine), Encoded(events));
}

TEST(OrderingTest, OrderHoldsWhenMemoryIsTooSmall) {
  TestEngine engine({.max_queued_per_webhook = 2});
  engine.Create("a", {.ordered = true, .retry_policy = kPolicy});
  const std::vector<int64_t> events = engine.Emit(50);
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_EQ(Arrivals(engine), Encoded(events));
}

TEST(OrderingTest, AWebhookThatBecomesOrderedSendsItsRetriesInTheirPlace) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1, .retry_policy = kPolicy});
  const std::vector<int64_t> events = engine.Emit(3);
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_EQ(Ids(engine), Encoded({events[1]}));
  engine.Edit("a", [](Webhook& webhook) { webhook.ordered = true; });
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(Arrivals(engine), Encoded({events[0], events[2]}));
}

TEST(OrderingTest, AWebhookThatIsOrderedNoMoreDoesNotWaitForRetries) {
  TestEngine engine;
  engine.Create("a", {.ordered = true, .retry_policy = kPolicy});
  const std::vector<int64_t> events = engine.Emit(2);
  engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.Edit("a", [](Webhook& webhook) { webhook.ordered = false; });
  EXPECT_EQ(Arrivals(engine), Encoded({events[1], events[0]}));
}

}  // namespace
}  // namespace hookd
