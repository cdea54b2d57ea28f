// The conformance suite: statistics.
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/stats/stats_rows.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const StatsOwner kProject{.webhook_key = 0, .project = "p"};

std::shared_ptr<const StatsBatch> Share(StatsBatch batch) {
  return std::make_shared<const StatsBatch>(std::move(batch));
}

StatsLog Begin(BlockingStore& calls) {
  const auto written = calls.WriteStats([](const auto&) { return Share({.begin = true}); });
  EXPECT_TRUE(written.ok()) << written.status();
  return written->begun.value();
}

StatsRow OneEvent(StatsOwner owner, int64_t hour, int minute = 0) {
  StatsMinute counts{.minute = minute};
  counts.counts[StatsCount::kEventsAccepted] = 1;
  return {.owner = std::move(owner), .hour = hour, .minutes = {counts}};
}

// Adds rows, and moves all positions to that key.
StatsWritten Add(BlockingStore& calls, StatsLog& log, std::vector<StatsRow> rows, int64_t position) {
  StatsBatch batch{.log = log.id, .version = log.version, .rows = std::move(rows)};
  batch.positions.assign(kStatsPartitions, position);
  const auto written = calls.WriteStats([&batch](const auto&) { return Share(batch); });
  EXPECT_TRUE(written.ok()) << written.status();
  if (written->written) ++log.version;
  return *written;
}

TEST_P(StoreConformanceTest, StatsOfAnHourAddUp) {
  const Webhook webhook = Create();
  const StatsOwner owner{.webhook_key = webhook.key, .project = ""};
  StatsLog log = Begin(*calls_);
  EXPECT_TRUE(
      Add(*calls_, log, {OneEvent(owner, 500, 7), OneEvent(kProject, 500), OneEvent(kProject, 525)}, 50)
          .written);
  StatsRow both = OneEvent(owner, 500, 7);
  both.minutes.push_back(OneEvent(owner, 500, 8).minutes[0]);
  EXPECT_TRUE(Add(*calls_, log, {both}, 60).written);
  const auto page =
      calls_->ReadStats({.owners = {owner, kProject}, .first_hour = 500, .end_hour = 525, .minutes = true});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->known, ElementsAre(true, true));
  ASSERT_THAT(page->hours, SizeIs(2));
  for (const StatsHour& hour : page->hours) {
    EXPECT_EQ(hour.hour, 500);
    EXPECT_FALSE(hour.damaged);
    if (hour.owner == 1) continue;
    EXPECT_EQ(hour.counted_to, 60);
    EXPECT_EQ(hour.total[StatsCount::kEventsAccepted], 3u);
    ASSERT_THAT(hour.minutes, SizeIs(2));
    EXPECT_EQ(hour.minutes[0].minute, 7);
    EXPECT_EQ(hour.minutes[0].counts[StatsCount::kEventsAccepted], 2u);
  }
}

TEST_P(StoreConformanceTest, StatsOfADeletedProjectAreNotAddedToTheNextOneWithItsId) {
  const Webhook webhook = Create();
  const int64_t former = calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {}}})->project_key;
  EXPECT_EQ(former, calls_->GetProject("p")->key);
  EXPECT_EQ(webhook.project_key, former);
  EXPECT_EQ(store_->LoadWebhooks()->at(0).project_key, former);
  ASSERT_TRUE(calls_->DeleteProject("p").ok());
  const int64_t next = Create().project_key;
  EXPECT_GT(next, former);
  StatsLog log = Begin(*calls_);
  StatsRow of_former = OneEvent(kProject, 500), of_next = OneEvent(kProject, 501);
  of_former.owner.project_key = former;
  of_next.owner.project_key = next;
  EXPECT_TRUE(Add(*calls_, log, {of_former, of_next}, 50).written);
  const auto page = calls_->ReadStats({.owners = {kProject, {.webhook_key = webhook.key, .project = ""}},
                                       .first_hour = 500,
                                       .end_hour = 525});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->project_keys, ElementsAre(next, 0));
  ASSERT_THAT(page->hours, SizeIs(1));
  EXPECT_EQ(page->hours[0].hour, 501);
}

