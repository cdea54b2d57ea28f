#include "delivery/dispatcher.h"

#include "base/ids.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/event.pb.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string HeaderOf(const HttpRequest& request, const std::string& name) {
  for (const auto& [header, value] : request.headers) {
    if (header == name) return value;
  }
  return "";
}

TEST(DispatcherTest, SendsAnAcceptedEventAndRecordsItsSuccess) {
  TestEngine engine;
  engine.Create("a");
  const int64_t event = engine.Emit()[0];
  ASSERT_THAT(engine.http->waiting(), SizeIs(1));
  EXPECT_EQ(HeaderOf(engine.http->waiting()[0], "Webhook-Id"), EncodeId(event));
  EXPECT_EQ(*engine.http->waiting()[0].body, R"({"type":"sent"})");
  engine.http->AnswerNext(TestEngine::Status(200));
  const Delivery delivery = engine.Get(event + 1);
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery.attempt_count, 1);
  EXPECT_EQ(delivery.attempts.at(0).start_time, engine.clock.Now());
}

TEST(DispatcherTest, RecordsAFailureWithItsReasonAndSendsItNoMore) {
  TestEngine engine;
  engine.Create("a");
  const int64_t event = engine.Emit()[0];
  engine.http->AnswerNext(TestEngine::Status(503));
  EXPECT_EQ(engine.Get(event + 1).state, DeliveryState::kFailed);
  EXPECT_THAT(engine.Get(event + 1).error, HasSubstr("503"));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
}

TEST(DispatcherTest, HasNoMoreThanItsConcurrencyUnderWayToOneWebhook) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 2});
  engine.Emit(5);
  EXPECT_THAT(engine.UnderWay(), SizeIs(2));
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine.UnderWay(), SizeIs(2));
  while (engine.http->AnswerNext(TestEngine::Status(200))) {
  }
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 5);
}

TEST(DispatcherTest, SendsInTheOrderOfAcceptance) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  std::vector<std::string> arrived;
  const std::vector<int64_t> events = engine.Emit(3);
  while (!engine.http->waiting().empty()) {
    arrived.push_back(HeaderOf(engine.http->waiting()[0], "Webhook-Id"));
    engine.http->AnswerNext(TestEngine::Status(200));
  }
  EXPECT_THAT(arrived, ElementsAre(EncodeId(events[0]), EncodeId(events[1]), EncodeId(events[2])));
}

TEST(DispatcherTest, AWebhookThatHangsTakesNothingFromAnother) {
  TestEngine engine;
  engine.Create("hangs");
  engine.Emit(10);
  engine.Create("sound");
  engine.Emit(10);
  const auto is_sound = [](const HttpRequest& request) { return request.url == "http://sound/"; };
  int delivered = 0;
  while (engine.http->AnswerWhere(is_sound, TestEngine::Status(200))) ++delivered;
  EXPECT_EQ(delivered, 10);
  EXPECT_THAT(engine.UnderWay(), Each("http://hangs/"));
}

TEST(DispatcherTest, WebhooksTakeTurnsForWhatAllMayHaveUnderWay) {
  TestEngine engine({.max_concurrency = 4});
  engine.Create("busy");
  engine.Emit(100);
  EXPECT_THAT(engine.UnderWay(), SizeIs(2));
  engine.Create("quiet");
  engine.Emit(1);
  // The next turns that come free go to each in turn, however much waits for the first.
  engine.http->AnswerNext(TestEngine::Status(200));
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine.UnderWay(), ::testing::Contains("http://quiet/"));
}

TEST(DispatcherTest, WhatDoesNotFitInMemoryIsReadBackInOrder) {
  TestEngine engine({.max_queued_per_webhook = 2});
  engine.Create("a", {.max_concurrency = 1});
  std::vector<std::string> arrived, expected;
  for (int64_t event : engine.Emit(50)) expected.push_back(EncodeId(event));
  while (!engine.http->waiting().empty()) {
    arrived.push_back(HeaderOf(engine.http->waiting()[0], "Webhook-Id"));
    engine.http->AnswerNext(TestEngine::Status(200));
  }
  EXPECT_EQ(arrived, expected);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 50);
}

// A store that holds events from before a start.
struct Restarted {
  explicit Restarted(int events) {
    v1::Event event;
    event.mutable_sent()->set_message_id("m");
    for (int i = 0; i < events; ++i) {
      engine.store.AcceptEvents("p", {{.type = 1, .event = event.SerializeAsString(), .webhooks = {webhook}}},
                                std::nullopt, [](auto) {});
    }
  }
  TestEngine engine;
  int64_t webhook = engine.Create("a");
};

