// Files of older versions open, and keep what they hold.
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite/database.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/search/content_format.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// Version 1, as it was.
constexpr char kVersion1[] = R"sql(
CREATE TABLE projects (
  key INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE webhooks (
  key INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  url TEXT NOT NULL,
  event_types INTEGER NOT NULL,  -- bit n: type n
  disabled INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  delete_time INTEGER
);
CREATE UNIQUE INDEX webhooks_by_name ON webhooks (project, id) WHERE delete_time IS NULL;
CREATE INDEX webhooks_that_had_name ON webhooks (project, id);
CREATE TABLE events (
  key INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  type INTEGER NOT NULL,
  webhook_count INTEGER NOT NULL,
  event BLOB NOT NULL
);
CREATE TABLE deliveries (
  key INTEGER PRIMARY KEY,
  event_key INTEGER NOT NULL,
  webhook_key INTEGER NOT NULL,
  project INTEGER NOT NULL,
  event_type INTEGER NOT NULL,
  state INTEGER NOT NULL,  -- 1 pending, 2 delivered, 3 failed, 4 canceled
  attempt_count INTEGER NOT NULL DEFAULT 0,
  response_status INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX deliveries_by_project ON deliveries (project);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_key);
CREATE INDEX deliveries_pending ON deliveries (webhook_key) WHERE state = 1;
CREATE INDEX deliveries_failed ON deliveries (project) WHERE state = 3;
CREATE TABLE attempts (
  delivery_key INTEGER NOT NULL,
  number INTEGER NOT NULL,
  start_time INTEGER NOT NULL,
  name_lookup INTEGER NOT NULL,
  connect INTEGER NOT NULL,
  tls INTEGER NOT NULL,
  first_byte INTEGER NOT NULL,
  total INTEGER NOT NULL,
  response_status INTEGER NOT NULL,
  error TEXT NOT NULL,
  response_body BLOB NOT NULL,
  response_body_truncated INTEGER NOT NULL,
  PRIMARY KEY (delivery_key, number)
) WITHOUT ROWID;
CREATE TABLE requests (
  project INTEGER NOT NULL,
  id TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  answer BLOB NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (project, id)
) WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (time);
PRAGMA user_version = 1;
)sql";

