// The search index with several stores on one PostgreSQL, as several processes have them.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "gtest/gtest.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/postgres_store.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/postgres/new_store_database.h"
#include "tests/unit/store/search/content_format.h"

namespace hookd {
namespace {

struct Process {
  explicit Process(const std::string& url)
      : store(PostgresStore::Create({.url = url, .search = TestSearchOptions()}).value()) {}

  // Slices until there is nothing more to do, or another process did it.
  void Index() {
    while (true) {
      const auto more = calls.IndexEvents();
      if (!more.ok()) {
        EXPECT_TRUE(absl::IsAborted(more.status())) << more.status();
        continue;
      }
      if (!*more) return;
    }
  }

  size_t Find(const std::string& content) {
    EventQuery query;
    query.project = "p";
    query.content = {TestKey(content)};
    query.limit = 1000;
    size_t found = 0;
    while (true) {
      const EventPage page = calls.ListEvents(query).value();
      found += page.events.size();
      if (!page.examined_to.has_value()) return found;
      query.max_key = *page.examined_to - 1;  // a slow machine ended the page early
    }
  }

  std::unique_ptr<Store> store;
  BlockingStore calls{store.get()};
};

TEST(PostgresSearchTest, AnEventThatIsCommittedLateIsIndexed) {
  const std::string url = NewStoreDatabase();
  Process one(url);
  ASSERT_TRUE(one.calls.AcceptEvents("p", {{.type = 1, .event = "user=#1"}}).ok());
  // Another process is in the middle of its transaction, which has a slot of its own.
  auto other = PostgresConnection::Open(url, "other").value();
  ASSERT_TRUE(other->Execute("BEGIN").ok());
  const auto now =
      other->Query("SELECT " HOOKD_POSTGRES_NOW " FROM nodes WHERE slot = 63 FOR KEY SHARE").value();
  const int64_t late = FirstKeyAt(absl::FromUnixMicros(now.Int(0, 0))) + (int64_t{63} << 14);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(one.calls.AcceptEvents("p", {{.type = 1, .event = "user=#1"}}).ok());
  }
  one.Index();
  EXPECT_LT(one.store->search_figures().indexed_to, late);
  ASSERT_TRUE(other
                  ->Execute(absl::StrCat("INSERT INTO events SELECT ", late,
                                         ", key, 1, 0, 'user=#2', NULL, NULL FROM projects; COMMIT"))
                  .ok());
  while (one.store->search_figures().indexed_to < late) one.Index();
  EXPECT_EQ(one.Find("user=#2"), 1);
  EXPECT_EQ(one.Find("user=#1"), 21);
}

TEST(PostgresSearchTest, AnIndexWithDamagedRowsIsRebuiltByOneOfSeveralProcesses) {
  const std::string url = NewStoreDatabase();
  Process one(url), other(url);
  const auto connection = PostgresConnection::Open(url, "damage").value();
  size_t events = 0;
  for (const char* damage :
       {"UPDATE search_index SET seed = '\\x00'",
        "UPDATE search_index SET seed = decode(md5(random()::text), 'hex')",
        "UPDATE search_index SET position = position - 1", "DELETE FROM search_index",
        "INSERT INTO search_index SELECT * FROM search_index",
        "UPDATE search_index SET version = 9223372036854775807", "UPDATE search_index SET next_segment = 1",
        "UPDATE search_segments SET last_key = last_key + 1 WHERE id = (SELECT min(id) FROM search_segments)",
        "DELETE FROM search_segments WHERE id = (SELECT min(id) FROM search_segments)",
        "DELETE FROM search_segments WHERE id = (SELECT max(id) FROM search_segments)",
        "DELETE FROM search_segments", "DELETE FROM search_index; DELETE FROM search_segments",
        // As it was written after a damaged run between others.
        "UPDATE search_segments SET first_key = (SELECT min(first_key) FROM search_segments) WHERE id = "
        "(SELECT max(id) FROM search_segments)"}) {
    SCOPED_TRACE(damage);
    for (int i = 0; i < 50; ++i, ++events) {
      ASSERT_TRUE(one.calls.AcceptEvents("p", {{.type = 1, .event = "user=#1"}}).ok());
    }
    one.Index();
    ASSERT_TRUE(
        connection->Execute("DROP TABLE IF EXISTS old; CREATE TABLE old AS SELECT seed FROM search_index")
            .ok());
    ASSERT_TRUE(connection->Execute(damage).ok());
    // As after a restart: the seed is compared with the events once.
    Process restarted(url);
    std::thread at_the_same_time([&] { other.Index(); });
    restarted.Index();
    at_the_same_time.join();
    restarted.Index();
    EXPECT_EQ(one.Find("user=#1"), events);
    EXPECT_EQ(restarted.Find("user=#1"), events);
    const auto left = connection->Query(
        "SELECT (SELECT count(*) FROM search_index WHERE seed NOT IN (SELECT seed FROM old)), (SELECT "
        "count(*) FROM search_blocks WHERE segment NOT IN (SELECT id FROM search_segments))");
    EXPECT_EQ(left->Int(0, 0), 1);
    EXPECT_EQ(left->Int(0, 1), 0);
  }
}

TEST(PostgresSearchTest, ProcessesThatIndexAtTheSameTimeIndexEachEventOnce) {
  const std::string url = NewStoreDatabase();
  constexpr int kProcesses = 2, kEach = 100;
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < kProcesses; ++i) processes.push_back(std::make_unique<Process>(url));
  std::atomic<int> accepting = kProcesses;
  std::vector<std::thread> threads;
  for (const auto& process : processes) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        ASSERT_TRUE(process->calls.AcceptEvents("p", {{.type = 1, .event = absl::StrCat("user=#", i)}}).ok());
      }
      --accepting;
    });
    threads.emplace_back([&] {
      while (accepting > 0) process->Index();
    });
  }
  for (std::thread& thread : threads) thread.join();
  processes[0]->Index();
  for (const auto& process : processes) {
    for (const int user : {0, 50, 99}) EXPECT_EQ(process->Find(absl::StrCat("user=#", user)), kProcesses);
  }
}

}  // namespace
}  // namespace hookd
