// The health of webhooks: in memory, in the store, and between processes.
#include "delivery/health/health_board.h"

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
using ::testing::Not;
using ::testing::SizeIs;

const RetryPolicy kPolicy{
    .max_attempts = 100, .min_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(1), .multiplier = 1};

WebhookHealth HealthOf(TestEngine& engine, int64_t webhook) {
  WebhookHealth found;
  engine.engine->health()->Read({webhook}, /*with_errors=*/true, [&](auto health) {
    ASSERT_TRUE(health.ok()) << health.status();
    found = health->at(0);
  });
  return found;
}

WebhookHealth Stored(TestEngine& engine, int64_t webhook) {
  WebhookHealth found;
  engine.store.ReadHealth({webhook}, /*with_errors=*/true, [&](auto health) {
    if (!health->empty()) found = health->at(0);
  });
  return found;
}

void NextInterval(TestEngine& engine) { engine.clock.Advance(limits::kHealthWriteInterval); }

TEST(HealthBoardTest, AWebhookWithoutAttemptsHasNoTimesAndAClosedCircuit) {
  TestEngine engine;
  const WebhookHealth health = HealthOf(engine, engine.Create("a"));
  EXPECT_EQ(health.last_success_time, std::nullopt);
  EXPECT_EQ(health.last_failure_time, std::nullopt);
  EXPECT_EQ(health.failing_since, std::nullopt);
  EXPECT_EQ(health.circuit_ready, absl::InfinitePast());
  EXPECT_EQ(health.pending, 0);
}

TEST(HealthBoardTest, FailuresAreCountedSinceTheFirstAndASuccessEndsThem) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.max_concurrency = 1, .retry_policy = kPolicy});
  engine.Emit(1);
  const absl::Time first = engine.clock.Now();
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.clock.Advance(absl::Seconds(2));
  engine.http->AnswerNext(TestEngine::Status(503));
  WebhookHealth health = HealthOf(engine, webhook);
  EXPECT_EQ(health.failing_since, first);
  EXPECT_EQ(health.last_failure_time, first + absl::Seconds(2));
  EXPECT_EQ(health.consecutive_failures, 2);
  EXPECT_THAT(health.last_error, HasSubstr("503"));
  EXPECT_EQ(health.last_success_time, std::nullopt);
  EXPECT_EQ(health.pending, 1);
  engine.clock.Advance(absl::Seconds(2));
  engine.http->AnswerNext(TestEngine::Status(200));
  health = HealthOf(engine, webhook);
  EXPECT_EQ(health.failing_since, std::nullopt);
  EXPECT_EQ(health.consecutive_failures, 0);
  EXPECT_EQ(health.last_success_time, first + absl::Seconds(4));
  EXPECT_EQ(health.last_failure_time, first + absl::Seconds(2)) << "the last failure stays";
  EXPECT_THAT(health.last_error, HasSubstr("503"));
  EXPECT_EQ(health.pending, 0);
}

TEST(HealthBoardTest, AnotherUrlBeginsAgainWithoutWhatIsKnownOfTheFormerEndpoint) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.max_concurrency = 2, .retry_policy = kPolicy});
  engine.Emit(2);
  engine.http->AnswerNext(TestEngine::Status(500));
  NextInterval(engine);
  EXPECT_EQ(Stored(engine, webhook).consecutive_failures, 1);
  engine.Edit("a", [](Webhook& edited) { edited.display_name = "Shop"; });
  EXPECT_EQ(HealthOf(engine, webhook).consecutive_failures, 1) << "the endpoint is the same";
  engine.Edit("a", [](Webhook& edited) { edited.url = "http://b/"; });
  const auto expect_nothing = [](const WebhookHealth& health) {
    EXPECT_EQ(health.failing_since, std::nullopt);
    EXPECT_EQ(health.consecutive_failures, 0);
    EXPECT_EQ(health.last_failure_time, std::nullopt);
    EXPECT_THAT(health.last_error, IsEmpty());
    EXPECT_EQ(health.pending, 2);
  };
  expect_nothing(HealthOf(engine, webhook));
  // The other attempt was in flight to the former endpoint.
  ASSERT_EQ(engine.http->waiting().front().url, "http://a/");
  while (!engine.http->waiting().empty() && engine.http->waiting().front().url == "http://a/") {
    engine.http->AnswerNext(TestEngine::Status(502));
  }
  expect_nothing(HealthOf(engine, webhook));
  NextInterval(engine);
  EXPECT_EQ(Stored(engine, webhook).failing_since, std::nullopt);
  ASSERT_EQ(engine.http->waiting().front().url, "http://b/");
  engine.http->AnswerNext(TestEngine::Status(503));
  EXPECT_EQ(HealthOf(engine, webhook).consecutive_failures, 1);
  EXPECT_THAT(HealthOf(engine, webhook).last_error, HasSubstr("503"));
}

