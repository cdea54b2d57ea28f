// The dispatcher's attempts: sending, and recording what became of each delivery.
#include <optional>
#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "delivery/attempts/attempt.h"
#include "delivery/attempts/backoff.h"
#include "delivery/auto_disable.h"
#include "delivery/dispatcher.h"
#include "delivery/outcome_feed.h"
#include "delivery/scheduling/pending_counts.h"
#include "delivery/statistics/statistics.h"

namespace hookd {
namespace {

// The delivery as watchers see it once the outcome is durable.
Delivery DeliveryAfter(const DeliveryTask& task, const Outcome& outcome) {
  const bool attempted = outcome.attempt.has_value();
  return {.key = task.delivery.key,
          .event_key = task.delivery.event_key,
          .webhook_key = task.delivery.webhook_key,
          .webhook_id = task.webhook->id,
          .event_type = task.delivery.event_type,
          .state = outcome.state,
          .attempt_count = attempted ? outcome.attempt->number : task.delivery.attempt - 1,
          .response_status = attempted ? outcome.attempt->response_status : 0,
          .error = outcome.error,
          .next_attempt_time = outcome.next_attempt_time,
          .error_class = attempted ? outcome.attempt->error_class : ErrorClass::kNone};
}

// The outcome as statistics count it.
CountedOutcome CountedAs(const Outcome& outcome) {
  CountedOutcome counted{.state = outcome.state};
  if (!outcome.attempt.has_value()) return counted;
  counted.attempt = StatsCountOfAttempt(outcome.attempt->error_class, outcome.attempt->response_status);
  counted.latency = outcome.attempt->total;
  return counted;
}

}  // namespace

void Dispatcher::Execute(DeliveryTask task) {
  if (!task.give_up.empty()) {
    Outcome outcome{.delivery_key = task.delivery.key, .state = task.given_up_as, .error = task.give_up};
    return Record(std::move(task), std::move(outcome));
  }
  if (task.delivery.body->empty()) return FailUnreadable(std::move(task));
  Send(std::move(task));
}

void Dispatcher::FailUnreadable(DeliveryTask task) {
  LogError("a stored event cannot be parsed", {{"event", EncodeId(task.delivery.event_key)}});
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    scheduler_.AttemptAbandoned(task, parts_.clock->Steady());
  });
  Outcome outcome{.delivery_key = task.delivery.key,
                  .state = DeliveryState::kFailed,
                  .error = "the stored event cannot be read: see hookd's log"};
  Record(std::move(task), std::move(outcome));
}

void Dispatcher::Send(DeliveryTask task) {
  // Check again: this process may have been suspended since the task began.
  if (!IsConfirmed()) return Requeue(task);
  const absl::Time now = parts_.clock->Now();
  HttpRequest request = MakeRequest(*task.webhook, EncodeId(task.delivery.event_key), task.delivery.body, now,
                                    task.delivery.trace.get());
  // An open connection may be what fails, although it looks sound.
  request.fresh_connection = task.probe.of_circuit || task.probe.of_hold;
  request.unproven = task.slot == Slots::kUnproven;
  HttpHeaders headers = RedactHeaders(request.headers, *task.webhook);
  parts_.http->Send(std::move(request), [this, task = std::move(task), headers = std::move(headers),
                                         now](HttpResult result) mutable {
    OnAttempt(std::move(task), now, std::move(headers), std::move(result));
  });
}

void Dispatcher::Requeue(const DeliveryTask& task) {
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    scheduler_.AttemptAbandoned(task, now);
    scheduler_.Requeue(task, now);
    --unrecorded_;
  });
}

void Dispatcher::OnNotSent(const DeliveryTask& task, const HttpResult& result) {
  bool drained = false;
  bool held = false;
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    drained = drained_;
    held = scheduler_.NotSent(task, result.error, parts_.random->Uniform(), parts_.clock->Steady());
    --unrecorded_;
  });
  if (drained) return;
  parts_.metrics->CountHeld(HoldCauseOf(result));
  log_.NotSent(task, result, held);
}