TEST(SqliteMigrationTest, AFileOfVersion1KeepsWebhooksDeliveriesAndAttempts) {
  TempDir folder;
  FakeClock clock;
  const int64_t event = FirstKeyAt(clock.Now() - absl::Hours(1));
  {
    const auto database = Database::Open(folder.path() + "/hookd.db", true).value();
    ASSERT_TRUE(database->Execute(kVersion1).ok());
    const std::string key = std::to_string(event);
    ASSERT_TRUE(
        database
            ->Execute(
                "INSERT INTO projects VALUES (1, 'p');"
                "INSERT INTO webhooks VALUES (1, 1, 'on', 1, 'http://a/', 2, 0, '', 5000, 10, 20, NULL);"
                "INSERT INTO webhooks VALUES (2, 1, 'off', 1, 'http://a/', 2, 1, '', 5000, 10, 20, NULL);"
                "INSERT INTO events VALUES (" +
                key +
                ", 1, 1, 3, x'00');"
                "INSERT INTO deliveries VALUES (" +
                key + "+1, " + key +
                ", 1, 1, 1, 1, 0, 0, '');"
                "INSERT INTO deliveries VALUES (" +
                key + "+2, " + key +
                ", 1, 1, 1, 3, 1, 500, 'no');"
                "INSERT INTO deliveries VALUES (" +
                key + "+3, " + key +
                ", 1, 1, 1, 2, 1, 200, '');"
                "INSERT INTO attempts SELECT key, 1, 1769860000000000, 1, 2, 3, 4, 5, response_status, "
                "error, x'41', 1 FROM deliveries WHERE attempt_count = 1")
            .ok());
  }
  const auto store = SqliteStore::Create({.data_dir = folder.path(), .clock = &clock}).value();
  BlockingStore calls(store.get());
  std::vector<Webhook> webhooks = store->LoadWebhooks().value();
  ASSERT_THAT(webhooks, SizeIs(2));
  if (webhooks[0].id != "on") std::swap(webhooks[0], webhooks[1]);
  EXPECT_EQ(webhooks[0].max_concurrency, 16);
  EXPECT_EQ(webhooks[0].retry_policy, (RetryPolicy{.max_attempts = 1, .multiplier = 1}));
  EXPECT_EQ(webhooks[0].disable_reason, DisableReason::kNone);
  EXPECT_EQ(webhooks[1].disable_reason, DisableReason::kRequested);
  EXPECT_EQ(webhooks[1].disable_time, absl::FromUnixMicros(20));
  EXPECT_THAT(store->LoadBacklogs().value(), SizeIs(1));
  const auto waiting = calls.ReadPending({.webhook_key = 1, .limit = 10, .max_bytes = 100});
  ASSERT_THAT(waiting->deliveries, SizeIs(1));
  EXPECT_EQ(waiting->deliveries[0].key, event + 1);
  const Delivery failed = calls.GetDelivery("p", event + 2).value();
  EXPECT_EQ(failed.state, DeliveryState::kFailed);
  ASSERT_THAT(failed.attempts, SizeIs(1));
  EXPECT_EQ(failed.attempts[0].response_status, 500);
  EXPECT_EQ(failed.attempts[0].error, "no");
  EXPECT_EQ(failed.attempts[0].response_body, "A");
  // What that version did not record.
  EXPECT_EQ(failed.error_class, ErrorClass::kNone);
  EXPECT_EQ(failed.attempts[0].error_class, ErrorClass::kNone);
  EXPECT_EQ(failed.attempts[0].trigger, AttemptTrigger::kUnknown);
  EXPECT_EQ(failed.attempts[0].url, "");
  EXPECT_THAT(calls.GetDelivery("p", event + 3)->attempts, SizeIs(1));
  EXPECT_THAT(calls.ListDeliveries({.project = "p", .limit = 10}).value(), SizeIs(3));
  EXPECT_THAT(calls.FindOldestPending({1, 2}).value(), ElementsAre(event + 1, 0));
  EXPECT_TRUE(calls.RecordHealth({{.webhook_key = 2, .consecutive_failures = 1}}).ok());
  EXPECT_THAT(calls.ReadHealth({1, 2}).value(), SizeIs(1));
  OutcomeQuery all;
  all.project = "p";
  all.limit = 10;
  EXPECT_THAT(calls.ReadOutcomes(all)->outcomes, SizeIs(2));
  // What it has is to be counted for statistics.
  ASSERT_TRUE(calls
                  .WriteStats([](const auto&) {
                    return std::make_shared<const StatsBatch>(StatsBatch{.begin = true});
                  })
                  ->written);
  const std::vector<StatsLog> logs = calls.ReadStatsLogs().value();
  ASSERT_THAT(logs, SizeIs(1));
  EXPECT_EQ(logs[0].positions, std::vector<int64_t>(kStatsPartitions, 0));
  EXPECT_FALSE(logs[0].clean);
  const auto records = calls.ReadStatsRecords({.to_key = logs[0].end_key, .limit = 10});
  EXPECT_THAT(records->events, SizeIs(1));
  EXPECT_THAT(records->deliveries, SizeIs(3));
  EXPECT_THAT(records->outcomes, SizeIs(2));
  const auto project = calls.GetProject("p");
  ASSERT_TRUE(project.ok()) << project.status();
  EXPECT_EQ(project->create_time, std::nullopt);
  EXPECT_EQ(project->revision, 0);
  EXPECT_THAT(calls.DeleteProject("p")->webhooks, SizeIs(2));
  EXPECT_TRUE(absl::IsNotFound(calls.GetDelivery("p", event + 2).status()));
}

TEST(SqliteMigrationTest, EventsOfVersion1AreFoundBeforeAndAfterTheyAreIndexed) {
  TempDir folder;
  FakeClock clock;
  const int64_t first = FirstKeyAt(clock.Now() - absl::Hours(1));
  {
    const auto database = Database::Open(folder.path() + "/hookd.db", true).value();
    ASSERT_TRUE(database->Execute(kVersion1).ok());
    ASSERT_TRUE(database->Execute("INSERT INTO projects VALUES (1, 'p')").ok());
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(database
                      ->Execute(absl::StrCat("INSERT INTO events VALUES (", first + i, ", 1, 1, 0, 'user=#",
                                             i % 10, "')"))
                      .ok());
    }
  }
  const auto create = [&] {
    return SqliteStore::Create({.data_dir = folder.path(), .clock = &clock, .search = TestSearchOptions()})
        .value();
  };
  ::testing::internal::CaptureStderr();
  auto store = create();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("store upgraded from_schema=1 to_schema="));
  store.reset();
  ::testing::internal::CaptureStderr();
  store = create();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), Not(HasSubstr("upgraded")));
  BlockingStore calls(store.get());
  EventQuery query;
  query.project = "p";
  query.content = {TestKey("user=#3")};
  query.limit = 100;
  EXPECT_THAT(calls.ListEvents(query)->events, SizeIs(5));
  while (calls.IndexEvents().value()) {
  }
  EXPECT_EQ(store->search_figures().indexed_to, first + 47);
  EXPECT_THAT(calls.ListEvents(query)->events, SizeIs(5));
}

}  // namespace
}  // namespace hookd
