// The part of PostgresWrites for projects.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/codec/label_codec.h"
#include "store/postgres/reads.h"
#include "store/postgres/writes.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

// A process that caches keys of projects without noticing deletions would go on adding to a deleted one.
absl::Status OlderProcess(absl::string_view version) {
  return absl::FailedPreconditionError(
      absl::StrCat("a hookd of version ", version,
                   " runs on this store, which cannot notice that a project is deleted: upgrade it first"));
}

}  // namespace

absl::StatusOr<int64_t> PostgresWrites::ProjectKey(const std::string& project) {
  HOOKD_RETURN_IF_ERROR(Flush());
  QueueNewProjects({project});
  int64_t key = 0;
  Queue("SELECT key FROM projects WHERE name = $1 FOR KEY SHARE", PostgresParameters().Text(project),
        [&key](const PostgresRows& rows) { key = rows.size() == 0 ? 0 : rows.Int(0, 0); });
  HOOKD_RETURN_IF_ERROR(SendQueued());
  if (key == 0) return ProjectDeletedMeanwhile();
  project_keys_[project] = key;
  return key;
}

WriteResult<Project> PostgresWrites::FindProject(const std::string& id, absl::string_view lock) {
  const auto found =
      Run(absl::StrCat("SELECT ", postgres::kProjectColumns, " FROM projects p WHERE p.name = $1 FOR ", lock),
          PostgresParameters().Text(id));
  if (!found.ok()) return found.status();
  if (found->size() == 0) return Refusal(ProjectNotFound(id));
  return postgres::ReadProject(*found, 0);
}

WriteResult<Project> PostgresWrites::UpdateProject(const std::string& id, const Store::ProjectEdit& edit,
                                                   bool allow_missing) {
  constexpr absl::string_view kLock = "NO KEY UPDATE";
  auto found = FindProject(id, kLock);
  if (!found.ok() && found.status().refused && allow_missing) {
    // If the edit is refused, the project must not have been created.
    Project missing;
    missing.id = id;
    const absl::Status edited = edit(missing);
    if (!edited.ok()) return Refusal(edited);
    HOOKD_RETURN_IF_ERROR(ProjectKey(id).status());
    found = FindProject(id, kLock);
  }
  if (!found.ok()) return found.status();
  Project project = *std::move(found);
  const absl::Status edited = edit(project);
  if (!edited.ok()) return Refusal(edited);
  ++project.revision;
  const auto updated = Run("UPDATE projects SET display_name = $1, labels = $2, revision = $3 WHERE key = $4",
                           PostgresParameters()
                               .Text(project.display_name)
                               .Text(EncodeLabels(project.labels))
                               .Int(project.revision)
                               .Int(project.key));
  if (!updated.ok()) return updated.status();
  return project;
}

WriteResult<DeletedProject> PostgresWrites::DeleteProject(const std::string& id,
                                                          const Store::ProjectCheck& check) {
  const auto older = Run("SELECT version FROM nodes WHERE expire_time >= " HOOKD_POSTGRES_NOW
                         " AND notices_deletions <> epoch LIMIT 1");
  if (!older.ok()) return older.status();
  if (older->size() > 0) return Refusal(OlderProcess(older->Text(0, 0)));
  // One deletion at a time, so that two cannot wait for each other. FOR UPDATE waits for transactions that
  // add a webhook.
  const auto counted = Run("SELECT count FROM project_deletions FOR UPDATE");
  if (!counted.ok()) return counted.status();
  HOOKD_ASSIGN_OR_RETURN(Project project, FindProject(id, "UPDATE"));
  DeletedProject deleted{.project = std::move(project)};
  const auto webhooks = Run(
      "SELECT key, revision FROM webhooks WHERE project = $1 AND delete_time IS NULL ORDER BY key FOR UPDATE",
      PostgresParameters().Int(deleted.project.key));
  if (!webhooks.ok()) return webhooks.status();
  int64_t last_revision = 0;
  for (int i = 0; i < webhooks->size(); ++i) {
    deleted.webhooks.push_back(webhooks->Int(i, 0));
    last_revision = std::max(last_revision, webhooks->Int(i, 1));
  }
  const absl::Status checked = check(deleted.project, webhooks->size());
  if (!checked.ok()) return Refusal(checked);
  // A new revision, so that other processes notice the change.
  SkipKeysTo(last_revision);
  deleted.revision = TakeKeys(1);
  const int64_t now = absl::ToUnixMicros(now_);
  Queue(
      "UPDATE webhooks SET url = '', event_types = 0, display_name = '', secrets = '', delete_time = $1, "
      "revision = $2 WHERE project = $3 AND delete_time IS NULL",
      PostgresParameters().Int(now).Int(deleted.revision).Int(deleted.project.key));
  Queue(
      "UPDATE projects SET name = '~' || key, display_name = '', labels = '', delete_time = $1 WHERE key = "
      "$2",
      PostgresParameters().Int(now).Int(deleted.project.key));
  Queue("UPDATE project_deletions SET count = count + 1");
  HOOKD_RETURN_IF_ERROR(SendQueued());
  project_keys_.clear();
  notices_.ConfigurationChanged();
  return deleted;
}

}  // namespace hookd
