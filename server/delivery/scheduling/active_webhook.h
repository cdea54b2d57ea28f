// A webhook that has pending deliveries or unsettled tasks: its queue, what is in progress, and when its next
// turn comes.
//
// What its next turn does depends on its mode (webhook_mode.h) and its endpoint (endpoint.h):
//
//   mode       condition                                                      its next delivery is
//   enabled    the endpoint, the rate limit and the concurrency permit it     sent
//   enabled    it could not be sent for limits::kMaxHoldWait or, without      failed
//              retries, its endpoint's circuit was open for kMaxCircuitWait
//   canceling  -                                                              canceled
//
// While `reloading`, the queue is not used: it is reloaded from the store as soon as nothing is unsettled or
// being read. Nothing is sent, given up or read while the webhook's shard is not held.
//
// Not thread-safe: the scheduler's. Times are Clock::Steady's.
#ifndef HOOKD_DELIVERY_SCHEDULING_ACTIVE_WEBHOOK_H_
#define HOOKD_DELIVERY_SCHEDULING_ACTIVE_WEBHOOK_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "delivery/attempts/delivery_task.h"
#include "delivery/attempts/endpoint.h"
#include "delivery/scheduling/held_shards.h"
#include "delivery/scheduling/slots.h"
#include "delivery/scheduling/webhook_mode.h"
#include "delivery/scheduling/webhook_queue.h"
#include "store/records.h"

namespace hookd {

struct ActiveWebhook {
  // The endpoint and the shards must outlive it. A `shared` store is written by other processes too.
  ActiveWebhook(std::shared_ptr<const Webhook> its_webhook, const WebhookMode& its_mode, bool shared,
                Endpoint* its_endpoint, const HeldShards* held_shards);

  int64_t key() const { return webhook->key; }
  bool held() const { return shards->state(shard) == HeldShards::State::kHeld; }

  // The table has changed: the webhook as it has it now, null if it has none.
  void SetWebhook(std::shared_ptr<const Webhook> changed, absl::Time now);

  // When its next delivery can be sent, and when it is given up. InfiniteFuture if something else has to
  // happen first.
  struct Turn {
    absl::Time send_at = absl::InfiniteFuture();
    absl::Time give_up_at = absl::InfiniteFuture();
    absl::Time at() const { return std::min(send_at, give_up_at); }
  };
  Turn NextTurn() const;

  // The slot that such a turn takes now. Requires: turn.at() <= now.
  Slots::Kind SlotFor(const Turn& turn, absl::Time now) const;

  // When the store is to be read; InfiniteFuture if something else has to happen first.
  absl::Time ReadAt() const;

  // Takes the next delivery from the queue and begins a task for it. Requires: queue.size() > 0.
  DeliveryTask BeginTask(Slots::Kind slot, absl::Time now);

  // Where the scheduler has the webhook.
  struct Position {
    std::optional<Slots::Place> place;  // in line, if it can use a turn
    bool read_due = false;              // in line for a read
    absl::Time read_not_before = absl::InfinitePast();
    absl::Time wake = absl::InfiniteFuture();  // when it is looked at again
  };

  std::shared_ptr<const Webhook> webhook;  // never null; if the table has none, as it had it last
  WebhookMode mode;
  const int shard;
  const HeldShards* const shards;
  Endpoint* const endpoint;
  WebhookQueue queue;
  bool reloading = false;
  int in_flight = 0;    // attempts
  int unsettled = 0;    // tasks
  int64_t pending = 0;  // deliveries, in memory, in the store or in tasks
  int uncounted = 0;    // attempts in flight when the webhook was deleted, which `pending` is without
  Position position;

 private:
  // The parts of NextTurn. Require: queue.size() > 0, and the queue is used.
  absl::Time SendAt() const;
  absl::Time FailAt() const;
  // Says in `task` why its delivery is given up.
  void GiveUp(DeliveryTask& task) const;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_ACTIVE_WEBHOOK_H_
