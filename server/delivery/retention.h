// Deletes what is older than it is kept for, in small slices with pauses, so that nobody notices.
//
// Thread-safe; no method blocks. Owns nothing it is given; the store calls back into it until it is
// destroyed, and may be destroyed first.
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
    absl::Duration keep_delivered = limits::kRetention;  // those that were delivered to all their webhooks
  };

  // Purges only while `on_duty` says so: of several processes, one is enough.
  Retention(
      Store* store, Clock* clock, const Options& options,
      std::function<bool()> on_duty = [] { return true; });
  ~Retention();

  // Purges no more. A slice under way is ended by the store.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Purge() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPurged(const absl::StatusOr<Purged>& purged) ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  Clock* const clock_;
  const Options options_;
  const std::function<bool()> on_duty_;
  absl::Mutex mutex_;
  std::unique_ptr<Timer> timer_ ABSL_GUARDED_BY(mutex_);  // null once stopped
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_RETENTION_H_
