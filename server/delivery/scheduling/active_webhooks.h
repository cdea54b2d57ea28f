// The webhooks that have pending deliveries or unsettled tasks, and what is known of the endpoints of all
// webhooks that had any.
//
// Not thread-safe: the scheduler's.
#ifndef HOOKD_DELIVERY_SCHEDULING_ACTIVE_WEBHOOKS_H_
#define HOOKD_DELIVERY_SCHEDULING_ACTIVE_WEBHOOKS_H_

#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "delivery/attempts/endpoint.h"
#include "delivery/health/health_board.h"
#include "delivery/scheduling/active_webhook.h"
#include "delivery/scheduling/held_shards.h"
#include "delivery/webhook_table.h"

namespace hookd {

class ActiveWebhooks {
 public:
  using Map = absl::flat_hash_map<int64_t, std::unique_ptr<ActiveWebhook>>;

  // All must outlive it. A `shared` store is written by other processes too.
  ActiveWebhooks(const WebhookTable* table, const HeldShards* shards, HealthBoard* health, bool shared)
      : table_(table), shards_(shards), health_(health), shared_(shared) {}

  const Map& all() const { return webhooks_; }

  // The active webhook of that key; null if it is not active.
  ActiveWebhook* Find(int64_t key) const {
    const auto found = webhooks_.find(key);
    return found == webhooks_.end() ? nullptr : found->second.get();
  }

  // The active webhook of that key. Requires: it is active.
  ActiveWebhook& At(int64_t key) const {
    const auto found = webhooks_.find(key);
    assert(found != webhooks_.end());
    return *found->second;
  }

  // The active webhook of that key and project; it becomes active if it is not. The project's key may be 0 if
  // it is not known.
  ActiveWebhook& Activate(int64_t key, const std::string& project, absl::Time now, int64_t project_key = 0);

  // Those whose shards are among these.
  std::vector<ActiveWebhook*> InShards(const std::vector<int>& shards) const;

  // What is known of its endpoint; null if nothing is.
  Endpoint* FindEndpoint(int64_t key) const;

  // The webhook is active no longer: it is destroyed. Keeps what is known of its endpoint.
  void Deactivate(int64_t key) { webhooks_.erase(key); }

  // Drops what is known of an endpoint. Requires: its webhook is not active.
  void ForgetEndpoint(int64_t key) { endpoints_.erase(key); }

  // Drops what is known of the endpoints of webhooks that are not active and in no shard that is held: it
  // becomes outdated.
  void ForgetEndpointsNotHeld();

 private:
  const WebhookTable* const table_;
  const HeldShards* const shards_;
  HealthBoard* const health_;
  const bool shared_;
  absl::flat_hash_map<int64_t, std::unique_ptr<Endpoint>> endpoints_;
  Map webhooks_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_ACTIVE_WEBHOOKS_H_
