#include "store/postgres/schema.h"

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "store/cluster.h"

namespace hookd {
namespace {

// The embedded store that is moved here, or was (store/migration/move.h); without a row, none.
constexpr char kMoved[] = R"sql(
CREATE TABLE moved (
  key smallint PRIMARY KEY,         -- 1
  source text NOT NULL,             -- what it has, in figures: whether it is still the same
  tables smallint NOT NULL,         -- those that are here, in their order
  last_key bigint NOT NULL,         -- of the next one, what is here
  finished boolean NOT NULL
);
)sql";

// Lists of what failed or was canceled do not walk the other; and processes say which changes they know of.
constexpr char kMissedByStateAndKnown[] = R"sql(
DROP INDEX deliveries_missed_by_project;
CREATE INDEX deliveries_missed_by_project ON deliveries (project, state, (key + 0)) WHERE state = 3 OR state = 4;
DROP INDEX deliveries_missed_by_webhook;
CREATE INDEX deliveries_missed_by_webhook ON deliveries (webhook_key, state, (key + 0)) WHERE state = 3 OR state = 4;
ALTER TABLE nodes ADD COLUMN says_what_it_knows boolean NOT NULL DEFAULT false;
)sql";

// The search index of events: see search/index_tables.h. Its blocks are dense and fit into a page: they are
// neither compressed nor moved out of the row.
constexpr char kSearchIndex[] = R"sql(
CREATE TABLE search_index (
  seed bytea NOT NULL,
  version bigint NOT NULL,
  next_segment bigint NOT NULL,
  position bigint NOT NULL
);
INSERT INTO search_index VALUES ('', 0, 1, 0);
CREATE TABLE search_segments (
  id bigint PRIMARY KEY,
  level smallint NOT NULL,
  live boolean NOT NULL,
  first_key bigint NOT NULL,
  last_key bigint NOT NULL,
  events integer NOT NULL
);
CREATE TABLE search_blocks (
  segment bigint NOT NULL,
  number integer NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (segment, number)
) WITH (toast_tuple_target = 8160);
ALTER TABLE search_blocks ALTER COLUMN data SET STORAGE EXTERNAL;
)sql";

// A deleted project keeps its key, under a name that no project can have, until all that has the key is
// deleted: see Store::PurgeProjects. Processes cache the keys of projects: they compare `count` in each
// transaction. A process that does so says it with its slot's epoch, so that a later process of an older
// version in that slot does not.
constexpr char kProjects[] = R"sql(
ALTER TABLE projects ADD COLUMN display_name text NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN labels text NOT NULL DEFAULT '';  -- a line each: see label_codec.h
ALTER TABLE projects ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN create_time bigint;  -- NULL: before there was this column, or by an older hookd
ALTER TABLE projects ADD COLUMN delete_time bigint;
CREATE INDEX projects_by_id ON projects (name COLLATE "C") WHERE delete_time IS NULL;
CREATE INDEX projects_deleted ON projects (delete_time) WHERE delete_time IS NOT NULL;
CREATE TABLE project_deletions (count bigint NOT NULL);
INSERT INTO project_deletions VALUES (0);
ALTER TABLE nodes ADD COLUMN notices_deletions bigint NOT NULL DEFAULT -1;  -- the slot's epoch then
ALTER TABLE nodes ADD COLUMN waiting_by_project jsonb NOT NULL DEFAULT '{}';  -- pending deliveries, by id
)sql";

// How attempts fare: one row for each webhook with attempts. Columns are those of WebhookHealth;
// circuit_ready is NULL if it is unknown, 0 while the circuit is closed, and the greatest integer during a
// probe. Rows are updated often, in place: pages keep room for that, and no column but the key is indexed.
//
// Only deliveries that are retried are in the index: with it, the oldest of them is found at once.
constexpr char kWebhookHealth[] = R"sql(
CREATE TABLE webhook_health (
  key bigint PRIMARY KEY,           -- the webhook's
  last_success_time bigint,
  last_failure_time bigint,
  last_error text NOT NULL,
  failing_since bigint,
  consecutive_failures bigint NOT NULL,
  circuit_ready bigint,
  pending bigint NOT NULL,
  epoch bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX deliveries_retried ON deliveries (webhook_key, (key + 0)) WHERE state = 1 AND next_attempt_time > 0;
)sql";

