// Disables webhooks whose endpoints are gone: at once when an endpoint answers 410 Gone and, for webhooks
// with retries, after a stretch of failures without a success.
//
// A stretch begins with a failed attempt and ends with a success. If no attempt fails for longer than the
// part limits::kAutoDisableMaxGap of `after`, the next failure begins another stretch. The webhook is
// disabled once the stretch is `after` old and this process has counted limits::kAutoDisableFailures failed
// attempts in it, of limits::kAutoDisableDeliveries deliveries, the last of them at least the part
// limits::kAutoDisableSpread of `after` later than the first.
//
// The beginning of a stretch is stored, so that a restart does not end it. The counts are not: they begin
// again after a restart.
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
  // `after` is the duration of a stretch; 0 never disables a webhook for one.
  AutoDisable(Store* store, Webhooks* webhooks, Clock* clock, Metrics* metrics, absl::Duration after)
      : store_(store), webhooks_(webhooks), clock_(clock), metrics_(metrics), after_(after) {}

  // Restores stretches that were stored before a restart, or by another process: since when webhooks fail, by
  // key. Call it before any attempt of theirs.
  void Restore(const std::vector<std::pair<int64_t, absl::Time>>& failing_since) ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets the webhooks of these shards, which this process does not hold any more.
  void ForgetShards(const std::vector<int>& shards) ABSL_LOCKS_EXCLUDED(mutex_);

  // An attempt of the delivery failed. `response_status` is the endpoint's, or 0.
  void OnFailure(const Webhook& webhook, int64_t delivery_key, int response_status)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The webhook has another URL: its failures so far are those of another endpoint.
  void OnNewUrl(int64_t webhook_key) ABSL_LOCKS_EXCLUDED(mutex_) { EndStretch(webhook_key); }

  // An attempt succeeded.
  void OnSuccess(const Webhook& webhook) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Stretch {
    absl::Time since;  // the first failure, in this process or another
    // The last failure, or when the stretch was restored.
    absl::Time last;
    bool stored = false;
    // What this process has counted.
    absl::Time first_counted = absl::InfiniteFuture();
    int failures = 0;
    std::vector<int64_t> deliveries;  // of the failures: limits::kAutoDisableDeliveries of them at most
  };

  static void CountFailure(Stretch& stretch, int64_t delivery_key, absl::Time now);
  // Whether the webhook is to be disabled.
  bool IsComplete(const Stretch& stretch) const;
  void EndStretch(int64_t webhook_key) ABSL_LOCKS_EXCLUDED(mutex_);
  void Disable(const Webhook& webhook, DisableReason reason);

  Store* const store_;
  Webhooks* const webhooks_;
  Clock* const clock_;
  Metrics* const metrics_;
  const absl::Duration after_;
  absl::Mutex mutex_;
  // The stretches of failing webhooks with retries, by the webhooks' keys.
  absl::flat_hash_map<int64_t, Stretch> failing_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_AUTO_DISABLE_H_
