// The tables of deleted projects: see PostgresDeletedProjects.
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/status_macros.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/purge.h"

namespace hookd {

absl::StatusOr<std::vector<ProjectPurge::Deleted>> PostgresDeletedProjects::ListDeleted(int limit) {
  const auto rows = connection_.Query(
      "SELECT key, create_time, delete_time <= coalesce($1::bigint, " HOOKD_POSTGRES_NOW
      ") - $2 FROM projects WHERE delete_time IS NOT NULL ORDER BY delete_time LIMIT $3",
      std::move(PostgresParameters()
                    .Int(clock_ == nullptr ? std::nullopt : std::optional(absl::ToUnixMicros(clock_->Now())))
                    .Int(absl::ToInt64Microseconds(limits::kMaxCommitLag))
                    .Int(limit)));
  if (!rows.ok()) return rows.status();
  std::vector<ProjectPurge::Deleted> deleted;
  deleted.reserve(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    deleted.push_back(
        {.key = rows->Int(i, 0), .create_time = ReadTime(*rows, i, 1), .settled = rows->Int(i, 2) != 0});
  }
  return deleted;
}

absl::StatusOr<std::vector<ProjectPurge::Event>> PostgresDeletedProjects::ListEvents(int64_t from,
                                                                                     int limit) {
  const auto rows = connection_.Query(
      "SELECT key, project, webhook_count FROM events WHERE key >= $1 ORDER BY key LIMIT $2",
      std::move(PostgresParameters().Int(from).Int(limit)));
  if (!rows.ok()) return rows.status();
  std::vector<ProjectPurge::Event> events;
  events.reserve(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    events.push_back({.key = rows->Int(i, 0), .project = rows->Int(i, 1), .webhook_count = rows->Int(i, 2)});
  }
  return events;
}

absl::StatusOr<int> PostgresDeletedProjects::DeleteEvents(const std::vector<ProjectPurge::Event>& events) {
  std::vector<PostgresPurge::OldEvent> doomed;
  doomed.reserve(events.size());
  for (const ProjectPurge::Event& event : events) {
    doomed.push_back({.key = event.key, .webhook_count = event.webhook_count});
  }
  return PostgresPurge::Delete(connection_, doomed, /*delivered=*/false);
}

absl::StatusOr<int> PostgresDeletedProjects::DeleteRest(int64_t project, int limit) {
  constexpr const char* kRest[] = {
      "DELETE FROM requests WHERE project = $1 AND id IN (SELECT id FROM requests WHERE project = $1 LIMIT "
      "$2)",
      "DELETE FROM webhooks WHERE key IN (SELECT key FROM webhooks WHERE project = $1 LIMIT $2)"};
  int64_t count = 0;
  for (const char* sql : kRest) {
    const auto rows = connection_.Query(sql, std::move(PostgresParameters().Int(project).Int(limit - count)));
    if (!rows.ok()) return rows.status();
    count += rows->changed();
    if (count >= limit) return static_cast<int>(count);
  }
  HOOKD_RETURN_IF_ERROR(
      connection_.Query("DELETE FROM projects WHERE key = $1", std::move(PostgresParameters().Int(project)))
          .status());
  return static_cast<int>(count);
}

}  // namespace hookd
