// Deletes what belongs to deleted projects, in slices, the same way in every engine: one pass through the
// events of all of them, as events have no index by project; then the rest of each project that has no event
// left.
//
// Not thread-safe. Keeps its position in memory: after Restart, or a restart of hookd, it begins again.
#ifndef HOOKD_STORE_PROJECT_PURGE_H_
#define HOOKD_STORE_PROJECT_PURGE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"

namespace hookd {

class ProjectPurge {
 public:
  struct Deleted {
    int64_t key = 0;
    std::optional<absl::Time> create_time;
    // Whether it was deleted so long ago that nothing is added to it any more: other processes may have been
    // committing an event then.
    bool settled = false;
  };
  struct Event {
    int64_t key = 0;
    int64_t project = 0;
    int64_t webhook_count = 0;
  };

  // The tables of an engine.
  class Tables {
   public:
    virtual ~Tables() = default;

    // Projects that are deleted and not purged, those that were deleted first, at most `limit`.
    virtual absl::StatusOr<std::vector<Deleted>> ListDeleted(int limit) = 0;

    // The events of all projects with keys from `from` on, by key, at most `limit`.
    virtual absl::StatusOr<std::vector<Event>> ListEvents(int64_t from, int limit) = 0;

    // Deletes these events with their deliveries, except those with a pending delivery. Returns how many.
    virtual absl::StatusOr<int> DeleteEvents(const std::vector<Event>& events) = 0;

    // Deletes request ids and webhooks of the project, at most `limit`, and returns how many; if that is less
    // than `limit`, also the project.
    virtual absl::StatusOr<int> DeleteRest(int64_t project, int limit) = 0;
  };

  // See ProjectStore::PurgeProjects.
  absl::StatusOr<Purged> Slice(Tables& tables, int limit);

  // The changes of a slice were rolled back.
  void Restart();

 private:
  // Begins a pass; `projects_` is empty if there is nothing to do.
  absl::Status Begin(Tables& tables);
  // Deletes events from `next_` on.
  absl::Status DeleteEvents(Tables& tables, int limit, Purged& purged);
  // Deletes what is left of projects without events, and ends the pass.
  absl::Status Finish(Tables& tables, int limit, Purged& purged);

  // The pass: its projects by key, and the event that is examined next; nothing once all were.
  absl::flat_hash_map<int64_t, Deleted> projects_;
  std::optional<int64_t> next_;
  int64_t examined_to_ = 0;  // the first key after the events that were examined
  // Where the next pass begins to look for the events of a project that a pass did not finish.
  absl::flat_hash_map<int64_t, int64_t> resume_at_;
  absl::flat_hash_map<int64_t, int64_t> kept_;  // the first event of a project that this pass kept
};

}  // namespace hookd

#endif  // HOOKD_STORE_PROJECT_PURGE_H_