TEST(HealthBoardTest, WhatHookdItselfCouldNotSendDoesNotCount) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a");
  engine.Emit(1);
  HttpResult not_sent;
  not_sent.fault = HttpFault::kHookd;
  not_sent.error = "no descriptors";
  engine.http->AnswerNext(not_sent);
  EXPECT_EQ(HealthOf(engine, webhook).last_failure_time, std::nullopt);
  EXPECT_EQ(HealthOf(engine, webhook).pending, 1);
}

TEST(HealthBoardTest, ALongErrorIsCut) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a");
  engine.Emit(1);
  HttpResult failed;
  failed.error = std::string(5000, 'x');
  engine.http->AnswerNext(failed);
  EXPECT_THAT(HealthOf(engine, webhook).last_error, SizeIs(limits::kMaxHealthErrorBytes));
}

TEST(HealthBoardTest, AnOpenCircuitHasItsEndAndAnEditClosesIt) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.max_concurrency = 1, .retry_policy = kPolicy});
  engine.Emit(1);
  for (int i = 0; i < 30 && HealthOf(engine, webhook).circuit_ready == absl::InfinitePast(); ++i) {
    engine.http->AnswerNext(TestEngine::Status(500));
    engine.clock.Advance(absl::Seconds(2));
  }
  EXPECT_GT(HealthOf(engine, webhook).circuit_ready, absl::InfinitePast());
  engine.Edit("a", [](Webhook& edited) { edited.display_name = "mended"; });
  EXPECT_EQ(HealthOf(engine, webhook).circuit_ready, absl::InfinitePast());
  EXPECT_GT(HealthOf(engine, webhook).consecutive_failures, 0) << "no attempt has succeeded";
}

TEST(HealthBoardTest, StoresOnlyWhatChangedAndAllOfItInOneWrite) {
  TestEngine engine;
  const int64_t a = engine.Create("a"), b = engine.Create("b");
  engine.Create("c", {.disabled = true});
  engine.Emit(20);
  engine.AnswerAllWith(200);
  EXPECT_THAT(engine.store.health_writes(), IsEmpty()) << "no write for an attempt";
  NextInterval(engine);
  ASSERT_THAT(engine.store.health_writes(), SizeIs(1));
  EXPECT_THAT(engine.store.health_writes()[0], testing::UnorderedElementsAre(a, b));
  NextInterval(engine);
  EXPECT_THAT(engine.store.health_writes(), SizeIs(1)) << "nothing changed";
  engine.SetDisabled("b", true);
  engine.Emit(1);
  engine.AnswerAllWith(500);
  NextInterval(engine);
  ASSERT_THAT(engine.store.health_writes(), SizeIs(2));
  EXPECT_THAT(engine.store.health_writes()[1], ElementsAre(a));
  EXPECT_EQ(Stored(engine, a).consecutive_failures, 1);
}

TEST(HealthBoardTest, ARestartKeepsHealthAndWritesNothingByItself) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a");
  engine.Emit(1);
  engine.AnswerAllWith(500);
  NextInterval(engine);
  // A second engine on the same store, as after a restart.
  HealthBoard board(&engine.store, &engine.clock);
  board.Restore(*engine.store.LoadHealth());
  board.Read({webhook}, true, [&](auto health) {
    EXPECT_EQ(health->at(0).consecutive_failures, 1);
    EXPECT_EQ(health->at(0).failing_since, HealthOf(engine, webhook).failing_since);
    EXPECT_EQ(health->at(0).pending, 0) << "the scheduler counts them";
  });
  const size_t writes = engine.store.health_writes().size();
  NextInterval(engine);
  EXPECT_THAT(engine.store.health_writes(), SizeIs(writes));
}

