// The scheduler's attempts and tasks: what each that ends changes for its webhook and its delivery.
#include <cassert>
#include <utility>

#include "delivery/scheduling/scheduler.h"

namespace hookd {

ActiveWebhook& Scheduler::FreeSlot(const DeliveryTask& task) {
  ActiveWebhook& webhook = webhooks_.At(task.delivery.webhook_key);
  assert(webhook.in_flight > 0);
  --webhook.in_flight;
  slots_.Release(task.slot);
  return webhook;
}

Endpoint::Change Scheduler::AttemptEnded(const DeliveryTask& task, absl::Time ended, absl::string_view error,
                                         bool abusive, absl::Time now) {
  ActiveWebhook& webhook = FreeSlot(task);
  Endpoint::Change change =
      webhook.endpoint->OnEnded(task.probe, /*failed=*/!error.empty(), abusive, now - task.begun, now);
  change.is_current = task.webhook == webhook.webhook || task.webhook->url == webhook.webhook->url;
  if (change.is_current) {
    const std::shared_ptr<HealthRecord>& health = webhook.endpoint->health();
    if (error.empty()) {
      health->OnSuccess(ended, task.epoch);
    } else {
      health->OnFailure(ended, error, task.epoch);
    }
    health_->Changed(health);
  }
  Reschedule(webhook, now);
  return change;
}

void Scheduler::AttemptAbandoned(const DeliveryTask& task, absl::Time now) {
  ActiveWebhook& webhook = FreeSlot(task);
  webhook.endpoint->OnAbandoned(task.probe, *task.webhook, now);
  Reschedule(webhook, now);
}

bool Scheduler::NotSent(const DeliveryTask& task, const std::string& error, double jitter, absl::Time now) {
  ActiveWebhook& webhook = FreeSlot(task);
  const bool held = webhook.endpoint->OnNotSent(task.probe, *task.webhook, error, jitter, now);
  CloseTask(task, webhook);
  if (webhook.reloading || !webhook.held()) {
    webhook.reloading = true;  // the delivery is read with the others
  } else {
    queued_bytes_ += webhook.queue.PutBack(task.delivery);
  }
  Reschedule(webhook, now);
  return held;
}

std::shared_ptr<const Webhook> Scheduler::FindEnabled(int64_t webhook_key) const {
  const ActiveWebhook& webhook = webhooks_.At(webhook_key);
  return webhook.mode.canceling() ? nullptr : webhook.webhook;
}

void Scheduler::Retry(QueuedDelivery delivery, absl::Time due) {
  ActiveWebhook& webhook = webhooks_.At(delivery.webhook_key);
  if (!webhook.queue.ordered()) return webhook.queue.Unsettle(delivery.key);
  if (webhook.reloading || !webhook.held()) return;  // the delivery is read with the others
  ++delivery.attempt;
  delivery.due = due;
  queued_bytes_ += webhook.queue.PutBack(std::move(delivery));
}

bool Scheduler::Settle(const DeliveryTask& task, std::optional<absl::Time> retry_at, absl::Time now) {
  ActiveWebhook& webhook = webhooks_.At(task.delivery.webhook_key);
  CloseTask(task, webhook);
  const bool ended = !retry_at.has_value();
  const bool uncounted = ended && task.slot != Slots::kNone && webhook.uncounted > 0;
  if (uncounted) --webhook.uncounted;
  const bool was_pending = ended && !uncounted && webhook.pending > 0;
  if (was_pending) --webhook.pending;
  if (retry_at.has_value() && !webhook.queue.ordered()) webhook.queue.AddRetry(*retry_at);
  Reschedule(webhook, now);
  return was_pending;
}

void Scheduler::Requeue(const DeliveryTask& task, absl::Time now) {
  ActiveWebhook& webhook = webhooks_.At(task.delivery.webhook_key);
  CloseTask(task, webhook);
  webhook.reloading = true;
  Reschedule(webhook, now);
}

void Scheduler::CloseTask(const DeliveryTask& task, ActiveWebhook& webhook) {
  assert(webhook.unsettled > 0);
  --webhook.unsettled;
  webhook.queue.Settle(task.delivery.key);
  shards_.RemoveTask(webhook.shard);
}

}  // namespace hookd
