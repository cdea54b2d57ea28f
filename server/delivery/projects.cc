#include "delivery/projects.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/fingerprint.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "delivery/dispatcher.h"
#include "delivery/scheduling/pending_counts.h"
#include "delivery/statistics/stats_reader.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

constexpr size_t kEtagBytes = 8;

Store::ProjectCheck MayDelete(std::string etag, bool force) {
  return [etag = std::move(etag), force](const Project& project, int64_t webhooks) {
    HOOKD_RETURN_IF_ERROR(CheckEtag(project, etag));
    if (force || webhooks == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat("projects/", project.id, " has ", webhooks,
                                                      webhooks == 1 ? " webhook" : " webhooks",
                                                      ": set force to delete it nevertheless"));
  };
}

}  // namespace

// Not the key and the revision themselves, as keys would show how many projects there are.
std::string EtagOf(const Project& project) {
  return absl::BytesToHexString(
      Fingerprint(absl::StrCat("project\n", project.key, "\n", project.revision)).substr(0, kEtagBytes));
}

absl::Status CheckEtag(const Project& project, absl::string_view etag) {
  if (etag.empty() || etag == EtagOf(project)) return absl::OkStatus();
  return absl::AbortedError(
      "the project has changed since this etag was read: read it again and repeat the change");
}

void Projects::Count(std::vector<Project> projects, ListDone done) const {
  std::vector<std::string> ids;
  ids.reserve(projects.size());
  for (const Project& project : projects) ids.push_back(project.id);
  stats_reader_->CountEvents(
      std::move(ids), stats_reader_->Now() - absl::Hours(24),
      [this, projects = std::move(projects),
       done = std::move(done)](const absl::StatusOr<std::vector<int64_t>>& events) {
        if (!events.ok()) return done(events.status());
        std::vector<Counted> counted;
        counted.reserve(projects.size());
        for (size_t i = 0; i < projects.size(); ++i) {
          counted.push_back(
              {.project = projects[i],
               .webhooks = static_cast<int64_t>(table_->Count(projects[i].id)),
               .pending_deliveries = counts_->Count(projects[i].id) + projects[i].pending_elsewhere,
               .events_24h = (*events)[i]});
        }
        done(std::move(counted));
      });
}

void Projects::Count(Project project, Done done) const {
  Count(std::vector<Project>{std::move(project)},
        [done = std::move(done)](absl::StatusOr<std::vector<Counted>> counted) {
          if (!counted.ok()) return done(counted.status());
          done(std::move(counted->front()));
        });
}

void Projects::Get(std::string id, Done done) const {
  store_->GetProject(std::move(id), [this, done = std::move(done)](absl::StatusOr<Project> project) {
    if (!project.ok()) return done(project.status());
    Count(*std::move(project), done);
  });
}

void Projects::List(ProjectQuery query, ListDone done) const {
  store_->ListProjects(std::move(query),
                       [this, done = std::move(done)](absl::StatusOr<std::vector<Project>> projects) {
                         if (!projects.ok()) return done(projects.status());
                         Count(*std::move(projects), done);
                       });
}

void Projects::Update(std::string id, std::string etag, Store::ProjectEdit edit, bool allow_missing,
                      bool validate_only, Done done) {
  auto checked_edit = [etag = std::move(etag), edit = std::move(edit)](Project& project) {
    HOOKD_RETURN_IF_ERROR(CheckEtag(project, etag));
    return edit(project);
  };
  if (!validate_only) {
    // The answer has counts of other processes, which the write does not read.
    return store_->UpdateProject(id, std::move(checked_edit), allow_missing,
                                 [this, id, done = std::move(done)](const absl::StatusOr<Project>& updated) {
                                   if (!updated.ok()) return done(updated.status());
                                   LogInfo("project updated", {{"project", absl::StrCat("projects/", id)}});
                                   if (store_->cluster() == nullptr) return Count(*updated, done);
                                   store_->GetProject(id, [this, updated, done](const auto& read) {
                                     Project project = *updated;
                                     if (read.ok()) project.pending_elsewhere = read->pending_elsewhere;
                                     Count(std::move(project), done);
                                   });
                                 });
  }
  store_->GetProject(id, [this, id, allow_missing, checked_edit = std::move(checked_edit),
                          done = std::move(done)](absl::StatusOr<Project> project) {
    if (absl::IsNotFound(project.status()) && allow_missing) {
      project = Project();
      project->id = id;
    }
    if (!project.ok()) return done(project.status());
    const absl::Status edited = checked_edit(*project);
    if (!edited.ok()) return done(edited);
    Count(*std::move(project), done);
  });
}

void Projects::Delete(std::string id, std::string etag, bool force, bool validate_only,
                      std::function<void(const absl::Status&)> done) {
  Store::ProjectCheck check = MayDelete(std::move(etag), force);
  if (validate_only) {
    return store_->GetProject(std::move(id), [this, check = std::move(check), done = std::move(done)](
                                                 const absl::StatusOr<Project>& project) {
      if (!project.ok()) return done(project.status());
      done(check(*project, static_cast<int64_t>(table_->Count(project->id))));
    });
  }
  store_->DeleteProject(std::move(id), std::move(check),
                        [this, done = std::move(done)](const absl::StatusOr<DeletedProject>& deleted) {
                          if (!deleted.ok()) return done(deleted.status());
                          OnDeleted(*deleted);
                          if (store_->cluster() == nullptr || deleted->webhooks.empty()) {
                            return done(absl::OkStatus());
                          }
                          // Who knows one of them knows all, as they were deleted in one transaction.
                          store_->cluster()->AwaitKnown(deleted->webhooks.back(), deleted->revision,
                                                        [done] { done(absl::OkStatus()); });
                        });
}

void Projects::OnDeleted(const DeletedProject& deleted) {
  LogInfo("project deleted", {{"project", absl::StrCat("projects/", deleted.project.id)},
                              {"webhooks", deleted.webhooks.size()}});
  for (const int64_t key : deleted.webhooks) {
    if (const auto webhook = table_->Find(key)) table_->Remove(*webhook);
    dispatcher_->WebhookChanged(key);
  }
}

}  // namespace hookd
