#include "store/postgres/event_log.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/reads.h"

namespace hookd::postgres {
namespace {

// The greatest key above $1, and how many processes there are.
constexpr char kNewestSql[] =
    "SELECT (SELECT max(key) FROM events WHERE key > $1), "
    "(SELECT count(*) FROM nodes WHERE expire_time >= " HOOKD_POSTGRES_NOW ")";

// The transactions that have taken the lock of PostgresWrites::QueueBegin, or wait for it.
constexpr char kOpenSql[] =
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'nodes'::regclass "
    "AND "
    "database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'RowShareLock'";

// Whether the event was sent to one of the webhooks $7. Its deliveries are the keys that follow its own.
constexpr char kOfWebhooks[] =
    " AND EXISTS (SELECT 1 FROM deliveries d WHERE d.key > e.key AND d.key <= e.key + e.webhook_count AND "
    "d.webhook_key = ANY ($7::bigint[]))";

struct Looked {
  int64_t newest_key = 0;
  int64_t horizon = 0;  // exclusive
  int64_t reach = 0;    // see EventHorizon::Look
};

// The order of the statements matters: each knows at most what happened before the next one.
absl::StatusOr<Looked> LookAtHorizon(PostgresConnection& connection, int64_t after_key, EventHorizon& horizon,
                                     Clock* clock) {
  const int64_t begin = horizon.Begin();
  connection.Queue(kNewestSql, PostgresParameters().Int(after_key));
  connection.Queue("SELECT " HOOKD_POSTGRES_NOW);
  connection.Queue(kOpenSql);
  const absl::Time clock_now = clock != nullptr ? clock->Now() : absl::Time();
  HOOKD_ASSIGN_OR_RETURN(const auto results, connection.Run());
  const PostgresRows& newest = results[0];
  const PostgresRows& open = results[2];
  const absl::Time now = clock != nullptr ? clock_now : absl::FromUnixMicros(results[1].Int(0, 0));
  Looked looked{.newest_key = newest.IsNull(0, 0) ? after_key : newest.Int(0, 0)};
  EventHorizon::Look look{.reach = FirstKeyAt(now)};
  // The keys of one process ascend, even if its clock does not, and another one begins above all keys.
  if (newest.Int(0, 1) <= 1) look.reach = std::max(look.reach, looked.newest_key + 1);
  for (int i = 0; i < open.size(); ++i) look.open.emplace(open.Text(i, 0));
  looked.reach = look.reach;
  looked.horizon = horizon.End(begin, std::move(look));
  return looked;
}

PostgresParameters Parameters(const EventLogQuery& query, int64_t horizon) {
  PostgresParameters parameters;
  parameters.Int(query.after_key).Int(horizon).Int(query.limit);
  constexpr size_t kMost = std::numeric_limits<int64_t>::max();
  parameters.Int(static_cast<int64_t>(std::min(query.max_bytes, kMost)));
  parameters.Text(query.project.value_or(""));
  parameters.Int(static_cast<int64_t>(query.event_types.value_or(EventTypes().set()).to_ullong()));
  return parameters;
}

}  // namespace

absl::StatusOr<int64_t> FindEventHorizon(PostgresConnection& connection, int64_t after_key,
                                         EventHorizon& horizon, Clock* clock) {
  HOOKD_ASSIGN_OR_RETURN(const Looked looked, LookAtHorizon(connection, after_key, horizon, clock));
  return looked.horizon;
}

int64_t EventHorizon::Begin() {
  absl::MutexLock lock(&mutex_);
  return ++looks_;
}

int64_t EventHorizon::End(int64_t begin, Look look) {
  absl::MutexLock lock(&mutex_);
  if (candidate_.has_value() && begin > candidate_looks_) {
    const auto is_open = [&](const std::string& transaction) { return look.open.contains(transaction); };
    if (std::none_of(candidate_->open.begin(), candidate_->open.end(), is_open)) {
      safe_ = std::max(safe_, candidate_->reach);
      candidate_.reset();
    }
  }
  if (look.open.empty()) {
    safe_ = std::max(safe_, look.reach);
  } else if (!candidate_.has_value()) {
    candidate_ = std::move(look);
    candidate_looks_ = looks_;
  }
  return safe_;
}

// Parameters: $1 the key before the first one, $2 that after the last one, $3 limit, $4 the size of the
// events after which no more are returned, $5 the project or empty for all, $6 a bit for each type, $7 the
// webhooks.
//
// The rows: the first one examined, whether it matches or not, and those that match. Each has how many were
// examined and the last of them. An event that does not match is not read.
std::string ReadEventLogSql(bool of_webhooks) {
  const std::string matches = absl::StrCat(
      "($5::text = '' OR e.project = (SELECT key FROM projects WHERE name = $5)) IS TRUE AND "
      "(($6::bigint >> e.type::integer) & 1) = 1",
      of_webhooks ? kOfWebhooks : "");
  return absl::StrCat(
      "SELECT l.key, l.matches, l.type, l.webhook_count, l.event, p.name, l.examined, l.last_key FROM ("
      "SELECT m.*, row_number() OVER w AS place, count(*) OVER () AS examined, max(m.key) OVER () AS "
      "last_key, "
      "sum(coalesce(octet_length(m.event), 0)) OVER w - coalesce(octet_length(m.event), 0) AS bytes_before "
      "FROM ("
      "SELECT k.key, k.project, k.type, k.webhook_count, k.matches, CASE WHEN k.matches THEN k.event END AS "
      "event "
      "FROM (SELECT e.key, e.project, e.type, e.webhook_count, e.event, ",
      matches,
      " AS matches FROM events e WHERE e.key > $1 AND e.key < $2 ORDER BY e.key LIMIT $3) k) m "
      "WINDOW w AS (ORDER BY m.key ROWS UNBOUNDED PRECEDING)) l LEFT JOIN projects p ON p.key = l.project "
      "WHERE (l.matches AND l.bytes_before < $4) OR l.place = 1 ORDER BY l.key");
}

absl::StatusOr<EventLogPage> ReadEventLog(PostgresConnection& connection, const EventLogQuery& query,
                                          EventHorizon& horizon, Clock* clock) {
  const int64_t after_key = query.from_end ? 0 : query.after_key;
  HOOKD_ASSIGN_OR_RETURN(const Looked looked, LookAtHorizon(connection, after_key, horizon, clock));
  if (query.from_end) {
    const int64_t end = std::max(looked.reach, int64_t{1}) - 1;
    return EventLogPage{.events = {}, .last_key = end, .newest_key = end};
  }
  EventLogPage page{.events = {}, .last_key = query.after_key, .newest_key = looked.newest_key};
  if (looked.newest_key == query.after_key || looked.horizon <= query.after_key + 1) return page;
  PostgresParameters parameters = Parameters(query, looked.horizon);
  if (!query.webhook_ids.empty()) {
    HOOKD_ASSIGN_OR_RETURN(const auto keys,
                           WebhooksThatHadIds(connection, query.project.value_or(""), query.webhook_ids));
    parameters.Ints(keys);
  }
  HOOKD_ASSIGN_OR_RETURN(
      const auto rows, connection.Query(ReadEventLogSql(!query.webhook_ids.empty()), std::move(parameters)));
  if (rows.size() == 0) return page;
  size_t bytes = 0;
  for (int i = 0; i < rows.size(); ++i) {
    if (rows.Int(i, 1) == 0) continue;
    page.events.push_back({.project = std::string(rows.Text(i, 5)),
                           .event = {.key = rows.Int(i, 0),
                                     .type = static_cast<int>(rows.Int(i, 2)),
                                     .event = std::string(rows.Text(i, 4)),
                                     .emit_time = TimeOfKey(rows.Int(i, 0)),
                                     .webhook_count = static_cast<int>(rows.Int(i, 3))}});
    bytes += page.events.back().event.event.size();
  }
  // Events that match may follow the one with which the page is full.
  const int64_t last_key = rows.Int(0, 7);
  page.last_key = bytes >= query.max_bytes && !page.events.empty() ? page.events.back().event.key : last_key;
  page.more = page.last_key < last_key || rows.Int(0, 6) == query.limit;
  page.newest_key = std::max(page.newest_key, page.last_key);
  page.more = page.more && page.newest_key > page.last_key;
  return page;
}

}  // namespace hookd::postgres
