// The search index in the file of the embedded store.
#include "base/ids.h"
#include "gtest/gtest.h"
#include "store/sqlite/database.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/search/content_format.h"

namespace hookd {
namespace {

class SqliteSearchTest : public ::testing::Test {
 protected:
  void Open(bool enabled = true) {
    store_.reset();
    search::Indexer::Options search = TestSearchOptions();
    search.enabled = enabled;
    store_ = SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_, .search = search}).value();
    calls_.emplace(store_.get());
  }

  void Emit(int count) {
    for (int i = 0; i < count; ++i) {
      clock_.Advance(absl::Milliseconds(1));
      const std::string event = absl::StrCat("user=#", i % 10);
      ASSERT_TRUE(calls_->AcceptEvents("p", {{.type = 1, .event = event}}).ok());
    }
  }

  void IndexAll() {
    while (calls_->IndexEvents().value()) {
    }
  }

  size_t Find(const std::string& content) {
    EventQuery query;
    query.project = "p";
    query.content = {TestKey(content)};
    query.limit = 1000;
    size_t found = 0;
    while (true) {
      const EventPage page = calls_->ListEvents(query).value();
      found += page.events.size();
      if (!page.examined_to.has_value()) return found;
      query.max_key = *page.examined_to - 1;  // a slow machine ended the page early
    }
  }

  // A number in the file, while the store is closed.
  int64_t Ask(const std::string& sql) {
    store_.reset();
    return Database::Open(folder_.path() + "/hookd.db", false).value()->QueryInt(sql).value();
  }

  TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<SqliteStore> store_;
  std::optional<BlockingStore> calls_;
};

TEST_F(SqliteSearchTest, TheIndexIsDeletedWhenItIsTurnedOff) {
  Open();
  Emit(50);
  IndexAll();
  Open(/*enabled=*/false);
  EXPECT_EQ(Find("user=#3"), 5) << "before it is deleted";
  IndexAll();
  EXPECT_EQ(Find("user=#3"), 5);
  EXPECT_EQ(Ask("SELECT count(*) FROM search_blocks"), 0);
  Open();
  IndexAll();
  EXPECT_EQ(Find("user=#3"), 5);
  EXPECT_GT(Ask("SELECT count(*) FROM search_blocks"), 0);
}

TEST_F(SqliteSearchTest, ADamagedIndexFailsNoSearch) {
  Open();
  Emit(50);
  IndexAll();
  store_.reset();
  ASSERT_TRUE(Database::Open(folder_.path() + "/hookd.db", false)
                  .value()
                  ->Execute("UPDATE search_blocks SET data = x'0011223344'")
                  .ok());
  Open();
  EXPECT_EQ(Find("user=#3"), 5);
  EXPECT_GT(store_->search_figures().damages, 0);
}

TEST_F(SqliteSearchTest, AnIndexWithDamagedRowsIsRebuilt) {
  for (const char* damage :
       {"UPDATE search_index SET seed = x'00'", "UPDATE search_index SET seed = randomblob(16)",
        "UPDATE search_index SET position = position - 1", "DELETE FROM search_index",
        "INSERT INTO search_index SELECT * FROM search_index", "UPDATE search_index SET next_segment = 1",
        "UPDATE search_segments SET last_key = last_key + 1 WHERE id = (SELECT min(id) FROM search_segments)",
        "DELETE FROM search_segments WHERE id = (SELECT min(id) FROM search_segments)",
        "DELETE FROM search_segments WHERE id = (SELECT max(id) FROM search_segments)",
        "DELETE FROM search_segments", "DELETE FROM search_index; DELETE FROM search_segments",
        // As it was written after a damaged run between others.
        "UPDATE search_segments SET first_key = (SELECT min(first_key) FROM search_segments) WHERE id = "
        "(SELECT max(id) FROM search_segments)"}) {
    SCOPED_TRACE(damage);
    Open();
    Emit(100);
    IndexAll();
    const size_t found = Find("user=#3");
    store_.reset();
    {
      const auto database = Database::Open(folder_.path() + "/hookd.db", false).value();
      ASSERT_TRUE(
          database->Execute("DROP TABLE IF EXISTS old; CREATE TABLE old AS SELECT seed FROM search_index")
              .ok());
      ASSERT_TRUE(database->Execute(damage).ok());
    }
    Open();
    IndexAll();
    EXPECT_EQ(Find("user=#3"), found);
    Emit(100);
    IndexAll();
    EXPECT_EQ(Find("user=#3"), found + 10);
    EXPECT_EQ(store_->search_figures().damages, 0);
    EXPECT_EQ(Ask("SELECT count(*) FROM search_index WHERE seed NOT IN (SELECT seed FROM old)"), 1);
    EXPECT_EQ(Ask("SELECT count(*) FROM search_blocks WHERE key >> 16 NOT IN (SELECT id FROM "
                  "search_segments)"),
              0);
  }
}

TEST_F(SqliteSearchTest, NoKeyIsGivenBelowWhatIsIndexed) {
  Open();
  Emit(8);
  IndexAll();
  const int64_t position = store_->search_figures().indexed_to;
  const int64_t all = FirstKeyAt(clock_.Now() + absl::Hours(1));
  ASSERT_TRUE(calls_->Purge(all, all, 1000).ok());
  // Nothing else in the file tells how late it was.
  clock_.JumpTo(clock_.Now() - absl::Hours(1));
  Open();
  Emit(8);
  IndexAll();
  EXPECT_GT(store_->search_figures().indexed_to, position);
  EXPECT_EQ(Find("user=#3"), 1);
}

TEST_F(SqliteSearchTest, ABackupHasTheIndex) {
  Open();
  Emit(50);
  IndexAll();
  std::string copy;
  ASSERT_TRUE(store_
                  ->Backup([&](absl::string_view data, int64_t) {
                    copy.append(data.data(), data.size());
                    return true;
                  })
                  .ok());
  EXPECT_NE(copy.find("search_blocks"), std::string::npos);
}

}  // namespace
}  // namespace hookd