TEST_P(StoreConformanceTest, RecordsToCountAgainHaveTheKeyOfTheirProject) {
  const Webhook webhook = Create();
  const int64_t event = Accept({webhook.key}).key;
  const int64_t outcome = Record(event + 1, DeliveryState::kFailed);
  clock_.Advance(absl::Minutes(2));  // longer than a transaction may be in flight
  const auto records = calls_->ReadStatsRecords({.after_key = event - 1, .to_key = outcome, .limit = 10});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_THAT(records->events, SizeIs(1));
  EXPECT_EQ(records->events[0].project_key, webhook.project_key);
  ASSERT_THAT(records->outcomes, SizeIs(1));
  EXPECT_EQ(records->outcomes[0].project_key, webhook.project_key);
}

TEST_P(StoreConformanceTest, StatsOfUnknownOwnersAreNotKnown) {
  Create();
  const auto page =
      calls_->ReadStats({.owners = {{.webhook_key = 17, .project = ""}, {.webhook_key = 0, .project = "q"}},
                         .first_hour = 0,
                         .end_hour = 24});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->known, ElementsAre(false, false));
  EXPECT_THAT(page->hours, IsEmpty());
}

TEST_P(StoreConformanceTest, StatsOfAnotherVersionOfTheLogAreNotAdded) {
  Create();
  StatsLog log = Begin(*calls_);
  StatsLog stale = log;
  EXPECT_TRUE(Add(*calls_, log, {OneEvent(kProject, 500)}, 50).written);
  EXPECT_FALSE(Add(*calls_, stale, {OneEvent(kProject, 500)}, 50).written);
  StatsLog unknown = log;
  unknown.id = 12345;
  EXPECT_FALSE(Add(*calls_, unknown, {OneEvent(kProject, 500)}, 50).written);
  const auto page = calls_->ReadStats({.owners = {kProject}, .first_hour = 500, .end_hour = 501});
  ASSERT_THAT(page->hours, SizeIs(1));
  EXPECT_EQ(page->hours[0].total[StatsCount::kEventsAccepted], 1u);
}

TEST_P(StoreConformanceTest, ALogThatEndedIsToBeCountedUntilItIsFinished) {
  const Webhook webhook = Create();
  Begin(*calls_);
  const int64_t event = Accept({webhook.key, webhook.key}).key;
  const int64_t outcome = Record(event + 1, DeliveryState::kFailed);
  const StatsLog second = Begin(*calls_);
  EXPECT_GE(second.first_key, outcome);
  clock_.Advance(absl::Minutes(2));  // longer than a transaction may be in flight
  const auto logs = calls_->ReadStatsLogs();
  ASSERT_TRUE(logs.ok()) << logs.status();
  ASSERT_FALSE(logs->empty());
  const StatsLog& ended = logs->back();
  EXPECT_TRUE(ended.ended);
  EXPECT_LT(ended.first_key, event);
  EXPECT_GE(ended.end_key, outcome);
  const auto gaps =
      calls_->ReadStats({.owners = {kProject}, .first_hour = 0, .end_hour = 1, .gaps = true})->gaps;
  ASSERT_FALSE(gaps.empty());
  EXPECT_LE(gaps.back().start, TimeOfKey(event));
  EXPECT_GE(gaps.back().end, TimeOfKey(outcome));

  for (const StatsLog& log : *logs) {
    StatsBatch batch{.log = log.id, .version = log.version, .finished = true};
    batch.positions.assign(kStatsPartitions, log.end_key);
    EXPECT_TRUE(calls_->WriteStats([&](const auto&) { return Share(batch); })->written);
  }
  EXPECT_THAT(*calls_->ReadStatsLogs(), IsEmpty());
  EXPECT_THAT(calls_->ReadStats({.owners = {kProject}, .first_hour = 0, .end_hour = 1, .gaps = true})->gaps,
              IsEmpty());
}

