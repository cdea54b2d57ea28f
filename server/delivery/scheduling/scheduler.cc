#include "delivery/scheduling/scheduler.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hookd {

using ShardState = HeldShards::State;

Scheduler::Scheduler(const WebhookTable* table, HealthBoard* health, const Options& options, bool shared)
    : table_(table),
      health_(health),
      options_(options),
      shards_(/*all=*/!shared),
      webhooks_(table, &shards_, health, shared),
      slots_(options.max_concurrency) {}

// --- Deliveries that become pending ---

int64_t Scheduler::AddBacklog(const Backlog& backlog, absl::Time now) {
  ActiveWebhook& webhook = webhooks_.Activate(backlog.webhook_key, backlog.project, now);
  const int64_t more = backlog.count - std::exchange(webhook.pending, backlog.count);
  webhook.reloading = true;
  Reschedule(webhook, now);
  return more;
}

bool Scheduler::Push(const std::string& project, int64_t project_key, QueuedDelivery delivery,
                     absl::Time now) {
  const ShardState shard = shards_.state(ShardOf(delivery.webhook_key));
  if (shard == ShardState::kNotHeld) return false;
  ActiveWebhook& webhook = webhooks_.Activate(delivery.webhook_key, project, now, project_key);
  ++webhook.pending;
  webhook.mode.DelayCancel(now);
  if (shard == ShardState::kLoading) {
    webhook.reloading = true;
  } else {
    queued_bytes_ += webhook.queue.Push(std::move(delivery), HasRoom(webhook));
  }
  Reschedule(webhook, now);
  return true;
}

int64_t Scheduler::AddArrivals(const Cluster::Arrival& arrival, absl::Time now) {
  const ShardState shard = shards_.state(ShardOf(arrival.webhook_key));
  if (shard == ShardState::kNotHeld) return 0;
  ActiveWebhook& webhook = webhooks_.Activate(arrival.webhook_key, arrival.project, now);
  webhook.mode.DelayCancel(now);
  int64_t added = 0;
  if (shard == ShardState::kLoading || arrival.keys.empty()) {
    webhook.reloading = true;
  } else {
    added = webhook.queue.AddArrivals(arrival.keys);
    webhook.pending += added;
  }
  Reschedule(webhook, now);
  return added;
}

bool Scheduler::AddRedeliveries(const std::string& project, int64_t webhook_key, int64_t count,
                                absl::Time due, absl::Time now) {
  const ShardState shard = shards_.state(ShardOf(webhook_key));
  if (shard == ShardState::kNotHeld) return false;
  ActiveWebhook& webhook = webhooks_.Activate(webhook_key, project, now);
  webhook.pending += count;
  webhook.mode.DelayCancel(now);
  if (webhook.queue.ordered() || shard == ShardState::kLoading) {
    webhook.reloading = true;  // they come before others that are in memory
  } else {
    webhook.queue.AddRetry(due);
  }
  Reschedule(webhook, now);
  return true;
}

void Scheduler::WebhookChanged(int64_t webhook_key, bool has_new_url, absl::Time now) {
  // An edit may have repaired the endpoint, so what was known of it is void.
  Endpoint* const endpoint = webhooks_.FindEndpoint(webhook_key);
  auto changed = table_->Find(webhook_key);
  if (endpoint != nullptr) {
    *endpoint = Endpoint(changed == nullptr ? endpoint->health() : health_->Get(webhook_key));
  }
  const int shard = ShardOf(webhook_key);
  // Otherwise the process that holds the shard does it.
  if (has_new_url && shards_.state(shard) == ShardState::kHeld) {
    const std::shared_ptr<HealthRecord> health = health_->Get(webhook_key);
    health->OnNewUrl(shards_.epoch(shard));
    health_->Changed(health);
  }
  ActiveWebhook* const webhook = webhooks_.Find(webhook_key);
  if (webhook == nullptr) {
    if (endpoint != nullptr) PublishHealth(*endpoint, /*pending=*/0, shard);
    if (changed == nullptr) webhooks_.ForgetEndpoint(webhook_key);
    return;
  }
  if (changed == nullptr) UncountAttempts(*webhook);
  webhook->SetWebhook(std::move(changed), now);
  Reschedule(*webhook, now);
}

