#include "store/sqlite/schema.h"

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "store/sqlite/data_directory.h"

namespace hookd {
namespace {

// One entry a version, applied in order, each in one transaction. An entry that was released is never
// changed.
//
// An event has key k and its deliveries k+1 to k+webhook_count (base/ids.h), so the deliveries of an event
// and those of a span of time are ranges of keys, and need no index. Every index ends in the key, which is
// the row's id.

// The caller's W3C trace context, as its headers; NULL for none.
constexpr char kTraceContexts[] = R"sql(
ALTER TABLE events ADD COLUMN traceparent TEXT;
ALTER TABLE events ADD COLUMN tracestate TEXT;
)sql";

// With the state, those of one are listed without a walk over those of the other, be they millions.
constexpr char kMissedByState[] = R"sql(
DROP INDEX deliveries_missed_by_project;
CREATE INDEX deliveries_missed_by_project ON deliveries (project, state) WHERE state = 3 OR state = 4;
DROP INDEX deliveries_missed_by_webhook;
CREATE INDEX deliveries_missed_by_webhook ON deliveries (webhook_key, state) WHERE state = 3 OR state = 4;
)sql";

// The keys of the event's webhooks, in the order of its deliveries, as JSON; NULL of events that have all
// their deliveries' rows. See unwritten_deliveries.h.
constexpr char kEventWebhooks[] = R"sql(
ALTER TABLE events ADD COLUMN webhooks TEXT;
)sql";

// The key that all secrets in the file are sealed with, free pages included; no row: some may be readable, or
// sealed with another key. See reseal.cc.
constexpr char kScrubbedPassedAndRefused[] = R"sql(
CREATE TABLE scrubbed (
  key_id BLOB NOT NULL
);
-- One row: a time that has passed, by what hookd takes for the present (Store::opened_at_least).
CREATE TABLE passed (
  time INTEGER NOT NULL
);
INSERT INTO passed VALUES (0);
-- Deliveries whose rows `deliveries` does not take: see unwritten_deliveries.h.
CREATE TABLE refused_deliveries (
  key INTEGER PRIMARY KEY,
  event_key INTEGER NOT NULL,
  webhook_key INTEGER NOT NULL,
  project INTEGER NOT NULL,
  event_type INTEGER NOT NULL
);
)sql";

// The search index of events: see search/index_tables.h. A block's key is its segment, shifted by 16, plus
// its number.
constexpr char kSearchIndex[] = R"sql(
CREATE TABLE search_index (
  seed BLOB NOT NULL,
  version INTEGER NOT NULL,
  next_segment INTEGER NOT NULL,
  position INTEGER NOT NULL
);
INSERT INTO search_index VALUES (x'', 0, 1, 0);
CREATE TABLE search_segments (
  id INTEGER PRIMARY KEY,
  level INTEGER NOT NULL,
  live INTEGER NOT NULL,
  first_key INTEGER NOT NULL,
  last_key INTEGER NOT NULL,
  events INTEGER NOT NULL
);
CREATE TABLE search_blocks (
  key INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);
)sql";

// A deleted project keeps its key, under a name that no project can have, until all that has the key is
// deleted: see Store::PurgeProjects. The last project's row stays even then, or its key would be used again.
constexpr char kProjects[] = R"sql(
ALTER TABLE projects ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN labels TEXT NOT NULL DEFAULT '';  -- a line each: see label_codec.h
ALTER TABLE projects ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN create_time INTEGER;  -- NULL: before there was this column
ALTER TABLE projects ADD COLUMN delete_time INTEGER;  -- 0: all that had its key is deleted
CREATE INDEX projects_deleted ON projects (delete_time) WHERE delete_time IS NOT NULL;
)sql";

// How attempts fare: one row for each webhook with attempts. Columns are those of WebhookHealth;
// circuit_ready is NULL if it is unknown, 0 while the circuit is closed, and the greatest integer during a
// probe.
//
// Only deliveries that are retried are in the index: with it, the oldest of them is found at once.
constexpr char kWebhookHealth[] = R"sql(
CREATE TABLE webhook_health (
  key INTEGER PRIMARY KEY,          -- the webhook's
  last_success_time INTEGER,
  last_failure_time INTEGER,
  last_error TEXT NOT NULL,
  failing_since INTEGER,
  consecutive_failures INTEGER NOT NULL,
  circuit_ready INTEGER,
  pending INTEGER NOT NULL,
  epoch INTEGER NOT NULL
);
CREATE INDEX deliveries_retried ON deliveries (webhook_key) WHERE state = 1 AND next_attempt_time IS NOT NULL;
)sql";

