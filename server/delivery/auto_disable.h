// Disables webhooks whose endpoints are gone: at once when one answers 410 Gone and, where retries are on,
// after a stretch of nothing but failures.
//
// Since when a webhook fails is noted in the store, so that a restart does not begin the stretch anew.
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

  // An attempt failed, with the endpoint's status or 0.
  void OnFailure(const Webhook& webhook, int response_status) ABSL_LOCKS_EXCLUDED(mutex_);

  // The first attempt after that succeeded.
  void OnSuccess(const Webhook& webhook) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Stretch {
    absl::Time since;
    bool noted = false;  // in the store
  };

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
