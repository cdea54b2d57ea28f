// The part of the store that keeps projects. See store.h for what holds for every part.
//
// A project begins with the first webhook, event or UpdateProject of its id. What belongs to it has its key,
// not its id: once it is deleted, nothing of it is found by the id, and a project that begins again with that
// id is empty.
#ifndef HOOKD_STORE_PROJECT_STORE_H_
#define HOOKD_STORE_PROJECT_STORE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/done.h"
#include "store/records.h"

namespace hookd {

class ProjectStore {
 public:
  // Changes a project in place, or returns why it does not. As WebhookStore::WebhookEdit; changes only the
  // display name and the labels.
  using ProjectEdit = std::function<absl::Status(Project&)>;
  // Whether a project that has so many webhooks may be deleted.
  using ProjectCheck = std::function<absl::Status(const Project&, int64_t webhook_count)>;

  // NOT_FOUND if there is no such project.
  virtual void GetProject(std::string id, Done<absl::StatusOr<Project>> done) = 0;

  // Costs as much as the page is long, however many projects there are.
  virtual void ListProjects(ProjectQuery query, Done<absl::StatusOr<std::vector<Project>>> done) = 0;

  // Applies `edit` to the stored project, which is created first if `allow_missing`. If it returns OK, the
  // project gets a new revision, and is the answer. NOT_FOUND if there is no such project; otherwise the
  // error of `edit`.
  virtual void UpdateProject(std::string id, ProjectEdit edit, bool allow_missing,
                             Done<absl::StatusOr<Project>> done) = 0;

  // Deletes the project with its webhooks if `check` returns OK. From then on its events, deliveries,
  // outcomes and request ids are not found; PurgeProjects deletes them. Its pending deliveries stay pending
  // until their outcomes are recorded, as those of a deleted webhook do. NOT_FOUND if there is no such
  // project; FAILED_PRECONDITION while a process on the store has a version that does not notice deletions;
  // otherwise the error of `check`.
  virtual void DeleteProject(std::string id, ProjectCheck check,
                             Done<absl::StatusOr<DeletedProject>> done) = 0;

  // Deletes up to `limit` records of deleted projects: events without a pending delivery, with their
  // deliveries and outcomes; in the end request ids, webhooks and the project itself. Examines few more than
  // it deletes; the next call continues from there, after a restart from the beginning.
  virtual void PurgeProjects(int limit, Done<absl::StatusOr<Purged>> done) = 0;

 protected:
  virtual ~ProjectStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_PROJECT_STORE_H_
