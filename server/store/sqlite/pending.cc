// The reads of pending deliveries and of outcomes.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "store/sqlite/reads.h"

namespace hookd::sqlite {
namespace {

// The two columns from `column` on.
std::shared_ptr<const TraceContext> ReadTrace(const Statement& row, int column) {
  if (row.IsNull(column)) return nullptr;
  return std::make_shared<const TraceContext>(
      TraceContext{.parent = std::string(row.Text(column)), .state = std::string(row.Text(column + 1))});
}

}  // namespace

// Parameters: 1 webhook; 2 the key before the first one, or the latest due time, or the keys as JSON; 3
// limit.
std::string ReadPendingSql(PendingQuery::Which which) {
  constexpr char kColumns[] =
      "SELECT d.key, d.event_key, d.attempt_count, d.earlier_attempt_count, d.next_attempt_time, "
      "d.event_type, "
      "e.event, e.traceparent, e.tracestate FROM ";
  constexpr char kEvent[] = "JOIN events e ON e.key = d.event_key ";
  constexpr char kNew[] =
      "SELECT * FROM deliveries WHERE webhook_key = ?1 AND state = 1 AND next_attempt_time IS NULL AND key > "
      "?2";
  switch (which) {
    case PendingQuery::Which::kNew:
      return absl::StrCat(kColumns, "deliveries d ", kEvent,
                          "WHERE d.webhook_key = ?1 AND d.state = 1 AND d.next_attempt_time IS NULL AND "
                          "d.key > ?2 ORDER BY d.key LIMIT ?3");
    case PendingQuery::Which::kDue:
      return absl::StrCat(kColumns, "deliveries d ", kEvent,
                          "WHERE d.webhook_key = ?1 AND d.state = 1 AND d.next_attempt_time <= ?2 "
                          "ORDER BY d.next_attempt_time, d.key LIMIT ?3");
    case PendingQuery::Which::kBoth:
      // Few of an ordered webhook's deliveries have been attempted.
      return absl::StrCat(kColumns, "(", kNew,
                          " UNION ALL SELECT * FROM deliveries WHERE webhook_key = ?1 AND state = 1 AND "
                          "next_attempt_time IS NOT NULL AND key > ?2 ORDER BY key LIMIT ?3) d ",
                          kEvent, "ORDER BY d.key");
    case PendingQuery::Which::kThese:
      return absl::StrCat(kColumns, "json_each(?2) k CROSS JOIN deliveries d ON d.key = k.value ", kEvent,
                          "WHERE d.webhook_key = ?1 AND d.state = 1 AND d.next_attempt_time IS NULL "
                          "ORDER BY d.key LIMIT ?3");
  }
  return "";
}

const char kLoadBacklogsSql[] =
    "SELECT b.webhook_key, p.name, b.count, b.next_due FROM (SELECT webhook_key, count(*) AS count, "
    "min(next_attempt_time) AS next_due FROM deliveries WHERE state = 1 GROUP BY webhook_key) b "
    "LEFT JOIN webhooks w ON w.key = b.webhook_key LEFT JOIN projects p ON p.key = w.project";

// Parameters: 1 the key before the first one; 2 limit. The log first, limited to what is examined.
const char kReadOutcomesSql[] =
    "SELECT o.key, o.delivery_key, d.event_key, d.webhook_key, w.id, d.event_type, o.state, o.attempt_count, "
    "o.response_status, o.error, o.next_attempt_time, p.name, o.error_class FROM "
    "(SELECT * FROM outcomes WHERE key > ?1 ORDER BY key LIMIT ?2) o "
    "LEFT JOIN deliveries d ON d.key = o.delivery_key LEFT JOIN webhooks w ON w.key = d.webhook_key "
    "LEFT JOIN projects p ON p.key = d.project ORDER BY o.key";

absl::StatusOr<std::vector<Backlog>> LoadBacklogs(Database& database) {
  const auto select = database.Prepare(kLoadBacklogsSql);
  if (!select.ok()) return select.status();
  std::vector<Backlog> backlogs;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    backlogs.push_back({.webhook_key = row.Int(0),
                        .project = std::string(row.Text(1)),
                        .count = row.Int(2),
                        .next_due = ReadTime(row, 3).value_or(absl::InfiniteFuture())});
    return true;
  });
  if (!read.ok()) return read;
  return backlogs;
}

