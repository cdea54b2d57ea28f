// Statistics of the engine on fakes: counted, written, read, and counted again after a crash.
#include "delivery/statistics/statistics.h"

#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "delivery/engine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/event.pb.h"
#include "payload/payload.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StatisticsTest : public ::testing::Test {
 protected:
  StatisticsTest() { Start(); }
  ~StatisticsTest() override { Crash(); }

  void Start(std::optional<Retention::Options> retention = std::nullopt) {
    http_ = std::make_unique<FakeHttpClient>();
    engine_ = Engine::Create({.store = &store_,
                              .http = http_.get(),
                              .clock = &clock_,
                              .random = &random_,
                              .metrics = &metrics_,
                              .retention = retention})
                  .value();
    EXPECT_TRUE(engine_->Start().ok());
    clock_.Advance(absl::Seconds(1));  // what is to be counted again is
  }
  // Nothing in memory is kept.
  void Crash() {
    if (engine_ == nullptr) return;
    engine_->dispatcher()->Drain(absl::ZeroDuration());
    http_.reset();
    engine_.reset();
  }
  void Stop() {
    engine_->StopStatistics(absl::ZeroDuration());
    Crash();
  }

  int64_t Create(const std::string& id) {
    Webhook webhook{.project = "p", .id = id, .url = "http://" + id + "/", .event_types = EventTypes(0b10)};
    webhook.timeout = absl::Seconds(5);
    webhook.max_concurrency = limits::kDefaultMaxConcurrency;
    int64_t key = 0;
    engine_->webhooks()->Create(webhook, std::nullopt, [&](auto created) { key = created.value().key; });
    return key;
  }

  void Emit(int count = 1) {
    v1::Event event;
    event.mutable_sent();
    for (int i = 0; i < count; ++i) {
      engine_->acceptor()->Accept("p",
                                  {{.type = v1::EVENT_TYPE_SENT,
                                    .event = event.SerializeAsString(),
                                    .json = std::make_shared<std::string>(ToJson(event))}},
                                  std::nullopt, [](const auto& accepted) { ASSERT_TRUE(accepted.ok()); });
    }
  }

  void Answer(int status, absl::Duration total = absl::Milliseconds(20)) {
    HttpResult result;
    result.status = status;
    result.total = total;
    EXPECT_TRUE(http_->AnswerNext(result));
  }

  // The statistics of the last hours, as one point.
  StatsReader::Points Read(const StatsOwner& owner, absl::Duration step = absl::Hours(24)) {
    const absl::Time day = absl::UnixEpoch() + absl::Floor(clock_.Now() - absl::UnixEpoch(), absl::Hours(24));
    StatsReader::Points points;
    engine_->stats_reader()->Read({.owner = owner, .start = day, .end = day + absl::Hours(24), .step = step},
                                  [&](auto read) { points = read.value(); });
    return points;
  }
  uint64_t Count(const StatsOwner& owner, StatsCount what) { return Read(owner).points.at(0)[what]; }
  uint64_t Events() { return Count(project_, StatsCount::kEventsMatched); }

  const StatsOwner project_{.webhook_key = 0, .project = "p"};
  FakeClock clock_;
  Metrics metrics_;
  FakeRandom random_;
  FakeStore store_{&clock_};
  std::unique_ptr<FakeHttpClient> http_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(StatisticsTest, AProjectThatBeginsAgainHasNothingOfTheDeletedOne) {
  Create("a");
  Emit(30);  // most of them are canceled, two are in flight
  engine_->projects()->Delete("p", "", /*force=*/true, false,
                              [](const absl::Status& deleted) { ASSERT_TRUE(deleted.ok()) << deleted; });
  EXPECT_EQ(Events(), 0u);
  Emit();
  const auto expect_one_event = [this] {
    const StatsCounts counts = Read(project_).points.at(0);
    EXPECT_EQ(counts[StatsCount::kEventsAccepted], 1u);
    for (const StatsCount none : {StatsCount::kEventsMatched, StatsCount::kCanceled, StatsCount::kFailed,
                                  StatsCount::k5xx, StatsCount::kDelivered}) {
      EXPECT_EQ(counts[none], 0u) << static_cast<int>(none);
    }
    EXPECT_TRUE(counts.latency.empty());
  };
  expect_one_event();
  Answer(500);
  expect_one_event();
  clock_.Advance(absl::Minutes(10));  // the counts are written
  expect_one_event();
  Answer(500);
  expect_one_event();
  Stop();
  Start();
  expect_one_event();
}