// Statistics: see stats_store.h. What was stored before is counted once, in the background; and what
// processes of older versions store from now on.
constexpr char kStats[] = R"sql(
-- An hour of a webhook, or of the project with that key if the owner is negative.
CREATE TABLE stats (
  day bigint NOT NULL,              -- since the Unix epoch
  owner bigint NOT NULL,
  hour bigint NOT NULL,             -- likewise
  slot smallint NOT NULL,           -- of the process that counted
  counted_to bigint NOT NULL,       -- the position with which it was last written
  total bytea NOT NULL,             -- see stats_codec.h
  minutes bytea NOT NULL,
  PRIMARY KEY (day, owner, hour, slot)
);
CREATE TABLE stats_logs (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  slot smallint NOT NULL,           -- -1: of all slots
  node text NOT NULL,               -- the id of the process that counts
  first_key bigint NOT NULL,
  end_key bigint,                   -- NULL: it goes on
  clean boolean NOT NULL,           -- it was counted to its end when the process stopped
  version bigint NOT NULL,          -- counts changes
  counted_to bigint NOT NULL,       -- the least position
  positions bytea NOT NULL          -- by partition; see stats_rows.h
);
CREATE INDEX stats_logs_by_slot ON stats_logs (slot);
WITH now AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint << 20 AS key)
INSERT INTO stats_logs (slot, node, first_key, end_key, clean, version, counted_to, positions)
  SELECT slot, '', CASE WHEN slot < 0 THEN 0 ELSE key END, CASE WHEN slot < 0 THEN key END,
    NOT EXISTS (SELECT 1 FROM events), 0, CASE WHEN slot < 0 THEN 0 ELSE key END,
    CASE WHEN slot < 0 THEN decode(repeat('00', 2048), 'hex')
         ELSE decode(repeat((SELECT string_agg(lpad(to_hex(key >> (8 * i) & 255), 2, '0'), '' ORDER BY i)
                             FROM generate_series(0, 7) i), 256), 'hex') END
  FROM generate_series(-1, 63) slot, now WHERE slot >= 0 OR EXISTS (SELECT 1 FROM events);
-- Spans of time of which counts are missing.
CREATE TABLE stats_gaps (
  start_time bigint NOT NULL,
  end_time bigint NOT NULL,
  PRIMARY KEY (start_time, end_time)
);
)sql";

// Why the last attempt failed, as of the outcome and of the delivery: 0 if it did not, and of attempts of
// older versions, which also leave it as it is. Details: see attempt_codec.h. Writers lock nodes first, so
// that none of them waits for one of these tables while it holds the other.
constexpr char kAttemptDetails[] = R"sql(
LOCK TABLE nodes IN EXCLUSIVE MODE;
ALTER TABLE outcomes ADD COLUMN error_class smallint NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN details bytea;
ALTER TABLE deliveries ADD COLUMN error_class smallint NOT NULL DEFAULT 0;
)sql";

// One entry a version, applied in order, each in one transaction. An entry that was released is never
// changed.
//
// An event has key k and its deliveries k+1 to k+webhook_count (base/ids.h), so the deliveries of an event
// and those of a span of time are ranges of keys, and need no index.
//
// Indexes for lists end in (key + 0), which is what lists are ordered by: the primary key does not have that
// order, so that the planner never walks it past millions of others' rows instead.
// The first version has these counts.
static_assert(kKeySlots == 64 && kShards == 128);