TEST(DispatcherTest, TakesUpWhatTheStoreHoldsFromBefore) {
  Restarted before(1000);
  TestEngine& engine = before.engine;
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  ASSERT_TRUE(engine.dispatcher->Start().ok());
  EXPECT_THAT(engine.UnderWay(), SizeIs(limits::kFirstConcurrency));
  EXPECT_EQ(*engine.http->waiting()[0].body, R"({"type":"sent","message_id":"m"})");
  while (engine.http->AnswerNext(TestEngine::Status(200))) {
  }
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 1000);
  EXPECT_EQ(engine.http->sent(), 1000u);
}

TEST(DispatcherTest, WhatIsAcceptedWhileOldDeliveriesWaitComesAfterThemAndOnce) {
  Restarted before(600);
  TestEngine& engine = before.engine;
  ASSERT_TRUE(engine.dispatcher->Start().ok());
  engine.Emit(10);
  while (engine.http->AnswerNext(TestEngine::Status(200))) {
  }
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 610);
  EXPECT_EQ(engine.http->sent(), 610u);
}

TEST(DispatcherTest, TakesUpWhatWaitsForManyWebhooksWithFewReadsAtATime) {
  constexpr int kWebhooks = 100;
  TestEngine engine;
  v1::Event event;
  event.mutable_sent();
  std::vector<int64_t> keys;
  for (int i = 0; i < kWebhooks; ++i) keys.push_back(engine.Create("w" + std::to_string(i)));
  engine.store.AcceptEvents("p", {{.type = 1, .event = event.SerializeAsString(), .webhooks = keys}},
                            std::nullopt, [](auto) {});
  ASSERT_TRUE(engine.dispatcher->Start().ok());
  EXPECT_THAT(engine.UnderWay(), SizeIs(kWebhooks));
}

TEST(DispatcherTest, AReadThatFailedIsMadeAgain) {
  TestEngine engine({.max_queued_per_webhook = 1});
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(3);
  // One is under way, one in memory, and one was left to the store.
  engine.store.FailReads(absl::UnavailableError("gone"));
  engine.http->AnswerNext(TestEngine::Status(200));
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.store.FailReads(absl::OkStatus());
  engine.clock.Advance(tuning::kQueueReadRetry);
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
}

TEST(DispatcherTest, AnEditedWebhookGetsWhatWaitsAtItsNewUrl) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(2);
  engine.Edit("a", [](Webhook& webhook) { webhook.url = "http://new/"; });
  EXPECT_THAT(engine.UnderWay(), ElementsAre("http://a/"));
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_THAT(engine.UnderWay(), ElementsAre("http://new/"));
}

TEST(DispatcherTest, WhatWaitsForADisabledWebhookIsCanceledAtOnce) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  const std::vector<int64_t> events = engine.Emit(3);
  engine.SetDisabled("a", true);
  EXPECT_EQ(engine.Count(DeliveryState::kCanceled), 2);
  EXPECT_THAT(engine.Get(events[1] + 1).error, HasSubstr("disabled"));
  // What is under way ends as it ends.
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(engine.Get(events[0] + 1).state, DeliveryState::kDelivered);
  EXPECT_EQ(engine.http->sent(), 1u);
}

TEST(DispatcherTest, WhatWaitsForADeletedWebhookIsCanceledAtOnce) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(3);
  engine.webhooks.Delete("p", "a", "", false, [](auto) {});
  EXPECT_EQ(engine.Count(DeliveryState::kCanceled), 2);
}

TEST(DispatcherTest, AWebhookThatIsEnabledAgainGetsTheEventsFromThenOn) {
  TestEngine engine;
  engine.Create("a");
  engine.SetDisabled("a", true);
  engine.Emit(1);
  engine.SetDisabled("a", false);
  engine.Emit(1);
  EXPECT_EQ(engine.http->sent(), 1u);
}

TEST(DispatcherTest, DrainingBeginsNoAttempt) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(2);
  engine.dispatcher->Drain(absl::ZeroDuration());
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(engine.http->sent(), 1u);
}

TEST(DispatcherTest, WhatOutlivesTheDrainIsNotRecordedSoThatItIsMadeAgain) {
  TestEngine engine;
  engine.Create("a");
  const int64_t event = engine.Emit()[0];
  engine.dispatcher->Drain(absl::ZeroDuration());
  HttpResult ended;
  ended.error = "hookd is shutting down";
  engine.http->AnswerNext(ended);
  EXPECT_EQ(engine.Get(event + 1).state, DeliveryState::kPending);
}

}  // namespace
}  // namespace hookd