absl::StatusOr<PendingPage> ReadPending(Database& database, const PendingQuery& query) {
  const auto select = database.Prepare(ReadPendingSql(query.which));
  if (!select.ok()) return select.status();
  const bool due = query.which == PendingQuery::Which::kDue;
  const absl::Time until = std::min(query.until, absl::FromUnixMicros(std::numeric_limits<int64_t>::max()));
  const std::string keys = absl::StrCat("[", absl::StrJoin(query.keys, ","), "]");  // read as rows are
  Statement& bound = (*select)->Bind(1, query.webhook_key);
  if (query.which == PendingQuery::Which::kThese) {
    bound.BindText(2, keys);
  } else {
    bound.Bind(2, due ? absl::ToUnixMicros(until) : query.after_key);
  }
  bound.Bind(3, query.limit + int64_t{1});  // one more shows whether there is more
  PendingPage page;
  size_t bytes = 0;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    const size_t taken = page.deliveries.size();
    page.more = taken == static_cast<size_t>(query.limit) || (taken > 0 && bytes >= query.max_bytes);
    if (page.more) return false;
    page.deliveries.push_back({.key = row.Int(0),
                               .event_key = row.Int(1),
                               .attempt_count = static_cast<int>(row.Int(2)),
                               .earlier_attempt_count = static_cast<int>(row.Int(3)),
                               .next_attempt_time = ReadTime(row, 4),
                               .event_type = static_cast<int>(row.Int(5)),
                               .event = std::string(row.Text(6)),
                               .trace = ReadTrace(row, 7)});
    bytes += page.deliveries.back().event.size();
    return true;
  });
  if (!read.ok()) return read;
  if (!due || page.more) return page;
  const auto next = database.Prepare(
      "SELECT min(next_attempt_time) FROM deliveries WHERE webhook_key = ? AND state = 1 AND "
      "next_attempt_time > ?");
  if (!next.ok()) return next.status();
  const auto found = (*next)->Bind(1, query.webhook_key).Bind(2, absl::ToUnixMicros(until)).Step();
  if (!found.ok()) return found.status();
  page.next_due = ReadTime(**next, 0).value_or(absl::InfiniteFuture());
  (*next)->Reset();
  return page;
}

absl::StatusOr<OutcomePage> ReadOutcomes(Database& database, const OutcomeQuery& query) {
  const auto select = database.Prepare(kReadOutcomesSql);
  if (!select.ok()) return select.status();
  (*select)->Bind(1, query.after_key).Bind(2, query.limit + int64_t{1});
  OutcomePage page;
  page.last_key = query.after_key;
  int looked_at = 0;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    page.more = ++looked_at > query.limit;
    if (page.more) return false;
    page.last_key = row.Int(0);
    RecordedOutcome outcome;
    outcome.key = row.Int(0);
    Delivery& delivery = outcome.delivery;
    delivery.key = row.Int(1);
    delivery.event_key = row.Int(2);
    delivery.webhook_key = row.Int(3);
    delivery.webhook_id = std::string(row.Text(4));
    delivery.event_type = static_cast<int>(row.Int(5));
    delivery.state = static_cast<DeliveryState>(row.Int(6));
    delivery.attempt_count = static_cast<int>(row.Int(7));
    delivery.response_status = static_cast<int>(row.Int(8));
    delivery.error = std::string(row.Text(9));
    delivery.next_attempt_time = ReadTime(row, 10);
    delivery.error_class = static_cast<ErrorClass>(row.Int(12));
    if (Matches(query, std::string(row.Text(11)), delivery)) page.outcomes.push_back(std::move(outcome));
    return true;
  });
  if (!read.ok()) return read;
  return page;
}

}  // namespace hookd::sqlite