constexpr const char* kVersions[] = {R"sql(
CREATE TABLE projects (
  key bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE
);
-- A deleted webhook keeps its key, project, id and delete_time: its deliveries name it.
CREATE TABLE webhooks (
  key bigint PRIMARY KEY,
  project bigint NOT NULL,
  id text NOT NULL,
  revision bigint NOT NULL,
  url text NOT NULL,
  event_types bigint NOT NULL,      -- bit n: type n
  disabled boolean NOT NULL,
  display_name text NOT NULL,
  timeout_ms bigint NOT NULL,
  ordered boolean NOT NULL,
  max_concurrency integer NOT NULL,
  rate_per_second double precision,  -- NULL: no limit
  rate_burst integer,
  max_attempts integer NOT NULL,
  min_backoff_ms bigint NOT NULL,
  max_backoff_ms bigint NOT NULL,
  backoff_multiplier double precision NOT NULL,
  disable_reason smallint NOT NULL,  -- 1 requested, 2 gone, 3 failing
  disable_time bigint,
  secrets bytea NOT NULL,            -- sealed: see secret_box.h
  create_time bigint NOT NULL,
  update_time bigint NOT NULL,
  delete_time bigint,
  failing_since bigint
);
CREATE UNIQUE INDEX webhooks_by_name ON webhooks (project, id) WHERE delete_time IS NULL;
CREATE INDEX webhooks_that_had_name ON webhooks (project, id);
CREATE INDEX webhooks_by_revision ON webhooks (revision);
CREATE TABLE events (
  key bigint PRIMARY KEY,
  project bigint NOT NULL,
  type smallint NOT NULL,
  webhook_count integer NOT NULL,
  event bytea NOT NULL,
  traceparent text,                 -- the caller's W3C trace context, as its headers; NULL for none
  tracestate text
) PARTITION BY RANGE (key);
CREATE TABLE deliveries (
  key bigint PRIMARY KEY,
  event_key bigint NOT NULL,
  webhook_key bigint NOT NULL,
  project bigint NOT NULL,
  next_attempt_time bigint NOT NULL DEFAULT 0,  -- of one that waits and was attempted, or asked for; else 0
  last_outcome bigint,
  attempt_count integer NOT NULL DEFAULT 0,
  earlier_attempt_count integer NOT NULL DEFAULT 0,
  event_type smallint NOT NULL,
  state smallint NOT NULL,          -- 1 pending, 2 delivered, 3 failed, 4 canceled
  response_status smallint NOT NULL DEFAULT 0,
  error text NOT NULL DEFAULT ''
) PARTITION BY RANGE (key);
CREATE INDEX deliveries_waiting ON deliveries (webhook_key, next_attempt_time, (key + 0)) WHERE state = 1;
CREATE INDEX deliveries_by_project ON deliveries (project, event_type, (key + 0));
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_key, event_type, (key + 0));
CREATE INDEX deliveries_missed_by_project ON deliveries (project, (key + 0)) WHERE state = 3 OR state = 4;
CREATE INDEX deliveries_missed_by_webhook ON deliveries (webhook_key, (key + 0)) WHERE state = 3 OR state = 4;
-- What became of deliveries, in the order in which each process recorded it: a log, with keys that tell their time.
-- Those of one delivery are found from its last_outcome on.
CREATE TABLE outcomes (
  key bigint PRIMARY KEY,
  delivery_key bigint NOT NULL,
  previous bigint,                  -- the delivery's outcome before
  next_attempt_time bigint NOT NULL, -- from here to error: the delivery, as it stood then
  attempt_count integer NOT NULL,
  state smallint NOT NULL,
  response_status smallint NOT NULL,
  error text NOT NULL,
  number integer NOT NULL,          -- the attempt; 0: there was none
  start_time bigint,
  name_lookup bigint,
  connect bigint,
  tls bigint,
  first_byte bigint,
  total bigint,
  request_headers bytea,            -- a line each
  response_headers bytea,
  response_body bytea,
  response_body_truncated boolean
) PARTITION BY RANGE (key);
-- The partitions there are. Of one whose events and deliveries are gone, the outcomes may be left.
CREATE TABLE partitions (
  first_key bigint PRIMARY KEY,
  end_key bigint NOT NULL,
  name text NOT NULL,
  outcomes_only boolean NOT NULL DEFAULT false
);
-- First answers to calls that carried a request id.
CREATE TABLE requests (
  project bigint NOT NULL,
  id bytea NOT NULL,
  fingerprint bytea NOT NULL,
  answer bytea NOT NULL,
  time bigint NOT NULL,
  secrets bytea,                    -- of the webhook in the answer; NULL if it has none
  PRIMARY KEY (project, id)
);
CREATE INDEX requests_by_time ON requests (time);
CREATE INDEX requests_with_secrets ON requests (project) WHERE secrets IS NOT NULL;
-- Who may call.
CREATE TABLE tokens (
  key bigint PRIMARY KEY,
  id text NOT NULL UNIQUE,
  display_name text NOT NULL,
  secret_hash bytea NOT NULL,       -- SHA-256; empty: none
  client_identity text NOT NULL,
  projects text NOT NULL,           -- a line each, or *
  roles bigint NOT NULL,            -- bit n: role n
  rate_per_second double precision, -- NULL: no limit
  rate_burst integer,
  expire_time bigint,
  create_time bigint NOT NULL,
  last_used_time bigint
);
-- The hookd processes. A slot's epoch grows each time that it changes hands: what carries an older one is refused.
CREATE TABLE nodes (
  slot smallint PRIMARY KEY,
  epoch bigint NOT NULL DEFAULT 0,
  id text NOT NULL DEFAULT '',
  address text NOT NULL DEFAULT '',
  version text NOT NULL DEFAULT '',
  start_time bigint NOT NULL DEFAULT 0,
  expire_time bigint NOT NULL DEFAULT 0,  -- of its lease; past it the slot is free
  takes_part boolean NOT NULL DEFAULT false,  -- it holds shards, or will
  waiting bigint NOT NULL DEFAULT 0,      -- from here on what it says of itself: see store/cluster.h
  oldest_waiting bigint NOT NULL DEFAULT 0,
  in_flight integer NOT NULL DEFAULT 0
);
INSERT INTO nodes (slot) SELECT generate_series(0, 63);
-- Which process delivers the webhooks of a shard: that of the slot, while the slot has that epoch.
CREATE TABLE shards (
  shard smallint PRIMARY KEY,
  epoch bigint NOT NULL DEFAULT 0,
  slot smallint NOT NULL DEFAULT -1,     -- -1: nobody
  slot_epoch bigint NOT NULL DEFAULT 0
);
INSERT INTO shards (shard) SELECT generate_series(0, 127);
-- Counts changes of tokens, for the other processes to see that there was one.
CREATE TABLE token_changes (count bigint NOT NULL);
INSERT INTO token_changes VALUES (0);
)sql", kMoved, kMissedByStateAndKnown, kSearchIndex, kProjects, kWebhookHealth, kStats, kAttemptDetails};
constexpr int kNewest = sizeof(kVersions) / sizeof(kVersions[0]);

