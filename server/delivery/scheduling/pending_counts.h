// How many deliveries are pending, by project and in total, and how many may be.
//
// Where several processes share a store, each counts the deliveries that it accepts until they are stored,
// and then those in its own shards: the limit of a project applies to each process.
//
// Thread-safe; no method blocks. A delivery is counted from when its event is about to be stored until its
// last outcome is stored.
#ifndef HOOKD_DELIVERY_SCHEDULING_PENDING_COUNTS_H_
#define HOOKD_DELIVERY_SCHEDULING_PENDING_COUNTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/limits.h"

namespace hookd {

class PendingCounts {
 public:
  struct Limits {
    int64_t per_project = limits::kMaxPendingPerProject;
    int64_t total = limits::kMaxPending;
  };

  explicit PendingCounts(Limits limits) : limits_(limits) {}

  // Adds `count` deliveries, all or none. RESOURCE_EXHAUSTED if that would exceed a limit; UNAVAILABLE while
  // recovering. Adding none always succeeds.
  absl::Status Add(absl::string_view project, int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // While recovering, the pending deliveries in the store are being counted. At first it is not.
  void SetRecovering(bool recovering) ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds deliveries that are stored already, whatever the limits are.
  void AddStored(absl::string_view project, int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // Deliveries are pending no longer.
  void Remove(absl::string_view project, int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // How many are pending for other processes on the same store, as they last reported. They count towards
  // the total limit.
  void SetElsewhere(int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // How many of the project's deliveries are counted here.
  int64_t Count(absl::string_view project) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The projects with the most deliveries that are counted here, at most `most`.
  std::map<std::string, int64_t> Largest(size_t most) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The total, without those that are pending for other processes.
  int64_t total() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Limits limits_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, int64_t> projects_ ABSL_GUARDED_BY(mutex_);  // only those above 0
  bool recovering_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t total_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t elsewhere_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_PENDING_COUNTS_H_
