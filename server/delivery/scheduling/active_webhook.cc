#include "delivery/scheduling/active_webhook.h"

#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "store/cluster.h"

namespace hookd {

ActiveWebhook::ActiveWebhook(std::shared_ptr<const Webhook> its_webhook, const WebhookMode& its_mode,
                             bool shared, Endpoint* its_endpoint, const HeldShards* held_shards)
    : webhook(std::move(its_webhook)),
      mode(its_mode),
      shard(ShardOf(webhook->key)),
      shards(held_shards),
      endpoint(its_endpoint),
      queue(webhook->ordered, shared) {}

void ActiveWebhook::SetWebhook(std::shared_ptr<const Webhook> changed, absl::Time now) {
  const bool was_canceling = mode.canceling();
  mode.Set(changed.get(), now);
  if (changed != nullptr) webhook = std::move(changed);
  // Deliveries in memory are in another order, or are retries that were read before they were due.
  reloading |= webhook->ordered != queue.ordered() || (was_canceling && !mode.canceling());
}

ActiveWebhook::Turn ActiveWebhook::NextTurn() const {
  if (reloading || queue.size() == 0 || !held()) return {};
  if (mode.canceling()) return {.give_up_at = mode.CancelAt(queue.front(), webhook->revision)};
  return {.send_at = SendAt(), .give_up_at = FailAt()};
}

absl::Time ActiveWebhook::SendAt() const {
  if (unsettled >= limits::kMaxUnrecordedPerWebhook) return absl::InfiniteFuture();
  // Otherwise another process could repeat the unsettled attempt after this one.
  if (queue.shared() && webhook->ordered && unsettled > 0) return absl::InfiniteFuture();
  const int max_in_flight =
      webhook->ordered ? 1 : std::min(webhook->max_concurrency, endpoint->window().size());
  if (in_flight >= max_in_flight) return absl::InfiniteFuture();
  // Only the head of an ordered queue can be a retry that is not due.
  return std::max(endpoint->ReadyAt(*webhook), queue.front().due);
}

absl::Time ActiveWebhook::FailAt() const {
  const Hold& hold = endpoint->hold();
  const bool circuit_counts = !endpoint->circuit().closed() && webhook->retry_policy.max_attempts <= 1;
  if (!hold.holding() && !circuit_counts) return absl::InfiniteFuture();
  const absl::Time since = PendingSince(queue.front());
  // The time before the hold does not count: the delivery was pending behind others, or no hookd ran.
  if (hold.holding()) return std::max(since, hold.since()) + limits::kMaxHoldWait;
  // Nor does the time of a hold count against the endpoint.
  return std::max(since, hold.ended()) + limits::kMaxCircuitWait;
}

absl::Time ActiveWebhook::ReadAt() const {
  if (reloading || position.read_due || !held()) return absl::InfiniteFuture();
  return std::max(queue.ReadAt(/*all=*/mode.canceling()), position.read_not_before);
}

Slots::Kind ActiveWebhook::SlotFor(const Turn& turn, absl::Time now) const {
  if (turn.give_up_at <= now) return Slots::kNone;
  // Deliveries that can be sent must not wait for probes that time out.
  if (endpoint->hold().holding() || !endpoint->window().proven()) return Slots::kUnproven;
  return endpoint->window().prompt() ? Slots::kPrompt : Slots::kSlow;
}

DeliveryTask ActiveWebhook::BeginTask(Slots::Kind slot, absl::Time now) {
  assert(held() && !reloading);
  DeliveryTask task;
  task.delivery = queue.Pop();
  task.webhook = webhook;
  task.slot = slot;
  task.begun = now;
  task.epoch = shards->epoch(shard);
  ++unsettled;
  if (slot == Slots::kNone) {
    GiveUp(task);
  } else {
    ++in_flight;
    task.probe = endpoint->Begin(*webhook, now);
  }
  return task;
}

void ActiveWebhook::GiveUp(DeliveryTask& task) const {
  if (mode.canceling()) {
    task.give_up = "the webhook was disabled or deleted before this was sent";
    return;
  }
  task.given_up_as = DeliveryState::kFailed;
  if (endpoint->hold().holding()) {
    task.give_up =
        absl::StrCat("not sent: hookd could not send it for ", absl::ToInt64Hours(limits::kMaxHoldWait),
                     " hours; the last error was: ", endpoint->hold().error());
  } else {
    task.give_up = "not sent: every attempt to its endpoint has failed while this waited for an hour";
  }
}

}  // namespace hookd