// Of hookd's migrations, among whatever else the database is used for.
constexpr char kLock[] = "SELECT pg_advisory_xact_lock(7233183901563514)";

// Sets `found` to the version before; 0: the store is new.
absl::Status MigrateLocked(PostgresConnection& connection, int& found) {
  absl::Status status = connection.Execute(
      "CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)", limits::kMigrationPatience);
  if (!status.ok()) return status;
  const auto version = connection.Query("SELECT coalesce(max(version), 0) FROM schema_version");
  if (!version.ok()) return version.status();
  found = static_cast<int>(version->Int(0, 0));
  if (found > kNewest) {
    return absl::FailedPreconditionError(absl::StrCat("the store's database has schema version ", found,
                                                      "; this hookd supports up to ", kNewest,
                                                      ": start the newer hookd that wrote it"));
  }
  for (int next = found; next < kNewest; ++next) {
    status = connection.Execute(kVersions[next], limits::kMigrationPatience);
    if (status.ok()) {
      status = connection
                   .Query("WITH old AS (DELETE FROM schema_version) INSERT INTO schema_version VALUES ($1)",
                          PostgresParameters().Int(next + 1))
                   .status();
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MigratePostgres(PostgresConnection& connection) {
  const auto encoding = connection.Query(
      "SELECT current_setting('server_encoding'), "
      "current_setting('server_version_num')::bigint");
  if (!encoding.ok()) return encoding.status();
  if (encoding->Text(0, 0) != "UTF8") {
    return absl::FailedPreconditionError(
        "the store's database is not encoded in UTF-8: create one with ENCODING 'UTF8' TEMPLATE template0");
  }
  constexpr int64_t kOldestServer = 140000;
  if (encoding->Int(0, 1) < kOldestServer) {
    return absl::FailedPreconditionError("the store's PostgreSQL is too old: hookd needs 14 or newer");
  }
  // Others may be at it for as long as it takes.
  absl::Status status = connection.Execute("BEGIN; SET LOCAL lock_timeout = 0;");
  if (status.ok()) status = connection.Execute(kLock, limits::kMigrationPatience);
  int found = 0;
  if (status.ok()) status = MigrateLocked(connection, found);
  if (!status.ok()) {
    connection.Execute("ROLLBACK").IgnoreError();
    return status;
  }
  HOOKD_RETURN_IF_ERROR(connection.Execute("COMMIT"));
  if (found > 0 && found < kNewest) {
    LogInfo("store upgraded", {{"from_schema", found}, {"to_schema", kNewest}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> DangerousSettings(PostgresConnection& connection) {
  struct Danger {
    const char* name;
    const char* what;
  };
  constexpr Danger kDangers[] = {
      {"fsync", "a power cut can lose events that were acknowledged, or all of the database"},
      {"full_page_writes", "a power cut can damage the database"},
      {"synchronous_commit", "a crash can lose events that were acknowledged"},
      {"autovacuum", "the tables only grow"}};
  std::vector<std::string> sentences;
  for (const Danger& danger : kDangers) {
    const auto value = connection.Query("SELECT current_setting($1)", PostgresParameters().Text(danger.name));
    if (!value.ok()) return value.status();
    if (value->Text(0, 0) == "off") {
      sentences.push_back(absl::StrCat("PostgreSQL's setting ", danger.name, " is off: ", danger.what));
    }
  }
  return sentences;
}

absl::Status CheckMoveFinished(PostgresConnection& connection) {
  const auto unfinished = connection.Query("SELECT 1 FROM moved WHERE NOT finished");
  if (!unfinished.ok()) return unfinished.status();
  if (unfinished->size() == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the move of an embedded store to this database is not finished: run hookd migrate again");
}

}  // namespace hookd
