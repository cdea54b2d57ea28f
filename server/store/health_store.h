// The part of the store that keeps the health of webhooks: how their attempts fare. See store.h for what
// holds for every part.
#ifndef HOOKD_STORE_HEALTH_STORE_H_
#define HOOKD_STORE_HEALTH_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/done.h"

namespace hookd {

// The health of a webhook. Times are kept to the microsecond.
struct WebhookHealth {
  int64_t webhook_key = 0;
  std::optional<absl::Time> last_success_time;
  std::optional<absl::Time> last_failure_time;
  std::string last_error;  // of the last failure; empty if there was none
  // Since when every attempt has failed, and how many have. Unset and 0 after a success.
  std::optional<absl::Time> failing_since;
  int64_t consecutive_failures = 0;
  // When the circuit lets the next attempt begin: InfinitePast while it is closed, InfiniteFuture while a
  // probe is in flight. Unset if no process has reported it.
  std::optional<absl::Time> circuit_ready;
  int64_t pending = 0;  // deliveries
  // The epoch with which the webhook's shard was held (store/cluster.h); 0 without a cluster.
  int64_t epoch = 0;
};

class HealthStore {
 public:
  // Stores the health of these webhooks, replaces what was stored of them, and deletes what is stored of the
  // webhooks with the keys `deleted`. Ignores webhooks that do not exist, and records with a lower epoch than
  // the stored one. Requires: no key appears twice. All of it is one write.
  virtual void RecordHealth(std::vector<WebhookHealth> health, std::vector<int64_t> deleted,
                            Done<absl::Status> done) = 0;

  // What is stored of these webhooks, in no particular order, without `last_error` unless `with_errors`.
  // Leaves out those of which nothing is stored.
  virtual void ReadHealth(std::vector<int64_t> webhook_keys, bool with_errors,
                          Done<absl::StatusOr<std::vector<WebhookHealth>>> done) = 0;

  // The least key of each webhook's pending deliveries, in the order of `webhook_keys`; 0 for none.
  virtual void FindOldestPending(std::vector<int64_t> webhook_keys,
                                 Done<absl::StatusOr<std::vector<int64_t>>> done) = 0;

  // Everything that is stored, in no particular order, perhaps of webhooks that do not exist any more.
  // Blocks: for the start.
  virtual absl::StatusOr<std::vector<WebhookHealth>> LoadHealth() = 0;

 protected:
  virtual ~HealthStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_HEALTH_STORE_H_