void Scheduler::UncountAttempts(ActiveWebhook& webhook) {
  // Otherwise a project that begins again with the same id has them until they time out.
  const auto count =
      static_cast<int>(std::min<int64_t>(webhook.in_flight - webhook.uncounted, webhook.pending));
  if (count <= 0) return;
  webhook.uncounted += count;
  RemovePending(webhook, count);
}

// --- Reads ---

void Scheduler::ReadEnded(const PendingQuery& query, std::vector<QueuedDelivery> deliveries, bool more,
                          absl::Time next_due, absl::Time now) {
  --reading_;
  ActiveWebhook& webhook = webhooks_.At(query.webhook_key);
  webhook.mode.DelayCancel(now);
  queued_bytes_ += webhook.held() ? webhook.queue.EndRead(std::move(deliveries), more, next_due)
                                  : webhook.queue.FailRead();
  RemovePending(webhook, std::min(webhook.queue.TakeMiscounted(), webhook.pending));
  Reschedule(webhook, now);
}

void Scheduler::ReadFailed(const PendingQuery& query, absl::Time now) {
  --reading_;
  ActiveWebhook& webhook = webhooks_.At(query.webhook_key);
  queued_bytes_ += webhook.queue.FailRead();
  webhook.position.read_not_before = now + tuning::kQueueReadRetry;
  Reschedule(webhook, now);
}

// --- Who is next ---

bool Scheduler::HasRoom(const ActiveWebhook& webhook) const {
  if (webhook.reloading || webhook.queue.size() >= options_.max_queued_per_webhook) return false;
  // Whichever webhook fills memory, each can hold as many deliveries as it may have in flight.
  return queued_bytes_ < options_.max_queued_bytes ||
         webhook.queue.size() < static_cast<size_t>(webhook.webhook->max_concurrency);
}

void Scheduler::PublishHealth(const Endpoint& endpoint, int64_t pending, int shard) {
  // The process that holds the shard from now on counts them.
  if (shards_.state(shard) != ShardState::kHeld) return;
  const bool changed =
      endpoint.health()->SetPending(pending, endpoint.circuit().ReadyAt(), shards_.epoch(shard));
  // The next start counts them again: only other processes read what is stored.
  if (changed && health_->shared()) health_->Changed(endpoint.health());
}

void Scheduler::Reschedule(ActiveWebhook& webhook, absl::Time now) {
  PublishHealth(*webhook.endpoint, webhook.pending, webhook.shard);
  webhook.reloading |= webhook.queue.overrun();
  if (webhook.reloading && webhook.unsettled == 0 && !webhook.queue.reading()) {
    queued_bytes_ -= webhook.queue.Reload(webhook.webhook->ordered);
    webhook.reloading = false;
  }
  const ActiveWebhook::Turn turn = webhook.NextTurn();
  const absl::Time turn_at = turn.at();
  const absl::Time read_at = webhook.ReadAt();
  UpdatePlace(webhook, turn, now);
  if (read_at <= now) {
    webhook.position.read_due = true;
    reads_due_.push_back(webhook.key());
  }
  absl::Time wake = absl::InfiniteFuture();
  if (turn_at > now) wake = turn_at;
  if (read_at > now) wake = std::min(wake, read_at);
  SetWake(webhook, wake);
  DeactivateIfIdle(webhook);
}

void Scheduler::UpdatePlace(ActiveWebhook& webhook, const ActiveWebhook::Turn& turn, absl::Time now) {
  const bool has_turn = turn.at() <= now;
  const Slots::Kind slot = has_turn ? webhook.SlotFor(turn, now) : Slots::kNone;
  std::optional<Slots::Place>& place = webhook.position.place;
  if (place.has_value()) {
    if (has_turn && place->kind == slot && place->in_flight == webhook.in_flight) return;
    slots_.Leave(*place);
    place.reset();
  }
  if (has_turn) place = slots_.Join(slot, webhook.in_flight, webhook.key());
}

void Scheduler::SetWake(ActiveWebhook& webhook, absl::Time time) {
  if (webhook.position.wake == time) return;
  if (webhook.position.wake != absl::InfiniteFuture()) wakes_.erase({webhook.position.wake, webhook.key()});
  if (time != absl::InfiniteFuture()) wakes_.insert({time, webhook.key()});
  webhook.position.wake = time;
}

