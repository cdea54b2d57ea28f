// The scheduler's attempts: what each that ends changes for its webhook and its delivery.
#include <utility>

#include "delivery/scheduler.h"

namespace hookd {

Scheduler::State& Scheduler::FreeSlot(const Task& task) {
  State& state = *states_.at(task.delivery.webhook_key);
  --state.in_flight;
  slots_.Release(task.slot);
  return state;
}

void Scheduler::Abandon(const Task& task, Endpoint& endpoint, absl::Time now) {
  endpoint.circuit.OnAbandoned(now, task.circuit_probe);
  endpoint.hold.OnAbandoned(now, task.hold_probe);
  if (task.webhook->rate_limit.has_value()) endpoint.rate.GiveBack(*task.webhook->rate_limit);
}

Scheduler::Ended Scheduler::AttemptEnded(const Task& task, std::optional<bool> failed, absl::Time now,
                                         bool abusive) {
  State& state = FreeSlot(task);
  Endpoint& endpoint = *state.endpoint;
  Ended ended{.was_proven = endpoint.window.proven()};
  const bool was_closed = endpoint.circuit.closed();
  if (!failed.has_value()) {
    Abandon(task, endpoint, now);
  } else {
    ended.resumed_after = endpoint.hold.OnSent(now);
    if (*failed) {
      endpoint.circuit.OnFailure(now, task.circuit_probe, abusive);
      endpoint.window.OnFailure();
    } else {
      endpoint.circuit.OnSuccess();
      endpoint.window.OnSuccess(now - task.begun);
    }
  }
  ended.circuit_opened = was_closed && !endpoint.circuit.closed();
  ended.circuit_closed = !was_closed && endpoint.circuit.closed();
  Consider(task.delivery.webhook_key, state, now);
  return ended;
}

bool Scheduler::NotSent(const Task& task, const std::string& error, double jitter, absl::Time now) {
  State& state = FreeSlot(task);
  Abandon(task, *state.endpoint, now);
  const bool held = state.endpoint->hold.OnNotSent(now, task.hold_probe, error, jitter);
  Close(task, state);
  if (state.reloading || !IsHeld(state)) {
    state.reloading = true;  // it will be read with the others
  } else {
    queued_bytes_ += state.queue.PutBack(task.delivery);
  }
  Consider(task.delivery.webhook_key, state, now);
  return held;
}

std::shared_ptr<const Webhook> Scheduler::Wanting(int64_t webhook_key) const {
  const State& state = *states_.at(webhook_key);
  return state.canceling ? nullptr : state.webhook;
}

void Scheduler::Retry(QueuedDelivery delivery, absl::Time due) {
  State& state = *states_.at(delivery.webhook_key);
  if (!state.queue.ordered()) return state.queue.Unsettle(delivery.key);
  if (state.reloading || !IsHeld(state)) return;  // it will be read with the others
  ++delivery.attempt;
  delivery.due = due;
  queued_bytes_ += state.queue.PutBack(std::move(delivery));
}

bool Scheduler::Settle(const Task& task, std::optional<absl::Time> retry_at, absl::Time now) {
  const int64_t key = task.delivery.webhook_key;
  State& state = *states_.at(key);
  Close(task, state);
  const bool waited = !retry_at.has_value() && state.waiting > 0;
  if (waited) --state.waiting;
  if (retry_at.has_value() && !state.queue.ordered()) state.queue.RetryAt(*retry_at);
  Consider(key, state, now);
  return waited;
}

void Scheduler::GiveBack(const Task& task, absl::Time now) {
  const int64_t key = task.delivery.webhook_key;
  State& state = *states_.at(key);
  Close(task, state);
  state.reloading = true;
  Consider(key, state, now);
}

void Scheduler::Close(const Task& task, State& state) {
  --state.unsettled;
  state.queue.Settle(task.delivery.key);
  Shard& shard = shards_[state.shard];
  if (--shard.unsettled == 0 && std::exchange(shard.handing_over, false)) handed_over_.push_back(state.shard);
}

}  // namespace hookd