TEST_F(StatisticsTest, NothingIsKeptOfAProjectThatAnotherProcessDeleted) {
  Create("a");
  Emit(3);
  store_.DeleteProject(
      "p", [](const auto&, auto) { return absl::OkStatus(); },
      [](const auto& deleted) { ASSERT_TRUE(deleted.ok()); });
  // The other process accepts the first event of the next project.
  store_.AcceptEvents("p", {{.type = 1, .event = "", .webhooks = {}}}, std::nullopt,
                      [](const auto& accepted) { ASSERT_TRUE(accepted.ok()); });
  EXPECT_EQ(Events(), 0u);
  Answer(500);
  clock_.Advance(absl::Minutes(10));  // what this process counted is to be written
  EXPECT_EQ(Events(), 0u);
  EXPECT_EQ(Count(project_, StatsCount::kFailed), 0u);
  Emit();
  Answer(500);
  EXPECT_EQ(Events(), 1u) << "this one is of the next project, for the webhook that this process still knows";
  EXPECT_EQ(Count(project_, StatsCount::kFailed), 0u);
}

TEST_F(StatisticsTest, EventsDeliveriesAndAttemptsAreCountedAtOnce) {
  const StatsOwner webhook{.webhook_key = Create("a"), .project = ""};
  Emit(3);
  Answer(200, absl::Milliseconds(10));
  Answer(503, absl::Milliseconds(100));
  HttpResult timeout;
  timeout.error = "no answer";
  timeout.failure = HttpFailure::kTimeout;
  timeout.total = absl::Seconds(5);
  ASSERT_TRUE(http_->AnswerNext(timeout));
  for (const StatsOwner& owner : {webhook, project_}) {
    const StatsReader::Points points = Read(owner);
    EXPECT_TRUE(points.known);
    EXPECT_THAT(points.gaps, IsEmpty());
    ASSERT_THAT(points.points, SizeIs(1));
    const StatsCounts& counts = points.points[0];
    EXPECT_EQ(counts[StatsCount::kEventsMatched], 3u);
    EXPECT_EQ(counts[StatsCount::kDelivered], 1u);
    EXPECT_EQ(counts[StatsCount::kFailed], 2u);
    EXPECT_EQ(counts[StatsCount::k2xx], 1u);
    EXPECT_EQ(counts[StatsCount::k5xx], 1u);
    EXPECT_EQ(counts[StatsCount::kTimeout], 1u);
    EXPECT_EQ(counts.latency.max(), absl::Seconds(5));
    EXPECT_GE(counts.latency.Percentile(0.5), absl::Milliseconds(100));
    EXPECT_LE(counts.latency.Percentile(0.5), absl::Milliseconds(110));
  }
}

TEST_F(StatisticsTest, AnEventThatNoWebhookWantsIsAcceptedOnly) {
  Emit();
  EXPECT_EQ(Count(project_, StatsCount::kEventsAccepted), 1u);
  EXPECT_EQ(Events(), 0u);
}

TEST_F(StatisticsTest, CountsAreInTheMinuteOfTheirRecord) {
  Create("a");
  Emit();
  clock_.Advance(absl::Minutes(1));
  Answer(200);
  const StatsReader::Points points = Read(project_, absl::Minutes(1));
  const auto minute = static_cast<size_t>(12 * 60);  // it was noon
  EXPECT_EQ(points.points.at(minute)[StatsCount::kEventsMatched], 1u);
  EXPECT_EQ(points.points.at(minute)[StatsCount::kDelivered], 0u);
  EXPECT_EQ(points.points.at(minute + 1)[StatsCount::kDelivered], 1u);
}

TEST_F(StatisticsTest, WhatWasWrittenIsNotCountedTwice) {
  Create("a");
  for (int i = 1; i <= 5; ++i) {
    Emit();
    EXPECT_EQ(Events(), static_cast<uint64_t>(i));
    clock_.Advance(absl::Seconds(15));
    EXPECT_EQ(Events(), static_cast<uint64_t>(i));
  }
  EXPECT_GT(store_.stats_rows_written(), 0);
  EXPECT_EQ(engine_->statistics()->bytes(), 0u);
}

TEST_F(StatisticsTest, WhatIsCountedDuringAWriteIsNeitherLostNorCountedTwice) {
  Create("a");
  Emit(2);
  store_.HoldCommits();
  clock_.Advance(absl::Seconds(15));  // written, and not answered
  EXPECT_EQ(Events(), 2u);
  Emit(3);  // stored, and not answered
  EXPECT_EQ(Events(), 2u);
  store_.ReleaseCommits();
  EXPECT_EQ(Events(), 5u);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Events(), 5u);
}

