// Statistics of several processes on one PostgreSQL, and of a store that an older hookd made.
#include <algorithm>
#include <memory>

#include "base/ids.h"
#include "delivery/statistics/recount.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/postgres/postgres_store.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/postgres/new_store_database.h"
#include "tests/unit/store/postgres/older_version.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const StatsOwner kProject{.webhook_key = 0, .project = "p"};

std::shared_ptr<const StatsBatch> Share(StatsBatch batch) {
  return std::make_shared<const StatsBatch>(std::move(batch));
}

class PostgresStatsTest : public ::testing::Test {
 protected:
  // A process.
  struct Process {
    explicit Process(const std::string& url, Clock* clock)
        : store(PostgresStore::Create({.url = url, .clock = clock}).value()), calls(store.get()) {}
    StatsWritten Begin() {
      return calls.WriteStats([](const StatsSession&) { return Share({.begin = true}); }).value();
    }
    bool Add(const StatsLog& log, std::vector<StatsRow> rows, int64_t position, bool clean = false) {
      StatsBatch batch{.log = log.id, .version = log.version, .clean = clean, .rows = std::move(rows)};
      batch.positions.assign(kStatsPartitions, position);
      return calls.WriteStats([&](const StatsSession&) { return Share(batch); })->written;
    }

    std::unique_ptr<PostgresStore> store;
    BlockingStore calls;
  };

  std::unique_ptr<Process> Open() { return std::make_unique<Process>(url_, &clock_); }
  void Execute(const std::string& sql) {
    const absl::Status status = PostgresConnection::Open(url_, "test").value()->Execute(sql);
    EXPECT_TRUE(status.ok()) << status;
  }

  static int64_t Accept(Process& process) {
    return process.calls.AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {}}})->events.at(0).key;
  }
  static StatsRow OneEvent(int64_t hour) {
    StatsMinute minute;
    minute.counts[StatsCount::kEventsAccepted] = 1;
    return {.owner = kProject, .hour = hour, .minutes = {minute}};
  }
  static uint64_t Events(Process& process, int64_t hour) {
    uint64_t events = 0;
    const auto page =
        process.calls.ReadStats({.owners = {kProject}, .first_hour = hour, .end_hour = hour + 1});
    for (const StatsHour& read : page->hours) events += read.total[StatsCount::kEventsAccepted];
    return events;
  }

  FakeClock clock_;
  const std::string url_ = NewStoreDatabase();
};

TEST_F(PostgresStatsTest, CountsOfTwoProcessesAddUpAndAreRowsOfTheirOwn) {
  const auto first = Open(), second = Open();
  Accept(*first);
  const StatsWritten a = first->Begin(), b = second->Begin();
  EXPECT_NE(a.session.slot, b.session.slot);
  EXPECT_EQ(a.begun->slot, a.session.slot);
  EXPECT_TRUE(first->Add(*a.begun, {OneEvent(500)}, a.begun->first_key));
  EXPECT_TRUE(second->Add(*b.begun, {OneEvent(500)}, b.begun->first_key));
  EXPECT_EQ(Events(*first, 500), 2u);
  EXPECT_EQ(Events(*second, 500), 2u);
}

TEST_F(PostgresStatsTest, WhatAProcessLeftUncountedIsForAnother) {
  auto first = Open();
  const auto second = Open();
  Execute("DELETE FROM stats_logs");  // those of before
  second->Begin();
  const StatsLog log = *first->Begin().begun;
  const int64_t event = Accept(*first);
  EXPECT_THAT(*second->calls.ReadStatsLogs(), IsEmpty());  // it lives
  first.reset();
  clock_.Advance(absl::Minutes(2));
  const std::vector<StatsLog> logs = *second->calls.ReadStatsLogs();
  ASSERT_THAT(logs, SizeIs(1));
  EXPECT_EQ(logs[0].id, log.id);
  EXPECT_TRUE(logs[0].over);
  EXPECT_FALSE(logs[0].ended);
  EXPECT_GE(logs[0].end_key, event);
  const auto records = second->calls.ReadStatsRecords(
      {.slot = logs[0].slot, .after_key = logs[0].first_key, .to_key = logs[0].end_key, .limit = 10});
  EXPECT_THAT(records->events, SizeIs(1));
  EXPECT_TRUE(second->Add(logs[0], {OneEvent(500)}, logs[0].end_key, /*clean=*/true));
  EXPECT_THAT(*second->calls.ReadStatsLogs(), IsEmpty());
}

TEST_F(PostgresStatsTest, RecordsOfOtherSlotsAreNotRead) {
  const auto first = Open(), second = Open();
  Accept(*first);
  const int64_t event = Accept(*second);
  const auto records =
      first->calls.ReadStatsRecords({.slot = SlotOfKey(event), .to_key = event + 1, .limit = 10});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_THAT(records->events, SizeIs(1));
  EXPECT_EQ(records->events[0].key, event);
  EXPECT_THAT(first->calls.ReadStatsRecords({.slot = -1, .to_key = event + 1, .limit = 10})->events,
              SizeIs(2));
}

TEST_F(PostgresStatsTest, ANewHolderOfASlotEndsTheLogOfTheOneBefore) {
  auto first = Open();
  const StatsWritten before = first->Begin();
  const int64_t event = Accept(*first);
  first.reset();
  Execute("UPDATE nodes SET expire_time = CASE WHEN slot = " + std::to_string(before.session.slot) +
          " THEN -1 ELSE expire_time END");  // so that it is the next to be taken
  const auto second = Open();
  const StatsWritten after = second->Begin();
  ASSERT_EQ(after.session.slot, before.session.slot);
  EXPECT_NE(after.session.generation, before.session.generation);
  EXPECT_GE(after.begun->first_key, event);
  clock_.Advance(absl::Minutes(2));
  const std::vector<StatsLog> logs = *second->calls.ReadStatsLogs();
  const auto ended =
      std::find_if(logs.begin(), logs.end(), [&](const StatsLog& log) { return log.id == before.begun->id; });
  ASSERT_NE(ended, logs.end());
  EXPECT_TRUE(ended->ended);
  EXPECT_EQ(ended->end_key, after.begun->first_key);
}

TEST_F(PostgresStatsTest, WhatAnOlderVersionStoredIsCountedAgain) {
  int64_t event = 0;
  {
    const auto old = Open();
    event = Accept(*old);
    Accept(*old);
  }
  Execute(kBackToVersion3);
  auto process = Open();
  process->Begin();
  clock_.Advance(absl::Hours(24 * 3650));  // the migration took the server's time
  Recount recount({.store = process->store.get(), .clock = &clock_});
  recount.Wake();
  const int64_t hour = HourOf(TimeOfKey(event));
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Events(*process, hour) < 2 && absl::Now() < deadline) clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Events(*process, hour), 2u);
  recount.Stop();
  process.reset();  // it calls recount back until then
}

}  // namespace
}  // namespace hookd
