#include "store/sqlite_schema.h"

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

// One entry a version, applied in order, each in one transaction. An entry that was released is never
// changed.
//
// An event has key k and its deliveries k+1 to k+webhook_count (base/ids.h), so the deliveries of an event
// and those of a span of time are ranges of keys, and need no index. Every index ends in the key, which is
// the row's id.
constexpr const char* kVersions[] = {R"sql(
CREATE TABLE projects (
  key INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
-- A deleted webhook keeps its key, project, id and delete_time: its deliveries name it.
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
-- First answers to calls that carried a request id.
CREATE TABLE requests (
  project INTEGER NOT NULL,
  id TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  answer BLOB NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (project, id)
) WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (time);
)sql"};
constexpr int kNewest = sizeof(kVersions) / sizeof(kVersions[0]);

}  // namespace

absl::Status Migrate(Database& database) {
  const auto version = database.QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version > kNewest) {
    return absl::FailedPreconditionError(absl::StrCat("it is of version ", *version,
                                                      " and this hookd knows up to ", kNewest,
                                                      ": start the newer hookd that wrote it"));
  }
  for (auto next = static_cast<int>(*version); next < kNewest; ++next) {
    const absl::Status status = database.Execute(
        absl::StrCat("BEGIN IMMEDIATE;", kVersions[next], "PRAGMA user_version = ", next + 1, ";COMMIT;"));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status PrepareWriter(Database& database) {
  absl::Status status = Migrate(database);
  if (!status.ok()) return status;
  const auto mode = database.Prepare("PRAGMA journal_mode = WAL");
  if (!mode.ok()) return mode.status();
  const auto row = (*mode)->Step();
  if (!row.ok()) return row.status();
  // SQLite answers with the mode it is in, and no error, where it cannot change it.
  const bool wal = *row && (*mode)->Text(0) == "wal";
  (*mode)->Reset();
  if (!wal) {
    return absl::UnavailableError(
        "the store cannot use a write-ahead log here: give it a data directory on a local disk");
  }
  status = database.Execute("PRAGMA synchronous = FULL");
  // The log beside the file may be what cannot be written; better told now than with the first write.
  if (status.ok()) status = database.Execute("BEGIN IMMEDIATE; ROLLBACK");
  return status;
}

}  // namespace hookd
