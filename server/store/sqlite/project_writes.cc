// The part of SqliteWrites for projects.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/codec/label_codec.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/writes.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

// Runs a statement that deletes rows, at most `limit`; returns how many.
absl::StatusOr<int> DeleteRows(Database& database, absl::string_view sql, int64_t project, int limit) {
  const auto statement = database.Prepare(sql);
  if (!statement.ok()) return statement.status();
  HOOKD_RETURN_IF_ERROR((*statement)->Bind(1, project).Bind(2, limit).Run());
  return sqlite3_changes(database.connection());
}

}  // namespace

WriteResult<Project> SqliteWrites::UpdateProject(const std::string& id, const Store::ProjectEdit& edit,
                                                 bool allow_missing) {
  auto found = sqlite::GetProject(*database_, id);
  if (absl::IsNotFound(found.status())) {
    if (!allow_missing) return Refusal(found.status());
    // If the edit is refused, the project must not have been created.
    Project missing;
    missing.id = id;
    const absl::Status edited = edit(missing);
    if (!edited.ok()) return Refusal(edited);
    HOOKD_RETURN_IF_ERROR(ProjectKey(id).status());
    found = sqlite::GetProject(*database_, id);
  }
  if (!found.ok()) return found.status();
  const absl::Status edited = edit(*found);
  if (!edited.ok()) return Refusal(edited);
  ++found->revision;
  const auto update =
      database_->Prepare("UPDATE projects SET display_name = ?, labels = ?, revision = ? WHERE key = ?");
  if (!update.ok()) return update.status();
  const std::string labels = EncodeLabels(found->labels);
  HOOKD_RETURN_IF_ERROR((*update)
                            ->BindText(1, found->display_name)
                            .BindText(2, labels)
                            .Bind(3, found->revision)
                            .Bind(4, found->key)
                            .Run());
  return *std::move(found);
}

WriteResult<DeletedProject> SqliteWrites::DeleteProject(const std::string& id,
                                                        const Store::ProjectCheck& check) {
  auto found = sqlite::GetProject(*database_, id);
  if (absl::IsNotFound(found.status())) return Refusal(found.status());
  if (!found.ok()) return found.status();
  DeletedProject deleted{.project = *std::move(found)};
  const auto select =
      database_->Prepare("SELECT key FROM webhooks WHERE project = ? AND delete_time IS NULL ORDER BY key");
  if (!select.ok()) return select.status();
  (*select)->Bind(1, deleted.project.key);
  HOOKD_RETURN_IF_ERROR(sqlite::ForEachRow(**select, [&](const Statement& row) {
    deleted.webhooks.push_back(row.Int(0));
    return true;
  }));
  const absl::Status checked = check(deleted.project, static_cast<int64_t>(deleted.webhooks.size()));
  if (!checked.ok()) return Refusal(checked);
  const int64_t now = absl::ToUnixMicros(clock_->Now());
  deleted.revision = keys_.Take(clock_->Now(), 1);
  const auto forget = database_->Prepare(
      "UPDATE webhooks SET url = '', event_types = 0, display_name = '', secrets = x'', delete_time = ?, "
      "revision = ? WHERE project = ? AND delete_time IS NULL");
  if (!forget.ok()) return forget.status();
  HOOKD_RETURN_IF_ERROR((*forget)->Bind(1, now).Bind(2, deleted.revision).Bind(3, deleted.project.key).Run());
  const auto rename = database_->Prepare(
      "UPDATE projects SET name = '~' || key, display_name = '', labels = '', delete_time = ? WHERE key = ?");
  if (!rename.ok()) return rename.status();
  HOOKD_RETURN_IF_ERROR((*rename)->Bind(1, now).Bind(2, deleted.project.key).Run());
  project_keys_.erase(id);
  return deleted;
}

WriteResult<Purged> SqliteWrites::PurgeProjects(int limit) {
  HOOKD_ASSIGN_OR_RETURN(const Purged purged, project_purge_.Slice(*this, limit));
  return purged;
}

absl::StatusOr<std::vector<ProjectPurge::Deleted>> SqliteWrites::ListDeleted(int limit) {
  const auto select = database_->Prepare(
      "SELECT key, create_time FROM projects WHERE delete_time > 0 ORDER BY delete_time LIMIT ?");
  if (!select.ok()) return select.status();
  (*select)->Bind(1, limit);
  std::vector<ProjectPurge::Deleted> deleted;
  HOOKD_RETURN_IF_ERROR(sqlite::ForEachRow(**select, [&](const Statement& row) {
    // There are no other writers.
    deleted.push_back({.key = row.Int(0), .create_time = ReadTime(row, 1), .settled = true});
    return true;
  }));
  return deleted;
}

absl::StatusOr<std::vector<ProjectPurge::Event>> SqliteWrites::ListEvents(int64_t from, int limit) {
  const auto select = database_->Prepare(
      "SELECT key, project, webhook_count FROM events WHERE key >= ? ORDER BY key LIMIT ?");
  if (!select.ok()) return select.status();
  (*select)->Bind(1, from).Bind(2, limit);
  std::vector<ProjectPurge::Event> events;
  HOOKD_RETURN_IF_ERROR(sqlite::ForEachRow(**select, [&](const Statement& row) {
    events.push_back({.key = row.Int(0), .project = row.Int(1), .webhook_count = row.Int(2)});
    return true;
  }));
  return events;
}

absl::StatusOr<int> SqliteWrites::DeleteEvents(const std::vector<ProjectPurge::Event>& events) {
  HOOKD_RETURN_IF_ERROR(unwritten_.WriteBelow(events.back().key + events.back().webhook_count + 1));
  int count = 0;
  for (const ProjectPurge::Event& event : events) {
    HOOKD_ASSIGN_OR_RETURN(const bool can_delete,
                           CanDelete(event.key, event.webhook_count, /*delivered=*/false));
    if (!can_delete) continue;
    HOOKD_RETURN_IF_ERROR(DeleteEvent(event.key, event.webhook_count));
    ++count;
  }
  return count;
}

absl::StatusOr<int> SqliteWrites::DeleteRest(int64_t project, int limit) {
  constexpr const char* kRest[] = {
      "DELETE FROM requests WHERE project = ?1 AND id IN (SELECT id FROM requests WHERE project = ?1 LIMIT "
      "?2)",
      "DELETE FROM webhooks WHERE key IN (SELECT key FROM webhooks WHERE project = ?1 LIMIT ?2)"};
  int count = 0;
  for (const char* sql : kRest) {
    HOOKD_ASSIGN_OR_RETURN(const int deleted, DeleteRows(*database_, sql, project, limit - count));
    count += deleted;
    if (count == limit) return count;
  }
  const auto purged = database_->Prepare("UPDATE projects SET delete_time = 0 WHERE key = ?");
  if (!purged.ok()) return purged.status();
  HOOKD_RETURN_IF_ERROR((*purged)->Bind(1, project).Run());
  HOOKD_RETURN_IF_ERROR(database_->Execute(
      "DELETE FROM projects WHERE delete_time = 0 AND key < (SELECT max(key) FROM projects)"));
  return count;
}

}  // namespace hookd
