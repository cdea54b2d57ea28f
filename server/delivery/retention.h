// Deletes events whose retention has passed, and what belongs to deleted projects, in small slices with
// pauses, so that they delay no other write.
//
// Thread-safe; no method blocks. Owns nothing that it is given; the store calls back into it until the store
// is destroyed, which may be before or after it.
#ifndef HOOKD_DELIVERY_RETENTION_H_
#define HOOKD_DELIVERY_RETENTION_H_

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/store.h"

namespace hookd {

class Retention {
 public:
  struct Options {
    absl::Duration keep = limits::kRetention;            // events, with their deliveries and attempts
    absl::Duration keep_delivered = limits::kRetention;  // events that were delivered to all their webhooks
  };

  // Purges only while `is_responsible` returns true: of several processes, one is enough.
  Retention(
      Store* store, Clock* clock, const Options& options,
      std::function<bool()> is_responsible = [] { return true; });
  ~Retention();

  // Stops purging. The store finishes a slice that is in progress.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Purge() ABSL_LOCKS_EXCLUDED(mutex_);
  // A slice of expired events was deleted: a slice of deleted projects follows.
  void OnPurged(const absl::StatusOr<Purged>& purged) ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts the records of deleted projects, and logs when all of a project are deleted.
  void OnProjectsPurged(const Purged& purged) ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until the next slice is due; `more`: soon.
  void Wait(bool more) ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  Clock* const clock_;
  const Options options_;
  const std::function<bool()> is_responsible_;
  absl::Mutex mutex_;
  std::unique_ptr<Timer> timer_ ABSL_GUARDED_BY(mutex_);  // null once stopped
  int64_t purged_records_ ABSL_GUARDED_BY(mutex_) = 0;    // of deleted projects, since the last log line
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_RETENTION_H_
