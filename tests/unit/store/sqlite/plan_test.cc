// How SQLite runs the queries of the embedded store: what keeps them fast with ten million deliveries.
#include <set>
#include <string>
#include <vector>

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

// Every filter that differs in how it is read: of each state or several, of an event, of one or several
// types, of a webhook, and of a result.
std::vector<DeliveryFilter> Filters() {
  using State = DeliveryState;
  const std::vector<std::vector<State>> states = {{},
                                                  {State::kPending},
                                                  {State::kDelivered},
                                                  {State::kFailed},
                                                  {State::kCanceled},
                                                  {State::kFailed, State::kCanceled},
                                                  {State::kPending, State::kFailed},
                                                  {State::kDelivered, State::kFailed}};
  std::vector<DeliveryFilter> filters;
  for (const std::vector<State>& of_states : states) {
    for (int mask = 0; mask < 32; ++mask) {
      DeliveryFilter& filter = filters.emplace_back(DeliveryFilter{.states = of_states});
      if (mask & 1) filter.event_keys = {1};
      if (mask & 2) filter.event_types = {1};
      if ((mask & 6) == 4) filter.event_types = {1, 2};
      if (mask & 8) filter.webhook_ids = {"w"};
      if (mask & 16) filter.status_codes = {{500, 599}};
    }
  }
  return filters;
}

TEST_F(SqlitePlanTest, EveryListOfDeliveriesRunsOnAnIndex) {
  using Source = ListPart::Source;
  for (const DeliveryFilter& filter : Filters()) {
    for (const ListPart& part : PartsOf(filter)) {
      const std::string sql = sqlite::ListDeliveriesSql(filter, part);
      const std::string plan = Plan(sql);
      const bool of_webhook = !filter.webhook_ids.empty();
      EXPECT_THAT(plan, kScansNothing) << sql;
      EXPECT_THAT(plan, HasSubstr("SEARCH d ")) << sql;
      switch (part.source) {
        case Source::kEvent:
          EXPECT_THAT(plan, HasSubstr("SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)")) << sql;
          break;
        case Source::kPending: {
          // No more of a webhook's than are examined are read and sorted, but for retries.
          constexpr char kIndex[] =
              "SEARCH d USING COVERING INDEX deliveries_waiting (webhook_key=? AND next_attempt_time";
          EXPECT_THAT(plan, HasSubstr(absl::StrCat(kIndex,
                                                   "=? AND state=? AND rowid>? AND rowid<?)\n"
                                                   "CORRELATED SCALAR SUBQUERY")))
              << sql;
          EXPECT_THAT(plan, HasSubstr(absl::StrCat(kIndex, ">?)"))) << sql;
          break;
        }
        case Source::kMissed:
          EXPECT_THAT(
              plan, HasSubstr(of_webhook ? "deliveries_missed_by_webhook (webhook_key=? AND state=? AND rowid"
                                         : "deliveries_missed_by_project (project=? AND state=? AND rowid"))
              << sql;
          EXPECT_EQ(InOrderOfTheIndex(plan), !IsSifted(filter, part)) << sql << plan;
          break;
        case Source::kAnyState:
          EXPECT_THAT(plan, HasSubstr(of_webhook ? "deliveries_by_webhook (webhook_key=? AND event_type=?"
                                                 : "deliveries_by_project (project=? AND event_type=?"))
              << sql;
          if (filter.event_types.size() == 1) {
            EXPECT_EQ(InOrderOfTheIndex(plan), !IsSifted(filter, part)) << sql << plan;
          } else {
            // One run a type, merged; only the page's own rows are sorted.
            EXPECT_THAT(plan, HasSubstr("MERGE (UNION ALL)")) << sql;
          }
          break;
      }
    }
  }
}

TEST_F(SqlitePlanTest, ListsHaveFewStatementsWhateverTheirFilters) {
  std::set<std::string> statements;
  for (DeliveryFilter filter : Filters()) {
    for (int first = 1; first <= 5; ++first) {
      if (!filter.status_codes.empty())
        filter.status_codes = {{first * 100, first * 100 + 99}, {first, first}};
      for (const ListPart& part : PartsOf(filter)) statements.insert(sqlite::ListDeliveriesSql(filter, part));
    }
  }
  EXPECT_LE(statements.size(), 32U);
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
