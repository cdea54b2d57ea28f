// Manages projects, and counts what they have: every change goes to the store first, then to the webhook
// table and the dispatcher.
//
// Thread-safe; owns nothing that it is given. No method blocks; `done` is called once, on a thread of the
// store's or within the call, and must not block.
#ifndef HOOKD_DELIVERY_PROJECTS_H_
#define HOOKD_DELIVERY_PROJECTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "delivery/webhook_table.h"
#include "store/store.h"

namespace hookd {

class Dispatcher;
class PendingCounts;
class StatsReader;

class Projects {
 public:
  // A project, and what it has now. What other processes have pending, and counted, is as they last reported
  // it.
  struct Counted {
    Project project;
    int64_t webhooks = 0;  // disabled ones included
    int64_t pending_deliveries = 0;
    int64_t events_24h = 0;  // accepted in the last 24 hours, by whole hours
  };
  using Done = std::function<void(absl::StatusOr<Counted>)>;
  using ListDone = std::function<void(absl::StatusOr<std::vector<Counted>>)>;

  // All must outlive the Projects and its calls.
  Projects(Store* store, WebhookTable* table, const PendingCounts* counts, const StatsReader* stats_reader,
           Dispatcher* dispatcher)
      : store_(store), table_(table), counts_(counts), stats_reader_(stats_reader), dispatcher_(dispatcher) {}

  // See ProjectStore for these two.
  void Get(std::string id, Done done) const;
  void List(ProjectQuery query, ListDone done) const;

  // See ProjectStore::UpdateProject. ABORTED if `etag` is neither empty nor that of the stored project. With
  // `validate_only` nothing is stored, and the answer is the project as it would be.
  void Update(std::string id, std::string etag, Store::ProjectEdit edit, bool allow_missing,
              bool validate_only, Done done);

  // Deletes the project with its webhooks; see ProjectStore::DeleteProject. Answers once every process on the
  // store knows that the webhooks are deleted; their pending deliveries are canceled soon after. `etag` and
  // `validate_only` as above. FAILED_PRECONDITION if the project has webhooks, unless `force` is set.
  void Delete(std::string id, std::string etag, bool force, bool validate_only,
              std::function<void(const absl::Status&)> done);

 private:
  // Counts what the projects have.
  void Count(std::vector<Project> projects, ListDone done) const;
  void Count(Project project, Done done) const;
  // Removes the webhooks of a project that was deleted from the table, and cancels their deliveries.
  void OnDeleted(const DeletedProject& deleted);

  Store* const store_;
  WebhookTable* const table_;
  const PendingCounts* const counts_;
  const StatsReader* const stats_reader_;
  Dispatcher* const dispatcher_;
};

// The etag of a project, which differs with every change, and of projects that had the same id.
std::string EtagOf(const Project& project);

// Returns ABORTED if `etag` is neither empty nor that of the project.
absl::Status CheckEtag(const Project& project, absl::string_view etag);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_PROJECTS_H_
