// How PostgreSQL runs the queries of the store: what keeps them fast with ten million deliveries.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/postgres/event_log.h"
#include "store/postgres/partitions.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/reads.h"
#include "store/postgres/writes.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/postgres/new_store_database.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PostgresPlanTest : public ::testing::Test {
 protected:
  // The plan of a query, as PostgreSQL explains it for these parameters.
  std::string Plan(const std::string& sql, PostgresParameters parameters) {
    const auto rows = connection_->Query("EXPLAIN (COSTS OFF) " + sql, std::move(parameters));
    EXPECT_TRUE(rows.ok()) << rows.status() << sql;
    std::string plan;
    for (int i = 0; rows.ok() && i < rows->size(); ++i) absl::StrAppend(&plan, rows->Text(i, 0), "\n");
    return plan;
  }

  FakeClock clock_;
  const std::string url_ = NewStoreDatabase();
  std::unique_ptr<PostgresStore> store_ = PostgresStore::Create({.url = url_, .clock = &clock_}).value();
  std::unique_ptr<PostgresConnection> connection_ = PostgresConnection::Open(url_, "test").value();
  const int64_t day_ =
      FirstKeyAt(absl::FromCivil(absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone()), absl::UTCTimeZone()));
  const int64_t end_of_day_ = day_ + (int64_t{24 * 3600 * 1000} << 20) - 1;
};

// No walk over a whole table.
const auto kWalksNothing = Not(AnyOf(HasSubstr("Seq Scan on deliveries"), HasSubstr("Seq Scan on events"),
                                     HasSubstr("Seq Scan on outcomes")));

TEST_F(PostgresPlanTest, EveryListOfDeliveriesRunsOnAnIndexOfOneDay) {
  using State = DeliveryState;
  const std::vector<std::vector<State>> states = {{},
                                                  {State::kPending},
                                                  {State::kDelivered},
                                                  {State::kFailed, State::kCanceled},
                                                  {State::kDelivered, State::kFailed}};
  for (const std::vector<State>& of_states : states) {
    for (int mask = 0; mask < 32; ++mask) {
      DeliveryFilter filter{.states = of_states};
      if (mask & 1) filter.event_keys = {1};
      if (mask & 2) filter.event_types = {1};
      if ((mask & 6) == 4) filter.event_types = {1, 2};
      if (mask & 8) filter.webhook_ids = {"w"};
      if (mask & 16) filter.status_codes = {{500, 599}, {404, 404}};
      const ListMasks masks(filter);
      for (const ListPart& part : PartsOf(filter)) {
        const std::string sql = postgres::ListDeliveriesSql(filter, part);
        PostgresParameters parameters;
        parameters.Int(7).Int(day_).Int(end_of_day_).Int(10).Int(100);
        parameters.Int(masks.event_types).Int(masks.states).Int(masks.error_classes);
        parameters.Int(masks.status_classes).Ints(masks.statuses).Int(1);
        const std::string plan = Plan(sql, std::move(parameters));
        EXPECT_THAT(plan, kWalksNothing) << sql;
        // Other days are left out.
        EXPECT_THAT(plan, Not(HasSubstr("deliveries_20260201"))) << sql;
        if (part.source == ListPart::Source::kEvent) continue;  // a range of keys, of which there are few
        EXPECT_THAT(plan, Not(HasSubstr("using deliveries_20260131_pkey"))) << sql << plan;
        if (part.source == ListPart::Source::kPending) continue;  // few wait
        // In the order of the index; only the page itself is sorted.
        EXPECT_THAT(plan, Not(HasSubstr("Sort Key: ((d.key + 0))"))) << sql << plan;
      }
    }
  }
}

TEST_F(PostgresPlanTest, WhatWaitsIsFoundByAnIndexOfThatAlone) {
  Partitions partitions;
  ASSERT_TRUE(partitions.Make(*connection_, clock_.Now() - absl::Hours(24), 0).ok());
  using Which = PendingQuery::Which;
  for (const Which which : {Which::kNew, Which::kDue, Which::kBoth, Which::kThese}) {
    PostgresParameters parameters;
    parameters.Int(7);
    which == Which::kThese ? parameters.Ints({day_ + 1, day_ + 2}) : parameters.Int(day_ + kMaxKeyRun + 1);
    parameters.Int(10);
    if (which == Which::kThese) parameters.Int(day_ + 1).Int(day_ + 2);
    const std::string plan = Plan(postgres::ReadPendingSql(which), std::move(parameters));
    EXPECT_THAT(plan, kWalksNothing) << plan;
    // Days in which their events cannot be are left out: later ones, of which there are two, or the one
    // before.
    if (which == Which::kThese) EXPECT_THAT(plan, Not(HasSubstr("events_20260202"))) << plan;
    if (which == Which::kNew || which == Which::kBoth)
      EXPECT_THAT(plan, Not(HasSubstr("events_20260130"))) << plan;
    if (which == Which::kThese) continue;
    EXPECT_THAT(plan, HasSubstr("webhook_key_next_attempt_time")) << plan;
    EXPECT_THAT(plan, Not(HasSubstr("Scan using deliveries_20260131_pkey"))) << plan;
  }
  EXPECT_THAT(Plan(postgres::kLoadBacklogsSql, std::move(PostgresParameters().Ints({1, 2}))),
              AllOf(HasSubstr("Index Only Scan using deliveries_20260131_webhook_key_next_attempt_time"),
                    kWalksNothing));
}

