#include "delivery/scheduler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"

namespace hookd {
namespace {

// A webhook that is not in the table any more, nor was when its work came.
std::shared_ptr<const Webhook> Deleted(int64_t key, const std::string& project) {
  auto webhook = std::make_shared<Webhook>();
  webhook->key = key;
  webhook->project = project;
  webhook->max_concurrency = 1;
  return webhook;
}

}  // namespace

Scheduler::Scheduler(const WebhookTable* table, const Options& options, bool shared)
    : table_(table), options_(options), shared_(shared), slots_(options.max_concurrency) {
  if (shared) shards_.fill({.held = Held::kNot});
}

// --- What happened ---

Scheduler::Endpoint* Scheduler::EndpointOf(int64_t webhook_key) {
  std::unique_ptr<Endpoint>& endpoint = endpoints_[webhook_key];
  if (endpoint == nullptr) endpoint = std::make_unique<Endpoint>();
  return endpoint.get();
}

Scheduler::State& Scheduler::StateOf(int64_t webhook_key, const std::string& project, absl::Time now) {
  std::unique_ptr<State>& state = states_[webhook_key];
  if (state == nullptr) {
    auto webhook = table_->Find(webhook_key);
    const bool gone = webhook == nullptr;
    const bool canceling = gone || webhook->disabled;
    if (gone) webhook = Deleted(webhook_key, project);
    state = std::make_unique<State>(std::move(webhook), EndpointOf(webhook_key), shared_);
    state->canceling = canceling;
    state->gone = gone;
    if (shared_) state->doubtful_until = now + limits::kConfigurationLag;
  }
  return *state;
}

int64_t Scheduler::AddBacklog(const Backlog& backlog, absl::Time now) {
  State& state = StateOf(backlog.webhook_key, backlog.project, now);
  const int64_t more = backlog.count - std::exchange(state.waiting, backlog.count);
  state.reloading = true;
  Consider(backlog.webhook_key, state, now);
  return more;
}

bool Scheduler::Push(const std::string& project, QueuedDelivery delivery, absl::Time now) {
  const int64_t key = delivery.webhook_key;
  const Shard& shard = shards_[ShardOf(key)];
  if (shard.held == Held::kNot) return false;
  State& state = StateOf(key, project, now);
  ++state.waiting;
  Doubt(state, now);
  if (shard.held == Held::kLoading) {
    state.reloading = true;
  } else {
    queued_bytes_ += state.queue.Push(std::move(delivery), HasRoom(state));
  }
  Consider(key, state, now);
  return true;
}

int64_t Scheduler::Arrived(const Cluster::Arrival& arrival, absl::Time now) {
  const Shard& shard = shards_[ShardOf(arrival.webhook_key)];
  if (shard.held == Held::kNot) return 0;
  State& state = StateOf(arrival.webhook_key, arrival.project, now);
  Doubt(state, now);
  int64_t fresh = 0;
  if (shard.held == Held::kLoading || arrival.keys.empty()) {
    state.reloading = true;
  } else {
    fresh = state.queue.Arrived(arrival.keys);
    state.waiting += fresh;
  }
  Consider(arrival.webhook_key, state, now);
  return fresh;
}

bool Scheduler::WaitAgain(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due,
                          absl::Time now) {
  const Shard& shard = shards_[ShardOf(webhook_key)];
  if (shard.held == Held::kNot) return false;
  State& state = StateOf(webhook_key, project, now);
  state.waiting += count;
  Doubt(state, now);
  if (state.queue.ordered() || shard.held == Held::kLoading) {
    state.reloading = true;  // it comes before others that are in memory
  } else {
    state.queue.RetryAt(due);
  }
  Consider(webhook_key, state, now);
  return true;
}

void Scheduler::WebhookChanged(int64_t webhook_key, absl::Time now) {
  const auto webhook = table_->Find(webhook_key);
  const auto endpoint = endpoints_.find(webhook_key);
  // Whoever edits a webhook has seen to its endpoint.
  if (endpoint != endpoints_.end()) *endpoint->second = Endpoint();
  const auto found = states_.find(webhook_key);
  if (found == states_.end()) {
    if (webhook == nullptr && endpoint != endpoints_.end()) endpoints_.erase(endpoint);
    return;
  }
  State& state = *found->second;
  const bool canceling = webhook == nullptr || webhook->disabled;
  if (webhook != nullptr) state.webhook = webhook;
  // What is in memory is of another order, or not due.
  if (state.webhook->ordered != state.queue.ordered() || (state.canceling && !canceling)) {
    state.reloading = true;
  }
  state.canceling = canceling;
  state.gone = webhook == nullptr;
  state.doubtful_until = absl::InfinitePast();
  Doubt(state, now);
  Consider(webhook_key, state, now);
}

void Scheduler::ReadEnded(const WaitingQuery& query, std::vector<QueuedDelivery> deliveries, bool more,
                          absl::Time next_due, absl::Time now) {
  --reading_;
  State& state = *states_.at(query.webhook_key);
  Doubt(state, now);
  queued_bytes_ +=
      IsHeld(state) ? state.queue.EndRead(std::move(deliveries), more, next_due) : state.queue.FailRead();
  CountOut(state, std::min(state.queue.TakeMiscounted(), state.waiting));
  Consider(query.webhook_key, state, now);
}

void Scheduler::ReadFailed(const WaitingQuery& query, absl::Time now) {
  --reading_;
  State& state = *states_.at(query.webhook_key);
  queued_bytes_ += state.queue.FailRead();
  state.read_not_before = now + limits::kQueueReadRetry;
  Consider(query.webhook_key, state, now);
}

Scheduler::Load Scheduler::load() const {
  Load load{.queued_bytes = queued_bytes_, .in_flight = slots_.taken()};
  for (const Shard& shard : shards_) load.shards += shard.held == Held::kNot ? 0 : 1;
  for (const auto& [key, state] : states_) {
    load.queued += state->queue.size();
    if (!state->endpoint->circuit.closed()) ++load.open_circuits;
    if (state->endpoint->hold.holding()) ++load.held_webhooks;
    if (state->queue.size() > 0) {
      load.waiting_since = std::min(load.waiting_since, WaitsSince(state->queue.front()));
    }
  }
  return load;
}

// --- Who may, and when ---

bool Scheduler::HasRoom(const State& state) const {
  if (state.reloading || state.queue.size() >= options_.max_queued_per_webhook) return false;
  // Whoever fills memory, every webhook may hold what it may have under way.
  return queued_bytes_ < options_.max_queued_bytes ||
         state.queue.size() < static_cast<size_t>(state.webhook->max_concurrency);
}

absl::Time Scheduler::SendAt(const State& state) const {
  if (state.canceling || state.reloading || state.queue.size() == 0 || !IsHeld(state)) {
    return absl::InfiniteFuture();
  }
  if (state.unsettled >= limits::kMaxUnrecordedPerWebhook) return absl::InfiniteFuture();
  const Webhook& webhook = *state.webhook;
  // Or another process could make the attempt before this one again, and after it.
  if (shared_ && webhook.ordered && state.unsettled > 0) return absl::InfiniteFuture();
  const Endpoint& endpoint = *state.endpoint;
  const int at_a_time = webhook.ordered ? 1 : std::min(webhook.max_concurrency, endpoint.window.size());
  if (state.in_flight >= at_a_time) return absl::InfiniteFuture();
  absl::Time ready = std::max(endpoint.circuit.ReadyAt(), endpoint.hold.ReadyAt());
  if (webhook.rate_limit.has_value()) ready = std::max(ready, endpoint.rate.ReadyAt(*webhook.rate_limit));
  // Only the head of an ordered queue can still have to wait.
  return std::max(ready, state.queue.front().due);
}

void Scheduler::Doubt(State& state, absl::Time now) {
  // One that is deleted never comes back.
  if (shared_ && state.canceling && !state.gone) state.doubtful_until = now + limits::kConfigurationLag;
}

absl::Time Scheduler::CancelAt(const State& state) const {
  const QueuedDelivery& next = state.queue.front();
  const bool before_it_was_disabled =
      !state.gone && next.due == absl::InfinitePast() && next.key < state.webhook->revision;
  return before_it_was_disabled ? absl::InfinitePast() : state.doubtful_until;
}

absl::Time Scheduler::GiveUpAt(const State& state) const {
  if (state.reloading || state.queue.size() == 0 || !IsHeld(state)) return absl::InfiniteFuture();
  if (state.canceling) return CancelAt(state);
  const Endpoint& endpoint = *state.endpoint;
  const absl::Time since = WaitsSince(state.queue.front());
  // What waited before the hold, behind others or while no hookd ran, is not charged to it.
  if (endpoint.hold.holding()) return std::max(since, endpoint.hold.since()) + limits::kMaxHoldWait;
  if (endpoint.circuit.closed() || state.webhook->retry_policy.max_attempts > 1) {
    return absl::InfiniteFuture();
  }
  // Nor is a hold charged to the endpoint.
  return std::max(since, endpoint.hold.ended()) + limits::kMaxCircuitWait;
}

Slots::Kind Scheduler::SlotFor(const State& state, absl::Time now) const {
  if (GiveUpAt(state) <= now) return Slots::kNone;
  // What can be sent is not to wait for probes that time out.
  if (state.endpoint->hold.holding()) return Slots::kUnproven;
  const ConcurrencyWindow& window = state.endpoint->window;
  if (!window.proven()) return Slots::kUnproven;
  return window.prompt() ? Slots::kPrompt : Slots::kSlow;
}

void Scheduler::Consider(int64_t webhook_key, State& state, absl::Time now) {
  state.reloading |= state.queue.overrun();
  if (state.reloading && state.unsettled == 0 && !state.queue.reading()) {
    queued_bytes_ -= state.queue.Reload(state.webhook->ordered);
    state.reloading = false;
  }
  const absl::Time turn_at = std::min(SendAt(state), GiveUpAt(state));
  const absl::Time read_at =
      state.reloading || state.read_due || !IsHeld(state)
          ? absl::InfiniteFuture()
          : std::max(state.queue.ReadAt(/*all=*/state.canceling), state.read_not_before);
  StandInLine(webhook_key, state, turn_at <= now, now);
  if (read_at <= now) {
    state.read_due = true;
    reads_due_.push_back(webhook_key);
  }
  absl::Time wake = absl::InfiniteFuture();
  if (turn_at > now) wake = turn_at;
  if (read_at > now) wake = std::min(wake, read_at);
  WakeAt(webhook_key, state, wake);
  if (shards_[state.shard].held == Held::kNot) {
    if (state.unsettled == 0 && !state.read_due && !state.queue.reading()) Forget(webhook_key, true);
    return;
  }
  if (state.unsettled > 0 || state.place.has_value() || state.read_due || state.reloading ||
      !state.queue.idle()) {
    return;
  }
  CountOut(state, state.waiting);
  Forget(webhook_key, table_->Find(webhook_key) == nullptr);
}

void Scheduler::StandInLine(int64_t webhook_key, State& state, bool stands, absl::Time now) {
  const Slots::Kind slot = stands ? SlotFor(state, now) : Slots::kNone;
  if (state.place.has_value()) {
    if (stands && state.place->kind == slot && state.place->under_way == state.in_flight) return;
    slots_.Leave(*state.place);
    state.place.reset();
  }
  if (stands) state.place = slots_.Join(slot, state.in_flight, webhook_key);
}

void Scheduler::Forget(int64_t webhook_key, bool with_endpoint) {
  states_.erase(webhook_key);
  if (with_endpoint) endpoints_.erase(webhook_key);
}

void Scheduler::CountOut(State& state, int64_t count) {
  if (count == 0) return;
  state.waiting -= count;
  not_waiting_.emplace_back(state.webhook->project, count);
}

void Scheduler::WakeAt(int64_t webhook_key, State& state, absl::Time time) {
  if (state.wake == time) return;
  if (state.wake != absl::InfiniteFuture()) wakes_.erase({state.wake, webhook_key});
  if (time != absl::InfiniteFuture()) wakes_.insert({time, webhook_key});
  state.wake = time;
}

void Scheduler::Wake(absl::Time now) {
  while (!wakes_.empty() && wakes_.begin()->first <= now) {
    const int64_t key = wakes_.begin()->second;
    wakes_.erase(wakes_.begin());
    State& state = *states_.at(key);
    state.wake = absl::InfiniteFuture();
    Consider(key, state, now);
  }
}

// --- What to do ---

Scheduler::Task Scheduler::TakeTask(State& state, Slots::Kind slot, absl::Time now) {
  Task task;
  task.webhook = state.webhook;
  task.slot = slot;
  task.begun = now;
  task.delivery = state.queue.Pop();
  queued_bytes_ -= WebhookQueue::Bytes(task.delivery);
  ++state.unsettled;
  ++shards_[state.shard].unsettled;
  task.epoch = shards_[state.shard].epoch;
  if (slot == Slots::kNone && state.canceling) {
    task.give_up = "the webhook was disabled or deleted before this was sent";
  } else if (slot == Slots::kNone && state.endpoint->hold.holding()) {
    task.give_up =
        absl::StrCat("not sent: hookd could not send it for ", absl::ToInt64Hours(limits::kMaxHoldWait),
                     " hours; the last error was: ", state.endpoint->hold.error());
    task.given_up_as = DeliveryState::kFailed;
  } else if (slot == Slots::kNone) {
    task.give_up = "not sent: every attempt to its endpoint has failed while this waited for an hour";
    task.given_up_as = DeliveryState::kFailed;
  } else {
    task.circuit_probe = state.endpoint->circuit.Begin();
    task.hold_probe = state.endpoint->hold.Begin();
    if (state.webhook->rate_limit.has_value()) {
      state.endpoint->rate.Take(*state.webhook->rate_limit, now);
    }
    ++state.in_flight;
    slots_.Take(task.slot);
  }
  return task;
}

Scheduler::Work Scheduler::TakeNews() {
  Work work;
  work.handed_over.swap(handed_over_);
  work.not_waiting.swap(not_waiting_);
  return work;
}

Scheduler::Work Scheduler::TakeTurns(absl::Time now, int max_tasks) {
  Work work = TakeNews();
  if (NextWake() <= now) Wake(now);
  while (static_cast<int>(work.tasks.size()) < max_tasks) {
    const auto turn = slots_.Next();
    if (!turn.has_value()) break;
    State& state = *states_.at(turn->webhook_key);
    state.place.reset();
    // What has changed since it took its place.
    if (std::min(SendAt(state), GiveUpAt(state)) <= now && SlotFor(state, now) == turn->kind) {
      work.tasks.push_back(TakeTask(state, turn->kind, now));
    }
    Consider(turn->webhook_key, state, now);
  }
  while (!reads_due_.empty() && reading_ < limits::kMaxConcurrentQueueReads) {
    const int64_t key = reads_due_.front();
    reads_due_.pop_front();
    State& state = *states_.at(key);
    state.read_due = false;
    // What has changed since it took its place.
    if (state.reloading || !IsHeld(state) || state.queue.ReadAt(state.canceling) > now) {
      Consider(key, state, now);
      continue;
    }
    ++reading_;
    const int limit =
        queued_bytes_ < options_.max_queued_bytes ? limits::kQueueReadSize : state.webhook->max_concurrency;
    work.reads.push_back(state.queue.BeginRead(key, now, state.canceling, limit));
    work.reads.back().max_bytes = limits::kQueueReadBytes;
  }
  return work;
}

}  // namespace hookd