TEST(HealthBoardTest, ADrainStoresTheLastChanges) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a");
  engine.Emit(1);
  engine.AnswerAllWith(200);
  engine.engine->Drain(absl::ZeroDuration());
  EXPECT_EQ(Stored(engine, webhook).last_success_time, engine.clock.Now());
}

TEST(HealthBoardTest, AWebhookDeletedAndCreatedAgainStartsFromNothing) {
  TestEngine engine;
  const int64_t first = engine.Create("a");
  engine.Emit(1);
  engine.AnswerAllWith(500);
  NextInterval(engine);
  ASSERT_EQ(Stored(engine, first).consecutive_failures, 1);
  engine.webhooks.Delete("p", "a", "", false, [](const auto& deleted) { ASSERT_TRUE(deleted.ok()); });
  const int64_t second = engine.Create("a");
  EXPECT_EQ(HealthOf(engine, second).last_failure_time, std::nullopt);
  NextInterval(engine);
  EXPECT_THAT(*engine.store.LoadHealth(), IsEmpty());
}

TEST(HealthBoardTest, AnAttemptThatEndsAfterTheDeletionLeavesNothing) {
  TestEngine engine;
  engine.Create("a");
  engine.Emit(1);
  engine.webhooks.Delete("p", "a", "", false, [](const auto& deleted) { ASSERT_TRUE(deleted.ok()); });
  engine.AnswerAllWith(500);
  NextInterval(engine);
  NextInterval(engine);
  EXPECT_THAT(*engine.store.LoadHealth(), IsEmpty());
}

TEST(HealthBoardTest, WhatCouldNotBeStoredIsStoredLater) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a");
  engine.Emit(1);
  engine.AnswerAllWith(200);
  engine.store.FailWrites(absl::UnavailableError("gone"));
  NextInterval(engine);
  EXPECT_EQ(Stored(engine, webhook).last_success_time, std::nullopt);
  engine.store.FailWrites(absl::OkStatus());
  NextInterval(engine);
  EXPECT_NE(Stored(engine, webhook).last_success_time, std::nullopt);
}

// Records without an engine: more webhooks than an interval has room for.
TEST(HealthBoardTest, AnIntervalStoresALimitedNumberAndThoseWhoseStateChangedFirst) {
  FakeClock clock;
  FakeStore store(&clock);
  HealthBoard board(&store, &clock);
  constexpr int64_t kWebhooks = 3 * limits::kHealthRowsPerInterval;
  for (int64_t key = 1; key <= kWebhooks; ++key) {
    const auto record = board.Get(key);
    record->OnSuccess(clock.Now(), 0);
    board.Changed(record);
    board.Changed(record);  // once, however often
  }
  board.Get(kWebhooks)->OnFailure(clock.Now(), "no", 0);
  clock.Advance(limits::kHealthWriteInterval);
  size_t rows = 0;
  for (const auto& write : store.health_writes()) {
    EXPECT_LE(write.size(), tuning::kHealthRowsPerWrite);
    rows += write.size();
  }
  EXPECT_EQ(rows, static_cast<size_t>(limits::kHealthRowsPerInterval));
  EXPECT_EQ(store.health_writes()[0][0], kWebhooks);
  EXPECT_EQ(store.health_writes()[0][1], 1) << "then those that changed first";
  clock.Advance(limits::kHealthWriteInterval);
  clock.Advance(limits::kHealthWriteInterval);
  rows = 0;
  for (const auto& write : store.health_writes()) rows += write.size();
  EXPECT_EQ(rows, static_cast<size_t>(kWebhooks));
}

// One of several processes.
class SharedHealthTest : public ::testing::Test {
 protected:
  SharedHealthTest() { engine_.dispatcher->Confirm(absl::InfiniteFuture()); }
  void Acquire(int64_t epoch) {
    engine_.dispatcher->Acquire({{.number = ShardOf(webhook_), .epoch = epoch}});
  }

