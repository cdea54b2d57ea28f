// The reads of pending deliveries and of outcomes.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/limits.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/reads.h"

namespace hookd::postgres {
namespace {

// The two columns from `column` on.
std::shared_ptr<const TraceContext> ReadTrace(const PostgresRows& rows, int row, int column) {
  if (rows.IsNull(row, column)) return nullptr;
  return std::make_shared<const TraceContext>(TraceContext{.parent = std::string(rows.Text(row, column)),
                                                           .state = std::string(rows.Text(row, column + 1))});
}

}  // namespace

// Parameters: $1 webhook; $2 the key before the first one, or the latest due time, or the keys; $3 limit;
// with keys, $4 the least of them and $5 the greatest. A delivery's key is in the run of keys of its event,
// which excludes all other days: planning for a month of them takes longer than reading the rows.
std::string ReadPendingSql(PendingQuery::Which which) {
  constexpr char kColumns[] =
      "SELECT d.key, d.event_key, d.attempt_count, d.earlier_attempt_count, d.next_attempt_time, "
      "d.event_type, "
      "e.event, e.traceparent, e.tracestate FROM (";
  constexpr char kOfWebhook[] = "SELECT * FROM deliveries WHERE webhook_key = $1 AND state = 1 AND ";
  constexpr char kAfter[] = " AND key > $2 AND (key + 0) > $2 ORDER BY (key + 0) LIMIT $3";
  // Looked up for each delivery, whatever the planner's statistics of events are.
  constexpr char kEvent[] =
      ") d CROSS JOIN LATERAL (SELECT event, traceparent, tracestate FROM events WHERE key = d.event_key";
  constexpr char kEnd[] = " LIMIT 1) e ORDER BY ";
  const std::string of_later = absl::StrCat(" AND key > $2 - ", kMaxKeyRun, kEnd, "d.key");
  switch (which) {
    case PendingQuery::Which::kNew:
      return absl::StrCat(kColumns, kOfWebhook, "next_attempt_time = 0", kAfter, kEvent, of_later);
    case PendingQuery::Which::kDue:
      return absl::StrCat(
          kColumns, kOfWebhook,
          "next_attempt_time > 0 AND next_attempt_time <= $2 ORDER BY next_attempt_time, (key + 0) "
          "LIMIT $3",
          kEvent, kEnd, "d.next_attempt_time, d.key");
    case PendingQuery::Which::kBoth:
      // Few of an ordered webhook's deliveries have been attempted.
      return absl::StrCat(kColumns, "SELECT * FROM ((", kOfWebhook, "next_attempt_time = 0", kAfter,
                          ") UNION ALL (", kOfWebhook, "next_attempt_time > 0", kAfter,
                          ")) a ORDER BY key LIMIT $3", kEvent, of_later);
    case PendingQuery::Which::kThese:
      return absl::StrCat(
          kColumns,
          "SELECT * FROM deliveries WHERE key = ANY ($2::bigint[]) AND webhook_key = $1 AND state = 1 "
          "AND next_attempt_time = 0 ORDER BY key LIMIT $3",
          kEvent, " AND key BETWEEN $4 - ", kMaxKeyRun, " AND $5", kEnd, "d.key");
  }
  return "";
}

// Parameter: $1 the shards.
const char kLoadBacklogsSql[] =
    "SELECT b.webhook_key, p.name, b.count, b.next_due FROM (SELECT webhook_key, count(*) AS count, "
    "min(nullif(next_attempt_time, 0)) AS next_due FROM deliveries WHERE state = 1 "
    "AND " HOOKD_POSTGRES_SHARD("webhook_key") " = ANY ($1::bigint[]) GROUP BY webhook_key) b "
    "LEFT JOIN webhooks w ON w.key = b.webhook_key LEFT JOIN projects p ON p.key = w.project";

namespace {

constexpr char kOutcomeColumns[] =
    "SELECT o.key, o.delivery_key, d.event_key, d.webhook_key, w.id, d.event_type, o.state, o.attempt_count, "
    "o.response_status, o.error, o.next_attempt_time, p.name, o.error_class FROM ";
constexpr char kOutcomeDelivery[] =
    " o LEFT JOIN deliveries d ON d.key = o.delivery_key LEFT JOIN webhooks w ON w.key = d.webhook_key "
    "LEFT JOIN projects p ON p.key = d.project ORDER BY o.key";

RecordedOutcome ReadOutcome(const PostgresRows& rows, int row) {
  RecordedOutcome outcome;
  outcome.key = rows.Int(row, 0);
  Delivery& delivery = outcome.delivery;
  delivery.key = rows.Int(row, 1);
  delivery.event_key = rows.Int(row, 2);
  delivery.webhook_key = rows.Int(row, 3);
  delivery.webhook_id = std::string(rows.Text(row, 4));
  delivery.event_type = static_cast<int>(rows.Int(row, 5));
  delivery.state = static_cast<DeliveryState>(rows.Int(row, 6));
  delivery.attempt_count = static_cast<int>(rows.Int(row, 7));
  delivery.response_status = static_cast<int>(rows.Int(row, 8));
  delivery.error = std::string(rows.Text(row, 9));
  delivery.next_attempt_time = ReadTimeOrZero(rows, row, 10);
  delivery.error_class = static_cast<ErrorClass>(rows.Int(row, 12));
  return outcome;
}

}  // namespace

// Parameters: $1 the key before the first one; $2 limit. The log first, limited to what is examined.
std::string ReadOutcomesSql() {
  return absl::StrCat(kOutcomeColumns, "(SELECT * FROM outcomes WHERE key > $1 ORDER BY key LIMIT $2)",
                      kOutcomeDelivery);
}

absl::StatusOr<std::vector<Backlog>> LoadBacklogs(PostgresConnection& connection,
                                                  const std::vector<int64_t>& shards) {
  const auto rows = connection.Query(kLoadBacklogsSql, std::move(PostgresParameters().Ints(shards)),
                                     limits::kMigrationPatience);
  if (!rows.ok()) return rows.status();
  std::vector<Backlog> backlogs;
  backlogs.reserve(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    backlogs.push_back({.webhook_key = rows->Int(i, 0),
                        .project = std::string(rows->Text(i, 1)),
                        .count = rows->Int(i, 2),
                        .next_due = ReadTime(*rows, i, 3).value_or(absl::InfiniteFuture())});
  }
  return backlogs;
}

absl::StatusOr<std::vector<std::pair<std::string, RecordedOutcome>>> ReadTheseOutcomes(
    PostgresConnection& connection, const std::vector<int64_t>& keys) {
  const auto rows = connection.Query(
      absl::StrCat(kOutcomeColumns, "(SELECT * FROM outcomes WHERE key = ANY ($1::bigint[]))",
                   kOutcomeDelivery),
      std::move(PostgresParameters().Ints(keys)));
  if (!rows.ok()) return rows.status();
  std::vector<std::pair<std::string, RecordedOutcome>> outcomes;
  outcomes.reserve(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    outcomes.emplace_back(std::string(rows->Text(i, 11)), ReadOutcome(*rows, i));
  }
  return outcomes;
}

absl::StatusOr<PendingPage> ReadPending(PostgresConnection& connection, const PendingQuery& query) {
  const bool due = query.which == PendingQuery::Which::kDue;
  const int64_t until =
      absl::ToUnixMicros(std::min(query.until, absl::FromUnixMicros(std::numeric_limits<int64_t>::max())));
  PostgresParameters parameters;
  parameters.Int(query.webhook_key);
  if (query.which == PendingQuery::Which::kThese) {
    parameters.Ints(query.keys);
  } else {
    parameters.Int(due ? until : query.after_key);
  }
  parameters.Int(query.limit + int64_t{1});  // one more shows whether there is more
  if (query.which == PendingQuery::Which::kThese) {
    if (query.keys.empty()) return PendingPage();
    parameters.Int(query.keys.front()).Int(query.keys.back());
  }
  const auto rows = connection.Query(ReadPendingSql(query.which), std::move(parameters));
  if (!rows.ok()) return rows.status();
  PendingPage page;
  size_t bytes = 0;
  for (int i = 0; i < rows->size(); ++i) {
    const size_t taken = page.deliveries.size();
    page.more = taken == static_cast<size_t>(query.limit) || (taken > 0 && bytes >= query.max_bytes);
    if (page.more) break;
    page.deliveries.push_back({.key = rows->Int(i, 0),
                               .event_key = rows->Int(i, 1),
                               .attempt_count = static_cast<int>(rows->Int(i, 2)),
                               .earlier_attempt_count = static_cast<int>(rows->Int(i, 3)),
                               .next_attempt_time = ReadTimeOrZero(*rows, i, 4),
                               .event_type = static_cast<int>(rows->Int(i, 5)),
                               .event = std::string(rows->Text(i, 6)),
                               .trace = ReadTrace(*rows, i, 7)});
    bytes += page.deliveries.back().event.size();
  }
  if (!due || page.more) return page;
  const auto next = connection.Query(
      "SELECT min(next_attempt_time) FROM deliveries WHERE webhook_key = $1 AND state = 1 AND "
      "next_attempt_time > $2",
      PostgresParameters().Int(query.webhook_key).Int(std::max(until, int64_t{0})));
  if (!next.ok()) return next.status();
  page.next_due = ReadTime(*next, 0, 0).value_or(absl::InfiniteFuture());
  return page;
}

absl::StatusOr<OutcomePage> ReadOutcomes(PostgresConnection& connection, const OutcomeQuery& query) {
  const auto rows = connection.Query(ReadOutcomesSql(),
                                     PostgresParameters().Int(query.after_key).Int(query.limit + int64_t{1}));
  if (!rows.ok()) return rows.status();
  OutcomePage page;
  page.last_key = query.after_key;
  for (int i = 0; i < rows->size(); ++i) {
    page.more = i == query.limit;
    if (page.more) break;
    page.last_key = rows->Int(i, 0);
    RecordedOutcome outcome = ReadOutcome(*rows, i);
    if (Matches(query, std::string(rows->Text(i, 11)), outcome.delivery))
      page.outcomes.push_back(std::move(outcome));
  }
  return page;
}

}  // namespace hookd::postgres
