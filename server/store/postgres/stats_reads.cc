// The part of reads.h for statistics.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/partitions.h"
#include "store/postgres/reads.h"
#include "store/stats/stats_rows.h"

namespace hookd::postgres {
namespace {

// How many rows of statistics a purge deletes in one statement.
constexpr int64_t kPurgedRows = 1000;

// The logs that no process counts: those that have ended, and those of a slot that a process of an older
// version holds, or none for more than $1 microseconds.
constexpr char kAbandoned[] =
    "FROM stats_logs l LEFT JOIN nodes n ON n.slot = l.slot WHERE (l.end_key IS NOT NULL OR n.id <> l.node "
    "OR "
    "n.expire_time < " HOOKD_POSTGRES_NOW " - $1)";

// The number that stands for each owner; nothing for those that have never existed.
absl::StatusOr<std::vector<std::optional<int64_t>>> FindOwners(PostgresConnection& connection,
                                                               const std::vector<StatsOwner>& owners) {
  for (const StatsOwner& owner : owners) {
    if (owner.webhook_key == 0) {
      connection.Queue("SELECT -key FROM projects WHERE name = $1", PostgresParameters().Text(owner.project));
    } else {
      connection.Queue("SELECT key FROM webhooks WHERE key = $1",
                       PostgresParameters().Int(owner.webhook_key));
    }
  }
  HOOKD_ASSIGN_OR_RETURN(const std::vector<PostgresRows> found, connection.Run());
  std::vector<std::optional<int64_t>> keys;
  keys.reserve(found.size());
  for (const PostgresRows& rows : found) {
    keys.push_back(rows.size() == 0 ? std::nullopt : std::optional<int64_t>(rows.Int(0, 0)));
  }
  return keys;
}

absl::Status ReadGaps(PostgresConnection& connection, std::vector<StatsGap>& gaps) {
  connection.Queue("SELECT start_time, end_time FROM stats_gaps");
  connection.Queue(
      absl::StrCat("SELECT l.counted_to, coalesce(l.end_key, greatest(l.counted_to, n.expire_time / 1000 << "
                   "20)) ",
                   kAbandoned, " AND NOT l.clean"),
      PostgresParameters().Int(0));
  HOOKD_ASSIGN_OR_RETURN(const std::vector<PostgresRows> results, connection.Run());
  for (int i = 0; i < results[0].size(); ++i) {
    gaps.push_back({.start = absl::FromUnixMicros(results[0].Int(i, 0)),
                    .end = absl::FromUnixMicros(results[0].Int(i, 1))});
  }
  for (int i = 0; i < results[1].size(); ++i) {
    const int64_t counted_to = results[1].Int(i, 0), end = results[1].Int(i, 1);
    if (counted_to >= end) continue;
    gaps.push_back({.start = TimeOfKey(counted_to), .end = TimeOfKey(end) + absl::Milliseconds(1)});
  }
  return absl::OkStatus();
}

// A day of one kind of record is in a partition, so that the range of keys is a constant of the statement.
std::string RangeSql(const char* key, const StatsRecordsQuery& query) {
  std::string sql = absl::StrCat(key, " > $1 AND ", key, " <= $2");
  if (query.slot >= 0) {
    absl::StrAppend(&sql, " AND ((", key, " >> 14) & 63) = ", query.slot);
  }
  return absl::StrCat(sql, " ORDER BY ", key, " LIMIT $3");
}
static_assert(kKeySlots == 64 && kMaxKeyRun == 1 << 14);

int64_t ReadTo(const StatsRecordsQuery& query, const PostgresRows& rows) {
  return rows.size() == query.limit ? rows.Int(rows.size() - 1, 0) : query.to_key;
}

}  // namespace

absl::StatusOr<StatsPage> ReadStats(PostgresConnection& connection, const StatsQuery& query) {
  StatsPage page;
  HOOKD_ASSIGN_OR_RETURN(const auto owners, FindOwners(connection, query.owners));
  std::vector<int64_t> days;
  for (int64_t day = query.first_hour / kHoursPerDay; day * kHoursPerDay < query.end_hour; ++day) {
    days.push_back(day);
  }
  std::vector<size_t> queued;
  for (size_t i = 0; i < owners.size(); ++i) {
    page.known.push_back(owners[i].has_value());
    page.project_keys.push_back(ProjectKeyOf(query.owners[i], owners[i]));
    if (!owners[i].has_value() || days.empty()) continue;
    queued.push_back(i);
    connection.Queue(
        absl::StrCat("SELECT s.hour, s.slot, s.counted_to, s.total", query.minutes ? ", s.minutes" : "",
                     " FROM unnest($1::bigint[]) u (day) JOIN stats s ON s.day = u.day AND s.owner = $2 AND "
                     "s.hour >= $3 AND s.hour < $4"),
        PostgresParameters().Ints(days).Int(owners[i]).Int(query.first_hour).Int(query.end_hour));
  }
  if (!queued.empty()) {
    HOOKD_ASSIGN_OR_RETURN(const std::vector<PostgresRows> results, connection.Run());
    for (size_t i = 0; i < queued.size(); ++i) {
      const PostgresRows& rows = results[i];
      for (int row = 0; row < rows.size(); ++row) {
        std::optional<absl::string_view> minutes;
        if (query.minutes) minutes = rows.Text(row, 4);
        page.hours.push_back(ReadStored(queued[i], rows.Int(row, 0), static_cast<int>(rows.Int(row, 1)),
                                        rows.Int(row, 2), rows.Text(row, 3), minutes));
      }
    }
  }
  if (query.gaps) HOOKD_RETURN_IF_ERROR(ReadGaps(connection, page.gaps));
  return page;
}

absl::StatusOr<std::vector<StatsLog>> ReadStatsLogs(PostgresConnection& connection, absl::Time now) {
  // A process that is suspended may have a transaction in flight: what is older than this is visible.
  const int64_t settled_key = FirstKeyAt(now - limits::kMaxCommitLag);
  HOOKD_ASSIGN_OR_RETURN(
      const PostgresRows rows,
      connection.Query(absl::StrCat("SELECT l.id, l.slot, l.first_key, l.end_key, l.version, l.positions, "
                                    "l.counted_to, l.clean, n.expire_time < " HOOKD_POSTGRES_NOW " - $1 ",
                                    kAbandoned, " ORDER BY l.id"),
                       PostgresParameters().Int(absl::ToInt64Microseconds(limits::kMaxCommitLag))));
  std::vector<StatsLog> logs;
  for (int i = 0; i < rows.size(); ++i) {
    StatsLog log{.id = rows.Int(i, 0),
                 .slot = static_cast<int>(rows.Int(i, 1)),
                 .first_key = rows.Int(i, 2),
                 .end_key = rows.Int(i, 3),
                 .ended = !rows.IsNull(i, 3),
                 .over = rows.Int(i, 8) != 0,
                 .clean = rows.Int(i, 7) != 0,
                 .version = rows.Int(i, 4),
                 .positions = DecodePositions(rows.Text(i, 5)).value_or(std::vector<int64_t>())};
    if (log.ended && log.end_key >= settled_key) continue;
    if (!log.ended) {
      log.end_key = settled_key;
      if ((log.over && log.clean) || rows.Int(i, 6) >= settled_key) continue;
    }
    logs.push_back(std::move(log));
  }
  return logs;
}

absl::StatusOr<StatsRecords> ReadStatsRecords(PostgresConnection& connection,
                                              const StatsRecordsQuery& query) {
  const auto parameters = [&query] {
    return PostgresParameters().Int(query.after_key).Int(query.to_key).Int(query.limit);
  };
  // The records are selected first, by their keys alone: the planner would otherwise sort a join of all.
  connection.Queue(
      absl::StrCat(
          "SELECT e.key, p.name, e.webhook_count, e.project FROM (SELECT key, project, webhook_count "
          "FROM events WHERE ",
          RangeSql("key", query),
          ") e CROSS JOIN LATERAL (SELECT name FROM projects WHERE key = e.project LIMIT "
          "1) p ORDER BY e.key"),
      parameters());
  connection.Queue(absl::StrCat("SELECT key, webhook_key FROM deliveries WHERE ", RangeSql("key", query)),
                   parameters());
  // An outcome is at most the retention younger than its delivery, which may have been deleted.
  connection.Queue(
      absl::StrCat(
          "SELECT o.key, p.name, d.webhook_key, o.state, o.number, o.response_status, o.total, "
          "o.error_class, "
          "d.project FROM (SELECT key, delivery_key, state, number, response_status, total, error_class FROM "
          "outcomes "
          "WHERE ",
          RangeSql("key", query),
          ") o LEFT JOIN LATERAL (SELECT webhook_key, project FROM deliveries WHERE key = "
          "o.delivery_key LIMIT 1) d ON true LEFT JOIN LATERAL (SELECT name FROM projects WHERE key = "
          "d.project LIMIT 1) p ON true ORDER BY o.key"),
      parameters());
  HOOKD_ASSIGN_OR_RETURN(const std::vector<PostgresRows> results, connection.Run());
  StatsRecords records;
  for (int i = 0; i < results[0].size(); ++i) {
    records.events.push_back({.key = results[0].Int(i, 0),
                              .project = std::string(results[0].Text(i, 1)),
                              .project_key = results[0].Int(i, 3),
                              .matched = results[0].Int(i, 2) > 0});
  }
  for (int i = 0; i < results[1].size(); ++i) {
    records.deliveries.push_back({.key = results[1].Int(i, 0), .webhook_key = results[1].Int(i, 1)});
  }
  const PostgresRows& outcomes = results[2];
  for (int i = 0; i < outcomes.size(); ++i) {
    if (outcomes.IsNull(i, 1)) continue;
    records.outcomes.push_back({.key = outcomes.Int(i, 0),
                                .project = std::string(outcomes.Text(i, 1)),
                                .project_key = outcomes.Int(i, 8),
                                .webhook_key = outcomes.Int(i, 2),
                                .state = static_cast<DeliveryState>(outcomes.Int(i, 3)),
                                .attempted = outcomes.Int(i, 4) > 0,
                                .error_class = static_cast<ErrorClass>(outcomes.Int(i, 7)),
                                .response_status = static_cast<int>(outcomes.Int(i, 5)),
                                .total = absl::Microseconds(outcomes.Int(i, 6))});
  }
  TrimRecords(std::min({ReadTo(query, results[0]), ReadTo(query, results[1]), ReadTo(query, outcomes)}),
              records);
  return records;
}

absl::StatusOr<bool> PurgeStats(PostgresConnection& connection, int64_t before_key) {
  const absl::Time before = TimeOfKey(before_key);
  connection.Queue(
      "DELETE FROM stats WHERE ctid = ANY (ARRAY(SELECT ctid FROM stats WHERE day < $1 LIMIT $2))",
      PostgresParameters().Int(HourOf(before) / kHoursPerDay).Int(kPurgedRows));
  connection.Queue("DELETE FROM stats_gaps WHERE end_time < $1",
                   PostgresParameters().Int(absl::ToUnixMicros(before)));
  HOOKD_ASSIGN_OR_RETURN(const std::vector<PostgresRows> results, connection.Run());
  return results[0].changed() == kPurgedRows;
}

}  // namespace hookd::postgres