  TestEngine engine_{{}, {}, /*shared=*/true};
  const int64_t webhook_ = engine_.Create("a", {.max_concurrency = 1, .retry_policy = kPolicy});
};

TEST_F(SharedHealthTest, WhatAnotherProcessDeliversForIsReadFromTheStore) {
  const absl::Time time = engine_.clock.Now() - absl::Seconds(3);
  engine_.store.RecordHealth({{.webhook_key = webhook_,
                               .last_failure_time = time,
                               .last_error = "no",
                               .failing_since = time,
                               .consecutive_failures = 7,
                               .pending = 12}},
                             {}, [](auto) {});
  const WebhookHealth health = HealthOf(engine_, webhook_);
  EXPECT_EQ(health.consecutive_failures, 7);
  EXPECT_EQ(health.last_error, "no");
  EXPECT_EQ(health.pending, 12);
  engine_.store.FailReads(absl::UnavailableError("gone"));
  engine_.engine->health()->Read({webhook_}, false, [](const auto& read) {
    EXPECT_EQ(read.status().code(), absl::StatusCode::kUnavailable);
  });
  engine_.store.FailReads(absl::OkStatus());
}

TEST_F(SharedHealthTest, TheHolderStoresPendingDeliveriesAndTheCircuitForTheOthers) {
  Acquire(3);
  engine_.Emit(4);
  NextInterval(engine_);
  EXPECT_EQ(Stored(engine_, webhook_).pending, 4) << "no attempt has ended";
  EXPECT_EQ(Stored(engine_, webhook_).epoch, 3);
  engine_.AnswerAllWith(200);
  NextInterval(engine_);
  EXPECT_EQ(Stored(engine_, webhook_).pending, 0);
}

TEST_F(SharedHealthTest, ANewHolderCorrectsWhatAProcessThatDiedLeft) {
  engine_.store.RecordHealth({{.webhook_key = webhook_,
                               .failing_since = engine_.clock.Now(),
                               .consecutive_failures = 7,
                               .circuit_ready = absl::InfiniteFuture(),
                               .pending = 12,
                               .epoch = 1}},
                             {}, [](auto) {});
  Acquire(2);
  EXPECT_EQ(HealthOf(engine_, webhook_).pending, 0);
  EXPECT_EQ(HealthOf(engine_, webhook_).consecutive_failures, 7);
  NextInterval(engine_);
  EXPECT_EQ(Stored(engine_, webhook_).pending, 0);
  EXPECT_EQ(Stored(engine_, webhook_).circuit_ready, absl::InfinitePast());
  EXPECT_EQ(Stored(engine_, webhook_).consecutive_failures, 7);
}

TEST_F(SharedHealthTest, AReleasedShardHasItsHealthStoredBeforeAnotherCanAcquireIt) {
  Acquire(1);
  engine_.Emit(3);
  engine_.http->AnswerNext(TestEngine::Status(500));
  engine_.store.HoldCommits();
  engine_.dispatcher->Release({ShardOf(webhook_)});
  engine_.http->AnswerNext(TestEngine::Status(500));
  engine_.store.ReleaseCommits();
  EXPECT_THAT(engine_.cluster.handed_over(), Not(IsEmpty()));
  const WebhookHealth stored = Stored(engine_, webhook_);
  EXPECT_EQ(stored.consecutive_failures, 2);
  EXPECT_EQ(stored.pending, 3) << "they are pending for the next holder";
  EXPECT_EQ(HealthOf(engine_, webhook_).consecutive_failures, 2) << "which this process reads from now on";
}

TEST_F(SharedHealthTest, HealthOfWebhooksThatAreGoneIsDeletedByTheHolder) {
  // An older hookd deleted the webhook, and left its health.
  engine_.store.RecordHealth({{.webhook_key = webhook_, .consecutive_failures = 1}}, {}, [](auto) {});
  engine_.table.Remove(*engine_.table.Find(webhook_));
  Acquire(1);
  NextInterval(engine_);
  EXPECT_THAT(*engine_.store.LoadHealth(), IsEmpty());
}

}  // namespace
}  // namespace hookd