TEST_F(StatisticsTest, AWriteThatFailsIsRepeated) {
  Create("a");
  Emit(2);
  store_.FailWrites(absl::UnavailableError("the disk is full"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Events(), 2u);
  EXPECT_EQ(store_.stats_rows_written(), 0);
  store_.FailWrites(absl::OkStatus());
  Emit();
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Events(), 3u);
  EXPECT_EQ(engine_->statistics()->bytes(), 0u);
}

TEST_F(StatisticsTest, AfterACrashAllIsCountedAgain) {
  const StatsOwner webhook{.webhook_key = Create("a"), .project = ""};
  Emit(2);
  Answer(200);
  clock_.Advance(absl::Seconds(15));  // these are in the store
  Emit(2);
  Answer(404, absl::Milliseconds(300));
  Crash();
  Start();
  for (const StatsOwner& owner : {webhook, project_}) {
    const StatsReader::Points points = Read(owner);
    EXPECT_THAT(points.gaps, IsEmpty());
    EXPECT_EQ(points.points[0][StatsCount::kEventsMatched], 4u);
    EXPECT_EQ(points.points[0][StatsCount::kDelivered], 1u);
    EXPECT_EQ(points.points[0][StatsCount::k4xx], 1u);
    EXPECT_GE(points.points[0].latency.max(), absl::Milliseconds(300));
  }
  Crash();
  Start();
  EXPECT_EQ(Events(), 4u);
}

TEST_F(StatisticsTest, UntilTheyAreCountedAgainTheSpanIsAGap) {
  Create("a");
  Emit(2);
  Crash();
  store_.FailReads(absl::OkStatus());
  http_ = std::make_unique<FakeHttpClient>();
  engine_ =
      Engine::Create(
          {.store = &store_, .http = http_.get(), .clock = &clock_, .random = &random_, .metrics = &metrics_})
          .value();
  ASSERT_TRUE(engine_->Start().ok());
  EXPECT_EQ(Events(), 0u);
  const std::vector<StatsGap> gaps = Read(project_).gaps;
  ASSERT_THAT(gaps, SizeIs(1));
  EXPECT_LE(gaps[0].start, clock_.Now());
  EXPECT_GT(gaps[0].end, gaps[0].start);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Events(), 2u);
  EXPECT_THAT(Read(project_).gaps, IsEmpty());
}

TEST_F(StatisticsTest, ACrashWhileItIsCountedAgainLosesNothing) {
  for (int i = 0; i < 300; ++i) Create("w" + std::to_string(i));
  Emit(5);  // more records than are read at a time, for more owners than are written at a time
  for (int crash = 0; crash < 3; ++crash) {
    Crash();
    http_ = std::make_unique<FakeHttpClient>();
    engine_ = Engine::Create({.store = &store_,
                              .http = http_.get(),
                              .clock = &clock_,
                              .random = &random_,
                              .metrics = &metrics_})
                  .value();
    ASSERT_TRUE(engine_->Start().ok());
    clock_.FireDue();  // the first page alone
  }
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Events(), 5u);
  EXPECT_THAT(Read(project_).gaps, IsEmpty());
}

TEST_F(StatisticsTest, AfterACleanStopNothingIsCountedAgain) {
  const StatsOwner webhook{.webhook_key = Create("a"), .project = ""};
  Emit(2);
  Stop();
  const int64_t rows = store_.stats_rows_written();
  EXPECT_GT(rows, 0);
  Start();
  EXPECT_EQ(Events(), 2u);
  EXPECT_EQ(Count(webhook, StatsCount::kEventsMatched), 2u);
  EXPECT_EQ(store_.stats_rows_written(), rows);
  EXPECT_THAT(Read(project_).gaps, IsEmpty());
}

TEST_F(StatisticsTest, EventsThatAreStoredWhileTheLogBeginsAreCounted) {
  Create("a");
  Crash();
  store_.FailWrites(absl::UnavailableError("later"));
  http_ = std::make_unique<FakeHttpClient>();
  engine_ =
      Engine::Create(
          {.store = &store_, .http = http_.get(), .clock = &clock_, .random = &random_, .metrics = &metrics_})
          .value();
  ASSERT_TRUE(engine_->Start().ok());
  store_.FailWrites(absl::OkStatus());
  Emit(2);  // before the log could begin
  clock_.Advance(absl::Minutes(1));
  Emit();
  EXPECT_EQ(Events(), 3u);
}