// Statistics: see stats_store.h. What was stored before is counted once, in the background.
constexpr char kStats[] = R"sql(
-- An hour of a webhook, or of the project with that key if the owner is negative.
CREATE TABLE stats (
  day INTEGER NOT NULL,         -- since the Unix epoch
  owner INTEGER NOT NULL,
  hour INTEGER NOT NULL,        -- likewise
  slot INTEGER NOT NULL,        -- of the process that counted
  counted_to INTEGER NOT NULL,  -- the position with which it was last written
  total BLOB NOT NULL,          -- see stats_codec.h
  minutes BLOB NOT NULL,
  PRIMARY KEY (day, owner, hour, slot)
) WITHOUT ROWID;
CREATE TABLE stats_logs (
  id INTEGER PRIMARY KEY,
  slot INTEGER NOT NULL,
  first_key INTEGER NOT NULL,
  end_key INTEGER,              -- NULL: it goes on
  clean INTEGER NOT NULL,       -- it was counted to its end when the process stopped
  version INTEGER NOT NULL,     -- counts changes
  counted_to INTEGER NOT NULL,  -- the least position
  positions BLOB NOT NULL       -- by partition; see stats_rows.h
);
INSERT INTO stats_logs (slot, first_key, clean, version, counted_to, positions)
  SELECT -1, 0, NOT EXISTS (SELECT 1 FROM events), 0, 0, zeroblob(2048);
-- Spans of time of which counts are missing.
CREATE TABLE stats_gaps (
  start_time INTEGER NOT NULL,
  end_time INTEGER NOT NULL,
  PRIMARY KEY (start_time, end_time)
);
)sql";

// Why the last attempt failed, as of the outcome and of the delivery: 0 if it did not, and of attempts of
// older versions. Details: see attempt_codec.h.
constexpr char kAttemptDetails[] = R"sql(
ALTER TABLE outcomes ADD COLUMN error_class INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN details BLOB;
ALTER TABLE deliveries ADD COLUMN error_class INTEGER NOT NULL DEFAULT 0;
)sql";

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
)sql",
                                     // Retries, and the log of outcomes.
                                     R"sql(
ALTER TABLE webhooks ADD COLUMN ordered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN max_concurrency INTEGER NOT NULL DEFAULT 16;
ALTER TABLE webhooks ADD COLUMN rate_per_second REAL;  -- NULL: no limit
ALTER TABLE webhooks ADD COLUMN rate_burst INTEGER;
ALTER TABLE webhooks ADD COLUMN max_attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE webhooks ADD COLUMN min_backoff_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN max_backoff_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN backoff_multiplier REAL NOT NULL DEFAULT 1;
ALTER TABLE webhooks ADD COLUMN disable_reason INTEGER NOT NULL DEFAULT 0;  -- 1 requested, 2 gone, 3 failing
ALTER TABLE webhooks ADD COLUMN disable_time INTEGER;
ALTER TABLE webhooks ADD COLUMN failing_since INTEGER;
UPDATE webhooks SET disable_reason = 1, disable_time = update_time WHERE disabled;

ALTER TABLE deliveries ADD COLUMN next_attempt_time INTEGER;  -- of one that waits and was attempted, or asked for
ALTER TABLE deliveries ADD COLUMN earlier_attempt_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN last_outcome INTEGER;
DROP INDEX deliveries_pending;
-- With the state, which is always 1, counting what waits needs the index alone.
CREATE INDEX deliveries_waiting ON deliveries (webhook_key, next_attempt_time, state) WHERE state = 1;
DROP INDEX deliveries_failed;
CREATE INDEX deliveries_missed_by_project ON deliveries (project) WHERE state = 3 OR state = 4;
CREATE INDEX deliveries_missed_by_webhook ON deliveries (webhook_key) WHERE state = 3 OR state = 4;
DROP INDEX deliveries_by_project;
CREATE INDEX deliveries_by_project ON deliveries (project, event_type);
DROP INDEX deliveries_by_webhook;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_key, event_type);

-- What became of deliveries, in the order in which it was recorded: a log, with keys that tell their time. Those of
-- one delivery are found from its last_outcome on.
CREATE TABLE outcomes (
  key INTEGER PRIMARY KEY,
  delivery_key INTEGER NOT NULL,
  previous INTEGER,                 -- the delivery's outcome before
  state INTEGER NOT NULL,           -- from here to error: the delivery, as it stood then
  attempt_count INTEGER NOT NULL,
  response_status INTEGER NOT NULL,
  next_attempt_time INTEGER,
  error TEXT NOT NULL,
  number INTEGER NOT NULL,          -- the attempt; 0: there was none
  start_time INTEGER,
  name_lookup INTEGER,
  connect INTEGER,
  tls INTEGER,
  first_byte INTEGER,
  total INTEGER,
  request_headers BLOB,             -- a line each
  response_headers BLOB,
  response_body BLOB,
  response_body_truncated INTEGER
);
-- The counter of a key has room for a million in its millisecond.
INSERT INTO outcomes SELECT
  ((a.start_time + a.total) / 1000 << 20) + row_number() OVER (ORDER BY a.start_time + a.total, a.delivery_key) % 1048576,
  a.delivery_key, NULL, d.state, a.number, a.response_status, NULL, a.error, a.number, a.start_time, a.name_lookup,
  a.connect, a.tls, a.first_byte, a.total, x'', x'', a.response_body, a.response_body_truncated
  FROM attempts a JOIN deliveries d ON d.key = a.delivery_key;
