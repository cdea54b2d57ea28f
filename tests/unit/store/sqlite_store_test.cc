// What is SQLite's own: the file, its lock, its versions, a full disk, and how queries are planned.
#include "store/sqlite_store.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite_reads.h"
#include "store/sqlite_schema.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SqliteStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open(int64_t max_pages = 0) {
    return SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_, .max_pages = max_pages});
  }
  std::string path() const { return folder_.path() + "/hookd.db"; }

  TempDir folder_;
  FakeClock clock_;
};

TEST_F(SqliteStoreTest, ASecondStoreInTheSameDirectoryIsRefused) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(std::string(Open().status().message()),
              AllOf(HasSubstr("another hookd"), HasSubstr(folder_.path())));
}

TEST_F(SqliteStoreTest, TheDirectoryIsFreeAgainAfterClosing) {
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteStoreTest, AFileInPlaceOfTheDirectoryIsRefused) {
  std::ofstream(folder_.path() + "/file") << "x";
  const auto store = SqliteStore::Create({.data_dir = folder_.path() + "/file", .clock = &clock_});
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(folder_.path() + "/file"));
}

TEST_F(SqliteStoreTest, AStoreOfANewerVersionIsRefusedAndLeftAsItIs) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Database::Open(path(), false).value()->Execute("PRAGMA user_version = 99").ok());
  EXPECT_THAT(std::string(Open().status().message()), AllOf(HasSubstr("99"), HasSubstr("newer hookd")));
  EXPECT_EQ(Database::Open(path(), false).value()->QueryInt("PRAGMA user_version").value(), 99);
}

TEST_F(SqliteStoreTest, AFileThatIsNoStoreIsRefused) {
  std::ofstream(path()) << std::string(8192, 'x');
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr(path()));
}

TEST_F(SqliteStoreTest, TheFileIsInWalModeSoThatReadersNeverWait) {
  const auto store = Open();
  const auto database = Database::Open(path(), false).value();
  const auto mode = database->Prepare("PRAGMA journal_mode").value();
  ASSERT_TRUE(mode->Step().value());
  EXPECT_EQ(mode->Text(0), "wal");
}

TEST_F(SqliteStoreTest, AFullDiskRefusesEventsAndLosesNoOutcome) {
  auto store = Open(/*max_pages=*/64);
  ASSERT_TRUE(store.ok()) << store.status();
  BlockingStore calls(store->get());
  Webhook webhook;
  webhook.project = "p";
  webhook.url = "http://127.0.0.1/";
  webhook.event_types = EventTypes(2);
  const int64_t webhook_key = calls.CreateWebhook(webhook)->webhook.key;
  std::vector<int64_t> deliveries;
  absl::Status status;
  while (status.ok()) {
    const auto accepted =
        calls.AcceptEvents("p", {{.type = 1, .event = std::string(4000, 'x'), .webhooks = {webhook_key}}});
    status = accepted.status();
    if (accepted.ok()) deliveries.push_back(accepted->events[0].key + 1);
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("room"), HasSubstr(path())));
  ASSERT_FALSE(deliveries.empty());

  // Outcomes too large for what is left stay with the store; meanwhile, reads go on.
  std::atomic<int> recorded = 0;
  for (int64_t key : deliveries) {
    Attempt attempt;
    attempt.response_body = std::string(4000, 'y');
    (*store)->RecordOutcome(
        {.delivery_key = key, .state = DeliveryState::kFailed, .attempt = attempt, .error = "no"},
        [&recorded] { ++recorded; });
  }
  EXPECT_EQ(calls.ListDeliveries({.project = "p", .limit = 1000})->size(), deliveries.size());

  // Room is made: another connection may not lift the writer's limit, so the store is opened anew, without
  // one.
  store->reset();
  EXPECT_EQ(recorded, static_cast<int>(deliveries.size()));
  store = Open();
  ASSERT_TRUE(store.ok());
  BlockingStore again(store->get());
  EXPECT_TRUE(again.AcceptEvents("p", {{.type = 1, .event = "x", .webhooks = {webhook_key}}}).ok());
  for (int64_t key : deliveries) EXPECT_TRUE(again.GetDelivery("p", key).ok());
}

TEST_F(SqliteStoreTest, ExpiredRequestIdsAreForgottenAsNewOnesCome) {
  const auto store = Open();
  BlockingStore calls(store->get());
  const auto accept = [&](const std::string& id) {
    return calls.AcceptEvents("p", {{.type = 1, .event = "x", .webhooks = {}}}, RequestId{id, "f"})
        .value()
        .repeated;
  };
  EXPECT_FALSE(accept("old"));
  clock_.Advance(limits::kRequestIdLifetime - absl::Seconds(1));
  EXPECT_TRUE(accept("old"));
  clock_.Advance(absl::Seconds(2));
  EXPECT_FALSE(accept("new"));
  EXPECT_FALSE(accept("old"));
}

// The plan of a query, as SQLite explains it.
std::string Plan(Database& database, const std::string& sql) {
  const auto explain = database.Prepare("EXPLAIN QUERY PLAN " + sql).value();
  std::string plan;
  while (explain->Step().value()) absl::StrAppend(&plan, explain->Text(3), "\n");
  return plan;
}

TEST_F(SqliteStoreTest, EveryQueryOfDeliveriesRunsOnAnIndexAndSortsNothing) {
  const auto store = Open();
  const auto database = Database::Open(path(), false).value();
  for (int mask = 0; mask < 16; ++mask) {
    DeliveryQuery query{.project = "p", .limit = 10};
    if (mask & 1) query.event_key = 1;
    if (mask & 2) query.event_type = 1;
    if (mask & 4) query.state = DeliveryState::kFailed;
    if (mask & 8) query.state = DeliveryState::kPending;
    for (const bool of_webhook : {false, true}) {
      if (of_webhook) query.webhook_id = "w";
      const std::string sql = sqlite::ListDeliveriesSql(query);
      EXPECT_THAT(Plan(*database, sql),
                  AllOf(HasSubstr("SEARCH d "), Not(HasSubstr("SCAN d")), Not(HasSubstr("TEMP B-TREE"))))
          << sql;
    }
  }
}

TEST_F(SqliteStoreTest, WhatWaitsIsFoundByAnIndexOfThatAlone) {
  const auto store = Open();
  const auto database = Database::Open(path(), false).value();
  EXPECT_THAT(Plan(*database, sqlite::kReadWaitingSql),
              AllOf(HasSubstr("deliveries_pending"), Not(HasSubstr("TEMP B-TREE"))));
  EXPECT_THAT(Plan(*database, sqlite::kWebhooksWithWaitingSql),
              AllOf(HasSubstr("deliveries_pending"), Not(HasSubstr("deliveries_by_webhook"))));
}

}  // namespace
}  // namespace hookd