void Scheduler::DeactivateIfIdle(ActiveWebhook& webhook) {
  if (webhook.unsettled > 0 || webhook.position.read_due || webhook.queue.reading()) return;
  const bool not_held = shards_.state(webhook.shard) == ShardState::kNotHeld;
  if (!not_held) {
    if (webhook.position.place.has_value() || webhook.reloading || !webhook.queue.idle()) return;
    RemovePending(webhook, webhook.pending);
  }
  assert(!webhook.position.place.has_value() && webhook.position.wake == absl::InfiniteFuture());
  const int64_t key = webhook.key();
  webhooks_.Deactivate(key);
  if (not_held || table_->Find(key) == nullptr) webhooks_.ForgetEndpoint(key);
}

void Scheduler::RescheduleDue(absl::Time now) {
  while (NextWake() <= now) {
    ActiveWebhook& webhook = webhooks_.At(wakes_.begin()->second);
    SetWake(webhook, absl::InfiniteFuture());
    Reschedule(webhook, now);
  }
}

void Scheduler::RemovePending(ActiveWebhook& webhook, int64_t count) {
  if (count == 0) return;
  webhook.pending -= count;
  no_longer_pending_.emplace_back(webhook.webhook->project, count);
}

// --- What to do ---

Scheduler::Work Scheduler::TakeReports() {
  Work work;
  work.released_shards = shards_.TakeReleased();
  work.no_longer_pending.swap(no_longer_pending_);
  return work;
}

Scheduler::Work Scheduler::TakeWork(absl::Time now, int max_tasks) {
  Work work = TakeReports();
  RescheduleDue(now);
  TakeTasks(work, now, max_tasks);
  BeginReads(work, now);
  return work;
}

void Scheduler::TakeTasks(Work& work, absl::Time now, int max_tasks) {
  while (static_cast<int>(work.tasks.size()) < max_tasks) {
    const auto place = slots_.Next();
    if (!place.has_value()) return;
    ActiveWebhook& webhook = webhooks_.At(place->webhook_key);
    webhook.position.place.reset();
    // Time has passed since it took its place, so that its turn may be of another kind now.
    const ActiveWebhook::Turn turn = webhook.NextTurn();
    if (turn.at() <= now && webhook.SlotFor(turn, now) == place->kind) {
      DeliveryTask& task = work.tasks.emplace_back(webhook.BeginTask(place->kind, now));
      queued_bytes_ -= BytesOf(task.delivery);
      shards_.AddTask(webhook.shard);
      slots_.Take(place->kind);
    }
    Reschedule(webhook, now);
  }
}

void Scheduler::BeginReads(Work& work, absl::Time now) {
  while (!reads_due_.empty() && reading_ < tuning::kMaxConcurrentQueueReads) {
    ActiveWebhook& webhook = webhooks_.At(reads_due_.front());
    reads_due_.pop_front();
    webhook.position.read_due = false;
    // The read may not be needed any more.
    if (webhook.reloading || !webhook.held() || webhook.queue.ReadAt(webhook.mode.canceling()) > now) {
      Reschedule(webhook, now);
      continue;
    }
    ++reading_;
    const int limit =
        queued_bytes_ < options_.max_queued_bytes ? tuning::kQueueReadSize : webhook.webhook->max_concurrency;
    work.reads.push_back(webhook.queue.BeginRead(webhook.key(), now, webhook.mode.canceling(), limit));
    work.reads.back().max_bytes = tuning::kQueueReadBytes;
  }
}

Scheduler::Load Scheduler::load() const {
  Load load{.queued_bytes = queued_bytes_, .in_flight = slots_.taken(), .shards = shards_.count()};
  for (const auto& [key, webhook] : webhooks_.all()) {
    load.queued += webhook->queue.size();
    if (!webhook->endpoint->circuit().closed()) ++load.open_circuits;
    if (webhook->endpoint->hold().holding()) ++load.held_webhooks;
    if (webhook->queue.size() > 0) {
      load.waiting_since = std::min(load.waiting_since, PendingSince(webhook->queue.front()));
    }
  }
  return load;
}

}  // namespace hookd
