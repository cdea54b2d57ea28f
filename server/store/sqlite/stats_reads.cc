// The part of reads.h for statistics.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "store/sqlite/reads.h"
#include "store/stats/stats_rows.h"

namespace hookd::sqlite {
namespace {

// The number that stands for the owner, if it has ever existed.
absl::StatusOr<std::optional<int64_t>> FindOwner(Database& database, const StatsOwner& owner) {
  const bool is_project = owner.webhook_key == 0;
  HOOKD_ASSIGN_OR_RETURN(Statement* const find,
                         database.Prepare(is_project ? "SELECT -key FROM projects WHERE name = ?"
                                                     : "SELECT key FROM webhooks WHERE key = ?"));
  if (is_project) {
    find->BindText(1, owner.project);
  } else {
    find->Bind(1, owner.webhook_key);
  }
  HOOKD_ASSIGN_OR_RETURN(const bool found, find->Step());
  if (!found) return std::nullopt;
  const int64_t key = find->Int(0);
  find->Reset();
  return key;
}

absl::Status ReadHours(Database& database, const StatsQuery& query, size_t owner, int64_t owner_key,
                       std::vector<StatsHour>& hours) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const select,
      database.Prepare(absl::StrCat("SELECT hour, slot, counted_to, total", query.minutes ? ", minutes" : "",
                                    " FROM stats WHERE day = ? AND owner = ? AND hour >= ? AND hour < ?")));
  for (int64_t day = query.first_hour / kHoursPerDay; day * kHoursPerDay < query.end_hour; ++day) {
    select->Bind(1, day).Bind(2, owner_key).Bind(3, query.first_hour).Bind(4, query.end_hour);
    HOOKD_RETURN_IF_ERROR(ForEachRow(*select, [&](const Statement& row) {
      std::optional<absl::string_view> minutes;
      if (query.minutes) minutes = row.Text(4);
      hours.push_back(
          ReadStored(owner, row.Int(0), static_cast<int>(row.Int(1)), row.Int(2), row.Text(3), minutes));
      return true;
    }));
  }
  return absl::OkStatus();
}

absl::Status ReadGaps(Database& database, std::vector<StatsGap>& gaps) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const stored,
                         database.Prepare("SELECT start_time, end_time FROM stats_gaps"));
  HOOKD_RETURN_IF_ERROR(ForEachRow(*stored, [&gaps](const Statement& row) {
    gaps.push_back({.start = absl::FromUnixMicros(row.Int(0)), .end = absl::FromUnixMicros(row.Int(1))});
    return true;
  }));
  HOOKD_ASSIGN_OR_RETURN(Statement* const uncounted,
                         database.Prepare("SELECT counted_to, end_key FROM stats_logs WHERE NOT clean AND "
                                          "counted_to < end_key"));
  return ForEachRow(*uncounted, [&gaps](const Statement& row) {
    gaps.push_back({.start = TimeOfKey(row.Int(0)), .end = TimeOfKey(row.Int(1)) + absl::Milliseconds(1)});
    return true;
  });
}

// Reads one kind of record with `sql`, and returns up to which key all of them were read.
template <typename Take>
absl::StatusOr<int64_t> ReadKind(Database& database, const StatsRecordsQuery& query, const char* sql,
                                 Take take) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const select, database.Prepare(sql));
  select->Bind(1, query.after_key).Bind(2, query.to_key).Bind(3, query.limit);
  int rows = 0;
  int64_t last = query.to_key;
  HOOKD_RETURN_IF_ERROR(ForEachRow(*select, [&](const Statement& row) {
    take(row);
    last = row.Int(0);
    ++rows;
    return true;
  }));
  return rows == query.limit ? last : query.to_key;
}

}  // namespace

absl::StatusOr<StatsPage> ReadStats(Database& database, const StatsQuery& query) {
  StatsPage page;
  for (size_t i = 0; i < query.owners.size(); ++i) {
    HOOKD_ASSIGN_OR_RETURN(const std::optional<int64_t> owner, FindOwner(database, query.owners[i]));
    page.known.push_back(owner.has_value());
    page.project_keys.push_back(ProjectKeyOf(query.owners[i], owner));
    if (owner.has_value()) HOOKD_RETURN_IF_ERROR(ReadHours(database, query, i, *owner, page.hours));
  }
  if (query.gaps) HOOKD_RETURN_IF_ERROR(ReadGaps(database, page.gaps));
  return page;
}

absl::StatusOr<std::vector<StatsLog>> ReadStatsLogs(Database& database) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const select,
      database.Prepare("SELECT id, slot, first_key, end_key, version, positions, clean FROM "
                       "stats_logs WHERE end_key IS NOT NULL ORDER BY id"));
  std::vector<StatsLog> logs;
  HOOKD_RETURN_IF_ERROR(ForEachRow(*select, [&logs](const Statement& row) {
    logs.push_back({.id = row.Int(0),
                    .slot = static_cast<int>(row.Int(1)),
                    .first_key = row.Int(2),
                    .end_key = row.Int(3),
                    .ended = true,
                    .clean = row.Int(6) != 0,
                    .version = row.Int(4),
                    .positions = DecodePositions(row.Text(5)).value_or(std::vector<int64_t>())});
    return true;
  }));
  return logs;
}

absl::StatusOr<StatsRecords> ReadStatsRecords(Database& database, const StatsRecordsQuery& query) {
  StatsRecords records;
  HOOKD_ASSIGN_OR_RETURN(const int64_t events_to,
                         ReadKind(database, query,
                                  "SELECT e.key, p.name, e.webhook_count, e.project FROM events e CROSS JOIN "
                                  "projects p ON p.key = e.project "
                                  "WHERE e.key > ? AND e.key <= ? ORDER BY e.key LIMIT ?",
                                  [&records](const Statement& row) {
                                    records.events.push_back({.key = row.Int(0),
                                                              .project = std::string(row.Text(1)),
                                                              .project_key = row.Int(3),
                                                              .matched = row.Int(2) > 0});
                                  }));
  HOOKD_ASSIGN_OR_RETURN(
      const int64_t deliveries_to,
      ReadKind(database, query,
               "SELECT key, webhook_key FROM deliveries WHERE key > ? AND key <= ? ORDER BY key LIMIT ?",
               [&records](const Statement& row) {
                 records.deliveries.push_back({.key = row.Int(0), .webhook_key = row.Int(1)});
               }));
  HOOKD_ASSIGN_OR_RETURN(
      const int64_t outcomes_to,
      ReadKind(database, query,
               "SELECT o.key, p.name, d.webhook_key, o.state, o.number, o.response_status, o.total, "
               "o.error_class, "
               "d.project FROM outcomes o CROSS JOIN deliveries d ON d.key = o.delivery_key CROSS JOIN "
               "projects p ON "
               "p.key = d.project WHERE o.key > ? AND o.key <= ? ORDER BY o.key LIMIT ?",
               [&records](const Statement& row) {
                 records.outcomes.push_back({.key = row.Int(0),
                                             .project = std::string(row.Text(1)),
                                             .project_key = row.Int(8),
                                             .webhook_key = row.Int(2),
                                             .state = static_cast<DeliveryState>(row.Int(3)),
                                             .attempted = row.Int(4) > 0,
                                             .error_class = static_cast<ErrorClass>(row.Int(7)),
                                             .response_status = static_cast<int>(row.Int(5)),
                                             .total = absl::Microseconds(row.Int(6))});
               }));
  TrimRecords(std::min({events_to, deliveries_to, outcomes_to}), records);
  return records;
}

}  // namespace hookd::sqlite