TEST_F(StatisticsTest, ManyWebhooksWithFewEventsAreWrittenRarely) {
  for (int i = 0; i < 2000; ++i) Create("w" + std::to_string(i));
  Emit();
  clock_.Advance(absl::Minutes(1));
  EXPECT_LT(store_.stats_rows_written(), 10);
  Emit();
  clock_.Advance(absl::Minutes(5));
  // One row for both events.
  EXPECT_LT(store_.stats_rows_written(), 2020);
  EXPECT_GE(store_.stats_rows_written(), 2000);
  EXPECT_EQ(engine_->statistics()->bytes(), 0u);
}

TEST_F(StatisticsTest, ADamagedHourIsAGapAndNoError) {
  Create("a");
  Emit();
  clock_.Advance(absl::Seconds(15));
  store_.DamageStats();
  const StatsReader::Points points = Read(project_);
  EXPECT_EQ(points.points[0][StatsCount::kEventsMatched], 0u);
  ASSERT_THAT(points.gaps, SizeIs(1));
  EXPECT_EQ(points.gaps[0].end - points.gaps[0].start, absl::Hours(1));
  EXPECT_GT(metrics_.stats_damaged.Value(), 0);
  // What is counted from then on is kept, and the gap stays.
  Emit();
  clock_.Advance(absl::Seconds(15));
  EXPECT_EQ(Events(), 1u);
  EXPECT_THAT(Read(project_).gaps, SizeIs(1));
}

TEST_F(StatisticsTest, AfterTheClockWasSetBackNowIncludesTheNewestEvent) {
  Create("a");
  Emit();
  clock_.JumpTo(clock_.Now() - absl::Hours(48));
  EXPECT_GE(engine_->stats_reader()->Now() + absl::Hours(1), clock_.Now() + absl::Hours(48));
}

TEST_F(StatisticsTest, WhatMayHaveBeenDeletedBeforeItWasCountedIsAGap) {
  const Retention::Options retention{.keep = absl::Hours(24), .keep_delivered = absl::Hours(1)};
  Create("a");
  Emit();
  Crash();
  clock_.Advance(absl::Hours(3));
  Start(retention);
  EXPECT_EQ(Events(), 1u);
  ASSERT_THAT(Read(project_).gaps, SizeIs(1));
}

TEST_F(StatisticsTest, EventsOfProjectsAreCountedSinceATime) {
  Emit(3);
  clock_.Advance(absl::Seconds(15));
  Emit(2);
  std::vector<int64_t> counts;
  engine_->stats_reader()->CountEvents({"p", "q"}, clock_.Now() - absl::Hours(24),
                                       [&](auto counted) { counts = counted.value(); });
  EXPECT_THAT(counts, ElementsAre(5, 0));
  clock_.Advance(absl::Hours(30));
  engine_->stats_reader()->CountEvents({"p"}, clock_.Now() - absl::Hours(24),
                                       [&](auto counted) { counts = counted.value(); });
  EXPECT_THAT(counts, ElementsAre(0));
}

// Statistics alone, with little memory.
TEST(StatisticsMemoryTest, CountsThatDoNotFitAreDroppedAndCountedAgain) {
  FakeClock clock;
  Metrics metrics;
  FakeStore store(&clock);
  int dropped = 0;
  Statistics statistics({.store = &store,
                         .clock = &clock,
                         .metrics = &metrics,
                         .on_dropped = [&] { ++dropped; },
                         .max_bytes = 10'000});
  statistics.Start();
  EXPECT_EQ(dropped, 1);  // the log began, so that an earlier one may have to be counted
  store.FailWrites(absl::UnavailableError("away"));
  const int64_t first = FirstKeyAt(clock.Now());
  for (int64_t i = 1; i <= 1000; ++i) statistics.CountEvent({"p", 1}, first + i, {first + i * 7});
  EXPECT_LE(statistics.bytes(), 10'000u);
  store.FailWrites(absl::OkStatus());
  clock.Advance(absl::Minutes(1));
  EXPECT_EQ(dropped, 2);
  std::vector<StatsLog> logs;
  store.ReadStatsLogs([&](auto read) { logs = read.value(); });
  EXPECT_THAT(logs, SizeIs(1));
}

}  // namespace
}  // namespace hookd
