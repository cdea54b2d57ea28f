// Disables webhooks whose endpoints are gone: at once when one answers 410 Gone and, where retries are on,
// after a stretch of nothing but failures.
//
// A stretch begins with a failed attempt. A success ends it; a pause without a failed attempt that is longer
// than limits::kAutoDisableMaxGap of `after` has the next failure begin another. The webhook is disabled once
// the stretch is `after` old and this process has counted limits::kAutoDisableFailures failed attempts in it,
// of limits::kAutoDisableDeliveries deliveries, the last of them limits::kAutoDisableSpread of `after` or
// more after the first.
//
// Since when a webhook fails is noted in the store, so that a restart does not end the stretch; what was
// counted is not, and is counted again from the restart on.
//
// Thread-safe; no method blocks. Owns nothing it is given.
#ifndef HOOKD_DELIVERY_AUTO_DISABLE_H_
#define HOOKD_DELIVERY_AUTO_DISABLE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "delivery/webhooks.h"
#include "metrics/metrics.h"
#include "store/records.h"
#include "store/store.h"

namespace hookd {

class AutoDisable {
 public:
  // `after` is how long the stretch has to be; 0 turns that off.
  AutoDisable(Store* store, Webhooks* webhooks, Clock* clock, Metrics* metrics, absl::Duration after)
      : store_(store), webhooks_(webhooks), clock_(clock), metrics_(metrics), after_(after) {}

  // Takes up stretches noted before a restart, or by another process: since when webhooks fail, by key.
  // Before any attempt of theirs.
  void TakeUp(const std::vector<std::pair<int64_t, absl::Time>>& failing_since) ABSL_LOCKS_EXCLUDED(mutex_);

  // The shards' webhooks are another process's now.
  void LetGo(const std::vector<int>& shards) ABSL_LOCKS_EXCLUDED(mutex_);

  // An attempt of the delivery failed, with the endpoint's status or 0.
  void OnFailure(const Webhook& webhook, int64_t delivery_key, int response_status)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // An attempt succeeded.
  void OnSuccess(const Webhook& webhook) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Stretch {
    absl::Time since;  // its first failure, here or at another process
    // The last failure, or when the stretch was taken up from the store.
    absl::Time last;
    bool noted = false;  // in the store
    // What was counted here.
    absl::Time first_counted = absl::InfiniteFuture();
    int failures = 0;
    std::vector<int64_t> deliveries;  // of the failures: limits::kAutoDisableDeliveries of them at most
  };

  // Counts a failure in.
  static void Count(Stretch& stretch, int64_t delivery_key, absl::Time now);
  // Whether the webhook is to be disabled.
  bool IsOver(const Stretch& stretch) const;
  // The stretch is over.
  void Forget(int64_t webhook_key) ABSL_LOCKS_EXCLUDED(mutex_);
  void Disable(const Webhook& webhook, DisableReason reason);

  Store* const store_;
  Webhooks* const webhooks_;
  Clock* const clock_;
  Metrics* const metrics_;
  const absl::Duration after_;
  absl::Mutex mutex_;
  // Of the webhooks that fail now, by key, as far as they have retries on.
  absl::flat_hash_map<int64_t, Stretch> failing_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_AUTO_DISABLE_H_
