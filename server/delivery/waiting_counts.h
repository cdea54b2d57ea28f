// How many deliveries wait, by project and in all, and how many may.
//
// Where several processes share a store, each counts what it accepts until that is stored, and then what is
// in its own shards: the limit of a project holds for each process.
//
// Thread-safe; never blocks for long. A delivery counts from when its event is about to be stored until its
// last outcome is.
#ifndef HOOKD_DELIVERY_WAITING_COUNTS_H_
#define HOOKD_DELIVERY_WAITING_COUNTS_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/limits.h"

namespace hookd {

class WaitingCounts {
 public:
  struct Limits {
    int64_t per_project = limits::kMaxWaitingPerProject;
    int64_t in_all = limits::kMaxWaiting;
  };

  explicit WaitingCounts(Limits limits) : limits_(limits) {}

  // Counts `count` more in, or refuses them with RESOURCE_EXHAUSTED, all or none. None are never refused.
  absl::Status Add(absl::string_view project, int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // From now on, until Release, Add refuses all but none with UNAVAILABLE: what is stored is being counted.
  void Hold() ABSL_LOCKS_EXCLUDED(mutex_);
  void Release() ABSL_LOCKS_EXCLUDED(mutex_);

  // Counts what is stored already, whatever the limits say.
  void AddStored(absl::string_view project, int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // They wait no longer.
  void Remove(absl::string_view project, int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // How many wait for other processes on the same store, as they last said. They count against the limit in
  // all.
  void SetElsewhere(int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // Without those that wait for other processes.
  int64_t in_all() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Limits limits_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, int64_t> projects_ ABSL_GUARDED_BY(mutex_);  // those above 0
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t in_all_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t elsewhere_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WAITING_COUNTS_H_
