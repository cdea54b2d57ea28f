// The log of events with several stores on one PostgreSQL, as several processes have them.
#include "store/postgres/event_log.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/postgres_store.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/postgres/new_store_database.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

EventLogQuery After(int64_t key) {
  EventLogQuery query;
  query.after_key = key;
  query.limit = 1000;
  return query;
}

struct Process {
  explicit Process(const std::string& url) : store(PostgresStore::Create({.url = url}).value()) {}
  std::unique_ptr<Store> store;
  BlockingStore calls{store.get()};
};

TEST(EventHorizonTest, ALookWithoutTransactionsIsSafeAtOnce) {
  postgres::EventHorizon horizon;
  const int64_t look = horizon.Begin();
  EXPECT_EQ(horizon.End(look, {.reach = 10}), 10);
}

TEST(EventHorizonTest, AdvancesOnceTheTransactionsOfALookHaveEndedAlthoughOthersHaveBegun) {
  postgres::EventHorizon horizon;
  EXPECT_EQ(horizon.End(horizon.Begin(), {.reach = 10, .open = {"1/1", "2/1"}}), 0);
  EXPECT_EQ(horizon.End(horizon.Begin(), {.reach = 20, .open = {"2/1"}}), 0);
  EXPECT_EQ(horizon.End(horizon.Begin(), {.reach = 30, .open = {"1/2"}}), 10);
  EXPECT_EQ(horizon.End(horizon.Begin(), {.reach = 40, .open = {"1/3"}}), 30);
}

TEST(EventHorizonTest, ALookThatBeganBeforeAnotherEndedDoesNotProveThatItsTransactionsHaveEnded) {
  postgres::EventHorizon horizon;
  const int64_t early = horizon.Begin();
  EXPECT_EQ(horizon.End(horizon.Begin(), {.reach = 20, .open = {"1/2"}}), 0);
  EXPECT_EQ(horizon.End(early, {.reach = 10, .open = {"3/1"}}), 0);
}

TEST(PostgresEventLogTest, AnEventThatIsCommittedLateIsNotOverlooked) {
  const std::string url = NewStoreDatabase();
  Process one(url), two(url);
  const int64_t before = one.calls.AcceptEvents("p", {{.type = 1, .event = "before"}})->events[0].key;
  // A third process is in the middle of its transaction, which has a slot of its own.
  auto third = PostgresConnection::Open(url, "third").value();
  ASSERT_TRUE(third->Execute("BEGIN").ok());
  const auto now =
      third->Query("SELECT " HOOKD_POSTGRES_NOW " FROM nodes WHERE slot = 63 FOR KEY SHARE").value();
  const int64_t late = FirstKeyAt(absl::FromUnixMicros(now.Int(0, 0))) + (int64_t{63} << 14);
  // Keys of one millisecond are in the order of their slots.
  while (third->Query("SELECT " HOOKD_POSTGRES_NOW).value().Int(0, 0) / 1000 <= now.Int(0, 0) / 1000) {
  }
  const int64_t after = two.calls.AcceptEvents("p", {{.type = 1, .event = "after"}})->events[0].key;
  ASSERT_LT(late, after);
  for (int i = 0; i < 3; ++i) {
    const EventLogPage page = one.calls.ReadEventLog(After(before)).value();
    EXPECT_THAT(page.events, IsEmpty());
    EXPECT_EQ(page.last_key, before);
    EXPECT_EQ(page.newest_key, after);
    EXPECT_FALSE(page.more);
  }
  ASSERT_TRUE(third
                  ->Execute(absl::StrCat("INSERT INTO events SELECT ", late,
                                         ", key, 1, 0, 'late', NULL, NULL FROM projects; COMMIT"))
                  .ok());
  EventLogPage page = one.calls.ReadEventLog(After(before)).value();
  // The keys of the last accepted event may still be ahead of the server's clock.
  while (page.last_key < page.newest_key) page = one.calls.ReadEventLog(After(before)).value();
  ASSERT_THAT(page.events, SizeIs(2));
  EXPECT_EQ(page.events[0].event.event, "late");
  EXPECT_EQ(page.events[1].event.event, "after");
}

TEST(PostgresEventLogTest, AReaderMissesNoEventOfProcessesThatAcceptAtTheSameTime) {
  const std::string url = NewStoreDatabase();
  constexpr int kProcesses = 3, kEach = 100;
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < kProcesses; ++i) processes.push_back(std::make_unique<Process>(url));
  std::vector<std::thread> threads;
  for (const auto& process : processes) {
    threads.emplace_back([&process] {
      for (int i = 0; i < kEach; ++i) {
        ASSERT_TRUE(process->calls.AcceptEvents("p", {{.type = 1, .event = "e"}}).ok());
      }
    });
  }
  Process reader(url);
  std::vector<int64_t> read;
  while (read.size() < kProcesses * kEach) {
    const EventLogPage page = reader.calls.ReadEventLog(After(read.empty() ? 0 : read.back())).value();
    for (const LoggedEvent& logged : page.events) read.push_back(logged.event.key);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(std::is_sorted(read.begin(), read.end()));
  const EventLogPage all = reader.calls.ReadEventLog(After(0)).value();
  ASSERT_THAT(all.events, SizeIs(kProcesses * kEach));
  for (size_t i = 0; i < read.size(); ++i) EXPECT_EQ(all.events[i].event.key, read[i]);
}

}  // namespace
}  // namespace hookd