TEST_P(StoreConformanceTest, RecordsToCountAreReadInTheOrderOfTheirKeys) {
  const Webhook webhook = Create();
  const int64_t before = Accept({webhook.key}).key;
  const int64_t event = Accept({webhook.key, webhook.key}).key;
  Accept({});
  const int64_t retried = Record(event + 1, DeliveryState::kPending, clock_.Now());
  const int64_t canceled =
      calls_->RecordOutcome({.delivery_key = event + 2, .state = DeliveryState::kCanceled});
  const auto all = calls_->ReadStatsRecords({.after_key = before + 1, .to_key = canceled, .limit = 100});
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->read_to, canceled);
  ASSERT_THAT(all->events, SizeIs(2));
  EXPECT_EQ(all->events[0].key, event);
  EXPECT_EQ(all->events[0].project, "p");
  EXPECT_TRUE(all->events[0].matched);
  EXPECT_FALSE(all->events[1].matched);
  ASSERT_THAT(all->deliveries, SizeIs(2));
  EXPECT_EQ(all->deliveries[1].key, event + 2);
  EXPECT_EQ(all->deliveries[1].webhook_key, webhook.key);
  ASSERT_THAT(all->outcomes, SizeIs(2));
  EXPECT_EQ(all->outcomes[0].key, retried);
  EXPECT_EQ(all->outcomes[0].state, DeliveryState::kPending);
  EXPECT_TRUE(all->outcomes[0].attempted);
  EXPECT_EQ(all->outcomes[0].response_status, 500);
  EXPECT_EQ(all->outcomes[0].total, absl::Microseconds(5));
  EXPECT_EQ(all->outcomes[1].webhook_key, webhook.key);
  EXPECT_EQ(all->outcomes[1].project, "p");
  EXPECT_FALSE(all->outcomes[1].attempted);

  // A page ends where the first kind of record does.
  const auto page = calls_->ReadStatsRecords({.after_key = before + 1, .to_key = canceled, .limit = 1});
  EXPECT_EQ(page->read_to, event);
  EXPECT_THAT(page->events, SizeIs(1));
  EXPECT_THAT(page->deliveries, IsEmpty());
  EXPECT_THAT(page->outcomes, IsEmpty());
}

TEST_P(StoreConformanceTest, StatsOutliveTheProcess) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "this store is in memory";
  Create();
  StatsLog log = Begin(*calls_);
  const int64_t event = Accept({}).key;
  Add(*calls_, log, {OneEvent(kProject, 500)}, event);
  StatsBatch end{.log = log.id, .version = log.version, .clean = true};
  end.positions.assign(kStatsPartitions, event);
  ASSERT_TRUE(calls_->WriteStats([&](const auto&) { return Share(end); })->written);
  Open();
  Begin(*calls_);
  const auto page = calls_->ReadStats(
      {.owners = {kProject}, .first_hour = 500, .end_hour = 501, .minutes = true, .gaps = true});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->hours, SizeIs(1));
  EXPECT_EQ(page->hours[0].total[StatsCount::kEventsAccepted], 1u);
  EXPECT_THAT(page->gaps, IsEmpty());
}

TEST_P(StoreConformanceTest, StatsOfDaysBeforeThatOfThePurgeAreDeleted) {
  Create();
  StatsLog log = Begin(*calls_);
  const int64_t now = HourOf(clock_.Now());
  Add(*calls_, log, {OneEvent(kProject, now - 49), OneEvent(kProject, now)}, 50);
  const int64_t before = FirstKeyAt(clock_.Now() - absl::Hours(24));
  const auto purged = calls_->Purge(before, before, 10);
  ASSERT_TRUE(purged.ok()) << purged.status();
  EXPECT_EQ(purged->count, 0);
  const auto page = calls_->ReadStats({.owners = {kProject}, .first_hour = now - 50, .end_hour = now + 1});
  ASSERT_THAT(page->hours, SizeIs(1));
  EXPECT_EQ(page->hours[0].hour, now);
}

TEST_P(StoreConformanceTest, StatsOfAProjectThatDoesNotExistAreDropped) {
  Create();
  StatsLog log = Begin(*calls_);
  EXPECT_TRUE(
      Add(*calls_, log, {OneEvent({.webhook_key = 0, .project = "gone"}, 500), OneEvent(kProject, 500)}, 50)
          .written);
  const auto page = calls_->ReadStats({.owners = {kProject}, .first_hour = 500, .end_hour = 501});
  EXPECT_THAT(page->hours, SizeIs(1));
}

TEST_P(StoreConformanceTest, AWriteThatTakesNothingChangesNothing) {
  const auto written = calls_->WriteStats([](const auto&) { return nullptr; });
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_FALSE(written->written);
}

}  // namespace
}  // namespace hookd