void Dispatcher::OnAttempt(DeliveryTask task, absl::Time start_time, HttpHeaders request_headers,
                           HttpResult result) {
  if (result.fault == HttpFault::kHookd) return OnNotSent(task, result);
  const absl::Duration retry_after = result.retry_after;
  const AttemptOutcome counted_as = OutcomeOf(result);
  const bool abusive = result.abusive;
  Attempt attempt = MakeAttempt(task.delivery.attempt, start_time, std::move(result));
  attempt.request_headers = std::move(request_headers);
  attempt.url = task.webhook->url;
  attempt.node = parts_.node;
  attempt.trigger = task.delivery.IsRedelivery() ? AttemptTrigger::kManual : AttemptTrigger::kAutomatic;
  const bool failed = !attempt.error.empty();
  Endpoint::Change change;
  bool drained = false;
  const absl::Time ended = parts_.clock->Now();
  Outcome outcome{.delivery_key = task.delivery.key,
                  .state = failed ? DeliveryState::kFailed : DeliveryState::kDelivered};
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    drained = drained_;
    if (drained) {
      // The HTTP client ended this attempt because it shuts down. It is repeated after the next start.
      scheduler_.AttemptAbandoned(task, now);
      --unrecorded_;
      return;
    }
    change = scheduler_.AttemptEnded(task, ended, attempt.error, abusive, now);
    if (!failed) return;
    const auto webhook = scheduler_.FindEnabled(task.delivery.webhook_key);
    const int attempts = task.delivery.attempt - task.delivery.earlier_attempts;
    if (webhook == nullptr || !IsRetried(webhook->retry_policy, attempts, attempt.response_status)) return;
    outcome.state = DeliveryState::kPending;
    outcome.next_attempt_time = now + Backoff(webhook->retry_policy, attempts, retry_after, *parts_.random);
    scheduler_.Retry(task.delivery, *outcome.next_attempt_time);
  });
  if (drained) return;
  parts_.metrics->CountAttempt(counted_as);
  Observe(parts_.metrics->queue_wait, task.begun - PendingSince(task.delivery));
  Observe(parts_.metrics->attempt, attempt.total);
  log_.Ended(task, attempt, change);
  if (change.is_current) NotifyAutoDisable(task, attempt, change.was_proven);
  outcome.error = attempt.error;
  outcome.attempt = std::move(attempt);
  Record(std::move(task), std::move(outcome));
}

void Dispatcher::NotifyAutoDisable(const DeliveryTask& task, const Attempt& attempt, bool was_proven) {
  if (auto_disable_ == nullptr) return;
  if (!attempt.error.empty()) {
    auto_disable_->OnFailure(*task.webhook, task.delivery.key, attempt.response_status);
  } else if (!was_proven) {
    auto_disable_->OnSuccess(*task.webhook);
  }
}

void Dispatcher::Record(DeliveryTask task, Outcome outcome) {
  Delivery after = DeliveryAfter(task, outcome);
  const CountedOutcome counted = CountedAs(outcome);
  // The next delivery of an ordered webhook waits for this outcome.
  outcome.urgent = task.webhook->ordered;
  outcome.epoch = task.epoch;
  const absl::Time ended = parts_.clock->Now();
  parts_.store->RecordOutcome(std::move(outcome),
                              [this, task = std::move(task), after = std::move(after), counted,
                               ended](int64_t key) { OnRecorded(task, after, counted, ended, key); });
}

void Dispatcher::OnRecorded(const DeliveryTask& task, const Delivery& delivery, const CountedOutcome& counted,
                            absl::Time ended, int64_t key) {
  const bool recorded = key != 0;
  if (recorded && parts_.feed->watched()) {
    parts_.feed->Publish(task.webhook->project,
                         {.key = key, .delivery = delivery, .project_key = task.webhook->project_key});
  }
  if (recorded) {
    Count(task.delivery, delivery.state, ended);
    parts_.statistics->CountOutcome({task.webhook->project, task.webhook->project_key},
                                    task.delivery.webhook_key, key, counted);
  }
  bool was_pending = false;
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    --unrecorded_;
    if (recorded) {
      was_pending = scheduler_.Settle(task, delivery.next_attempt_time, now);
      return;
    }
    // The store refused the outcome because another process holds the shard, and repeats the attempt.
    const int shard = ShardOf(task.delivery.webhook_key);
    if (cluster_ != nullptr && scheduler_.shards().epoch(shard) == task.epoch) {
      scheduler_.Lose({shard}, now);
    }
    scheduler_.Requeue(task, now);
  });
  if (was_pending) parts_.counts->Remove(task.webhook->project, 1);
}

void Dispatcher::Count(const QueuedDelivery& delivery, DeliveryState state, absl::Time ended) const {
  Metrics& metrics = *parts_.metrics;
  switch (state) {
    case DeliveryState::kPending:
      return metrics.retries_scheduled.Increment();
    case DeliveryState::kDelivered:
      metrics.deliveries_delivered.Increment();
      return Observe(metrics.accept_to_delivered, ended - TimeOfKey(delivery.event_key));
    case DeliveryState::kFailed:
      return metrics.deliveries_failed.Increment();
    case DeliveryState::kCanceled:
      return metrics.deliveries_canceled.Increment();
  }
}

}  // namespace hookd