UPDATE deliveries SET last_outcome = o.key FROM outcomes o WHERE o.delivery_key = deliveries.key;
DROP TABLE attempts;
)sql",
                                     // Secrets.
                                     R"sql(
ALTER TABLE webhooks ADD COLUMN secrets BLOB NOT NULL DEFAULT x'';  -- sealed: see secret_box.h
ALTER TABLE requests ADD COLUMN secrets BLOB;  -- of the webhook in the answer; NULL if it has none
CREATE INDEX requests_with_secrets ON requests (project) WHERE secrets IS NOT NULL;
-- Who may call.
CREATE TABLE tokens (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  secret_hash BLOB NOT NULL,  -- SHA-256; empty: none
  client_identity TEXT NOT NULL,
  projects TEXT NOT NULL,     -- a line each, or *
  roles INTEGER NOT NULL,     -- bit n: role n
  rate_per_second REAL,       -- NULL: no limit
  rate_burst INTEGER,
  expire_time INTEGER,
  create_time INTEGER NOT NULL,
  last_used_time INTEGER
);
)sql",
                                     kTraceContexts, kMissedByState, kEventWebhooks,
                                     kScrubbedPassedAndRefused, kSearchIndex, kProjects, kWebhookHealth,
                                     kStats, kAttemptDetails};
constexpr int kNewest = sizeof(kVersions) / sizeof(kVersions[0]);

// FAILED_PRECONDITION unless the file is empty, or a store of hookd's: of versions that did not stamp it, by
// its tables.
absl::Status CheckApplication(Database& database) {
  const auto id = database.QueryInt("PRAGMA application_id");
  if (!id.ok()) return id.status();
  if (*id == kApplicationId) return absl::OkStatus();
  const auto pages = database.QueryInt("PRAGMA page_count");
  if (!pages.ok()) return pages.status();
  if (*id == 0 && *pages == 0) return absl::OkStatus();
  const auto version = database.QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto tables = database.QueryInt(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('projects', 'webhooks', "
      "'events', "
      "'deliveries', 'requests')");
  if (!tables.ok()) return tables.status();
  if (*id == 0 && *version > 0 && *tables == 5) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "it is a database of another program: give hookd another data directory with --data_dir");
}

}  // namespace

absl::Status Migrate(Database& database) {
  const absl::Status own = CheckApplication(database);
  if (!own.ok()) return own;
  const auto version = database.QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version > kNewest) {
    return absl::FailedPreconditionError(absl::StrCat("it has schema version ", *version,
                                                      "; this hookd supports up to ", kNewest,
                                                      ": start the newer hookd that wrote it"));
  }
  if (*version == 0) {
    // The file is still empty: lets it shrink (SqliteWrites::Purge).
    const absl::Status shrinks = database.Execute("PRAGMA auto_vacuum = INCREMENTAL");
    if (!shrinks.ok()) return shrinks;
  }
  for (auto next = static_cast<int>(*version); next < kNewest; ++next) {
    const absl::Status status = database.Execute(
        absl::StrCat("BEGIN IMMEDIATE;", kVersions[next], "PRAGMA user_version = ", next + 1, ";COMMIT;"));
    if (!status.ok()) return status;
  }
  if (*version > 0 && *version < kNewest) {
    LogInfo("store upgraded", {{"from_schema", *version}, {"to_schema", kNewest}});
  }
  const auto id = database.QueryInt("PRAGMA application_id");
  if (!id.ok()) return id.status();
  if (*id == 0) {
    const absl::Status stamped = database.Execute(absl::StrCat("PRAGMA application_id = ", kApplicationId));
    if (!stamped.ok()) return stamped;
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
  // A log that grew while a backup was read is cut to this when it is next used from its beginning.
  status = database.Execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216");
  // The log may be what cannot be written; that should fail now, not with the first write.
  if (status.ok()) status = database.Execute("BEGIN IMMEDIATE; ROLLBACK");
  return status;
}

}  // namespace hookd