TEST_F(PostgresPlanTest, TheOldestPendingDeliveryIsTheFirstEntryOfAnIndexOfEachDay) {
  Partitions partitions;
  ASSERT_TRUE(partitions.Make(*connection_, clock_.Now() - absl::Hours(24), 0).ok());
  const std::string plan =
      Plan(postgres::kFindOldestPendingSql, std::move(PostgresParameters().Ints({1, 2})));
  EXPECT_THAT(plan, kWalksNothing) << plan;
  EXPECT_THAT(plan, AllOf(HasSubstr("deliveries_20260131_webhook_key_next_attempt_time"),
                          HasSubstr("deliveries_20260131_webhook_key_expr_idx"), HasSubstr("Merge Append")))
      << plan;
  EXPECT_THAT(plan, Not(HasSubstr("->  Sort"))) << plan;
}

TEST_F(PostgresPlanTest, OutcomesLookUpTheirDeliveriesThoughPostgresDoesNotKnowYetThatThereAreAny) {
  BlockingStore calls(store_.get());
  const auto accept = [&] {
    return calls.AcceptEvents("p", std::vector<NewEvent>(1000, {.type = 1, .event = "e", .webhooks = {1}}))
        ->events;
  };
  accept();
  ASSERT_TRUE(connection_->Execute("ANALYZE").ok());
  const auto events = accept();  // keys above all that were counted
  std::vector<int64_t> deliveries, numbers(100, 1);
  for (size_t i = 0; i < numbers.size(); ++i) deliveries.push_back(events[i * 10].key + 1);
  const std::vector<std::string> texts(numbers.size());
  PostgresParameters parameters;
  parameters.Ints(numbers).Ints(deliveries);
  for (int i = 3; i <= 20; ++i) {
    if (i == 7) {
      parameters.Texts(texts);
    } else if ((i >= 15 && i <= 17) || i == 20) {
      PostgresArray bytes(PostgresArray::Kind::kBytes);
      for (size_t row = 0; row < numbers.size(); ++row) bytes.AddNull();
      parameters.Array(bytes);
    } else {
      parameters.Ints(numbers);
    }
  }
  parameters.Int(deliveries.front()).Int(deliveries.back()).Int(0).Int(1);
  ASSERT_TRUE(connection_->Execute("SET enable_hashjoin = on").ok());  // as the writer has it
  const std::string plan = Plan(postgres::RecordOutcomesSql(), std::move(parameters));
  // Otherwise every delivery between them is read, and compared with every outcome.
  EXPECT_THAT(plan, Not(HasSubstr("Join Filter"))) << plan;
  EXPECT_THAT(plan, AllOf(HasSubstr("Hash Cond"), HasSubstr("Index Cond: (key = ANY"), kWalksNothing))
      << plan;
  EXPECT_THAT(plan, Not(HasSubstr("deliveries_20260201"))) << plan;
}

TEST_F(PostgresPlanTest, TheLogOfEventsIsReadFromAKeyOn) {
  for (const bool of_webhooks : {false, true}) {
    PostgresParameters parameters;
    parameters.Int(day_).Int(day_ + 1000).Int(10).Int(1000).Text("p").Int(-1);
    if (of_webhooks) parameters.Ints({1});
    const std::string plan = Plan(postgres::ReadEventLogSql(of_webhooks), std::move(parameters));
    EXPECT_THAT(plan, AllOf(HasSubstr("events_20260131_pkey"), kWalksNothing)) << plan;
  }
}

TEST_F(PostgresPlanTest, APageOfProjectsIsReadInTheOrderOfItsIndex) {
  ASSERT_TRUE(connection_
                  ->Execute("INSERT INTO projects (name) SELECT 'p' || i FROM generate_series(1, 10000) i; "
                            "ANALYZE projects")
                  .ok());
  PostgresParameters parameters;
  parameters.Text("p5").Int(51);
  const std::string plan = Plan(postgres::ListProjectsSql({.limit = 51}), std::move(parameters));
  EXPECT_THAT(plan, HasSubstr("Index Scan using projects_by_id")) << plan;
  EXPECT_THAT(plan, Not(HasSubstr("Sort"))) << plan;
}

TEST_F(PostgresPlanTest, TheLogOfOutcomesIsReadFromAKeyOn) {
  const std::string plan =
      Plan(postgres::ReadOutcomesSql(), std::move(PostgresParameters().Int(day_).Int(10)));
  EXPECT_THAT(plan, AllOf(HasSubstr("outcomes_20260131_pkey"), kWalksNothing)) << plan;
}

}  // namespace
}  // namespace hookd
