// How SQLite runs the queries of the embedded store: what keeps them fast with ten million deliveries.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SqlitePlanTest : public ::testing::Test {
 protected:
  // The plan of a query, as SQLite explains it.
  std::string Plan(const std::string& sql) {
    const auto explain = database_->Prepare("EXPLAIN QUERY PLAN " + sql).value();
    std::string plan;
    while (explain->Step().value()) absl::StrAppend(&plan, explain->Text(3), "\n");
    return plan;
  }

  TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<SqliteStore> store_ =
      SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_}).value();
  std::unique_ptr<Database> database_ = Database::Open(folder_.path() + "/hookd.db", false).value();
};

// No walk over a whole table.
const auto kScansNothing = Not(AnyOf(HasSubstr("SCAN d"), HasSubstr("SCAN events"),
                                     HasSubstr("SCAN deliveries"), HasSubstr("SCAN outcomes")));

// Nothing is sorted. Otherwise a bounded number of keys is taken from the index, and sifted.
bool InOrderOfTheIndex(const std::string& plan) {
  return !absl::StrContains(plan, "TEMP B-TREE") && !absl::StrContains(plan, "LIST SUBQUERY");
}

TEST_F(SqlitePlanTest, EveryListOfDeliveriesRunsOnAnIndex) {
  for (int mask = 0; mask < 4; ++mask) {
    for (int state = 0; state <= 4; ++state) {
      for (const bool of_webhook : {false, true}) {
        DeliveryQuery query{.project = "p", .limit = 10};
        if (mask & 1) query.event_key = 1;
        if (mask & 2) query.event_type = 1;
        if (state > 0) query.state = static_cast<DeliveryState>(state);
        if (of_webhook) query.webhook_id = "w";
        const std::string sql = sqlite::ListDeliveriesSql(query);
        const std::string plan = Plan(sql);
        EXPECT_THAT(plan, kScansNothing) << sql;
        EXPECT_THAT(plan, HasSubstr("SEARCH d ")) << sql;
        if (query.event_key.has_value()) {
          EXPECT_THAT(plan, HasSubstr("SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)")) << sql;
        } else if (query.state == DeliveryState::kPending) {
          // No more of a webhook's than a page are read and sorted, but for retries.
          const std::string index =
              absl::StrCat("USING ", query.event_type ? "" : "COVERING ",
                           "INDEX deliveries_waiting (webhook_key=? AND next_attempt_time");
          EXPECT_THAT(plan, HasSubstr(absl::StrCat("SEARCH d ", index,
                                                   "=? AND state=? AND rowid>? AND rowid<?)\n"
                                                   "CORRELATED SCALAR SUBQUERY")))
              << sql;
          EXPECT_THAT(plan, HasSubstr(absl::StrCat("SEARCH d ", index, ">?)"))) << sql;
        } else if (query.state == DeliveryState::kFailed || query.state == DeliveryState::kCanceled) {
          EXPECT_THAT(
              plan, HasSubstr(of_webhook ? "deliveries_missed_by_webhook (webhook_key=? AND state=? AND rowid"
                                         : "deliveries_missed_by_project (project=? AND state=? AND rowid"))
              << sql;
          EXPECT_EQ(InOrderOfTheIndex(plan), !query.event_type.has_value()) << sql << plan;
        } else if (query.event_type.has_value()) {
          EXPECT_THAT(plan, HasSubstr(of_webhook ? "deliveries_by_webhook (webhook_key=? AND event_type=?"
                                                 : "deliveries_by_project (project=? AND event_type=?"))
              << sql;
          EXPECT_EQ(InOrderOfTheIndex(plan), !query.state.has_value()) << sql << plan;
        } else {
          // One run a type, merged; only the page's own rows are sorted.
          EXPECT_THAT(plan, HasSubstr("MERGE (UNION ALL)")) << sql;
        }
      }
    }
  }
}

TEST_F(SqlitePlanTest, WhatWaitsIsFoundByAnIndexOfThatAlone) {
  using Which = PendingQuery::Which;
  for (const Which which : {Which::kNew, Which::kDue, Which::kBoth}) {
    const std::string plan = Plan(sqlite::ReadPendingSql(which));
    EXPECT_THAT(plan, HasSubstr("SEARCH"));
    EXPECT_THAT(plan, HasSubstr("deliveries_waiting"));
    EXPECT_THAT(plan, Not(HasSubstr("SCAN deliveries")));
    // Only those due at the same moment are sorted; and an ordered webhook's few retries, among what is new.
    if (which != Which::kBoth)
      EXPECT_THAT(plan, AllOf(kScansNothing, Not(HasSubstr("TEMP B-TREE FOR ORDER BY")))) << plan;
  }
  EXPECT_THAT(Plan(sqlite::ReadPendingSql(Which::kThese)),
              AllOf(HasSubstr("SEARCH d USING INTEGER PRIMARY KEY (rowid=?)"), kScansNothing));
  EXPECT_THAT(Plan(sqlite::kLoadBacklogsSql), HasSubstr("COVERING INDEX deliveries_waiting"));
}

TEST_F(SqlitePlanTest, APageOfProjectsIsReadInTheOrderOfItsIndex) {
  for (const bool of_token : {false, true}) {
    ProjectQuery query{.limit = 10};
    if (of_token) query.ids = {"a"};
    const std::string plan = Plan(sqlite::ListProjectsSql(query));
    EXPECT_THAT(plan, HasSubstr("SEARCH p USING INDEX sqlite_autoindex_projects_1 (name")) << plan;
    EXPECT_TRUE(of_token || InOrderOfTheIndex(plan)) << plan;
  }
}

TEST_F(SqlitePlanTest, TheLogOfOutcomesIsReadFromAKeyOn) {
  EXPECT_THAT(Plan(sqlite::kReadOutcomesSql),
              HasSubstr("SEARCH outcomes USING INTEGER PRIMARY KEY (rowid>?)"));
}

}  // namespace
}  // namespace hookd
