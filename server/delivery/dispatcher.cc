#include "delivery/dispatcher.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "delivery/attempt.h"
#include "delivery/auto_disable.h"
#include "delivery/backoff.h"
#include "delivery/outcome_feed.h"
#include "delivery/read_back.h"
#include "delivery/waiting_counts.h"

namespace hookd {

Dispatcher::Dispatcher(const Parts& parts, const Scheduler::Options& options)
    : parts_(parts),
      cluster_(parts.store->cluster()),
      log_(parts.clock),
      scheduler_(parts.table, options, cluster_ != nullptr),
      confirmed_until_ns_(
          absl::ToUnixNanos(cluster_ != nullptr ? absl::InfinitePast() : absl::InfiniteFuture())),
      timer_(parts.clock->NewTimer([this] { OnTimer(); })) {}

Dispatcher::~Dispatcher() { Drain(absl::ZeroDuration()); }

void Dispatcher::OnTimer() {
  std::vector<Cluster::Shard> to_load;
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    timer_due_ = absl::InfiniteFuture();
    if (draining_ || load_at_ > parts_.clock->Steady()) return;
    to_load.swap(to_load_);
    load_at_ = absl::InfiniteFuture();
  });
  if (!to_load.empty()) LoadTakeover(to_load);
}

template <typename Happened>
void Dispatcher::Tell(Happened happened) {
  Work work;
  {
    absl::MutexLock lock(&mutex_);
    happened();
    work = TakeTurns();
  }
  Do(std::move(work));
}

Dispatcher::Work Dispatcher::TakeTurns() {
  if (drained_) return {};
  Work work;
  if (draining_) {
    work = scheduler_.TakeNews();
  } else {
    const absl::Time now = parts_.clock->Steady();
    work = scheduler_.TakeTurns(now, IsConfirmed() ? limits::kMaxUnrecordedOutcomes - unrecorded_ : 0);
    unrecorded_ += static_cast<int>(work.tasks.size());
    const absl::Time wake = std::min(scheduler_.NextWake(), load_at_);
    if (wake < timer_due_) {
      timer_due_ = wake;
      timer_->Set(timer_due_);
    }
  }
  if (!work.tasks.empty() || !work.reads.empty() || !work.handed_over.empty()) ++doing_;
  return work;
}

absl::Status Dispatcher::Start() {
  const auto backlogs = parts_.store->LoadBacklogs();
  if (!backlogs.ok()) return backlogs.status();
  int64_t waiting = 0;
  for (const Backlog& backlog : *backlogs) {
    parts_.counts->AddStored(backlog.project, backlog.count);
    waiting += backlog.count;
  }
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const Backlog& backlog : *backlogs) scheduler_.AddBacklog(backlog, parts_.clock->Steady());
  });
  LogInfo("took up what waited", {{"deliveries", waiting}, {"webhooks", backlogs->size()}});
  return absl::OkStatus();
}

void Dispatcher::Enqueue(const std::string& project, std::vector<QueuedDelivery> deliveries) {
  if (deliveries.empty()) return;
  int64_t of_others = 0;
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    for (QueuedDelivery& delivery : deliveries) {
      if (!scheduler_.Push(project, std::move(delivery), now)) ++of_others;
    }
  });
  parts_.counts->Remove(project, of_others);
}

void Dispatcher::WaitAgain(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due) {
  bool held = false;
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    held = scheduler_.WaitAgain(project, webhook_key, count, due, parts_.clock->Steady());
  });
  if (!held) parts_.counts->Remove(project, count);
}

void Dispatcher::WebhookChanged(int64_t webhook_key) {
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    scheduler_.WebhookChanged(webhook_key, parts_.clock->Steady());
  });
}

void Dispatcher::Drain(absl::Duration timeout) {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    const auto all_recorded = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const auto set_aside = parts_.set_aside == nullptr ? 0 : static_cast<int>(parts_.set_aside->load());
      return unrecorded_ <= set_aside;
    };
    // Nobody tells this when the store sets an outcome aside.
    const absl::Time deadline = absl::Now() + timeout;
    for (absl::Duration left = timeout; left > absl::ZeroDuration(); left = deadline - absl::Now()) {
      if (mutex_.AwaitWithTimeout(absl::Condition(&all_recorded), std::min(left, limits::kDrainLook))) break;
    }
    drained_ = true;
    // Whoever is about to send has to have done so: the HTTP client may be gone as soon as this returns.
    mutex_.Await(absl::Condition(
        +[](int* doing) { return *doing == 0; }, &doing_));
  }
  timer_.reset();
}

Scheduler::Load Dispatcher::load() const {
  absl::MutexLock lock(&mutex_);
  return scheduler_.load();
}

absl::Duration Dispatcher::longest_wait(const Scheduler::Load& load) const {
  return std::max(absl::ZeroDuration(), parts_.clock->Steady() - load.waiting_since);
}

void Dispatcher::Do(Work work) {
  for (const auto& [project, count] : work.not_waiting) parts_.counts->Remove(project, count);
  if (work.tasks.empty() && work.reads.empty() && work.handed_over.empty()) return;
  if (!work.handed_over.empty()) cluster_->HandedOver(work.handed_over);
  for (Task& task : work.tasks) {
    if (!task.give_up.empty()) {
      Outcome outcome{.delivery_key = task.delivery.key, .state = task.given_up_as, .error = task.give_up};
      Record(std::move(task), std::move(outcome));
    } else if (task.delivery.body->empty()) {
      FailUnreadable(std::move(task));
    } else {
      Send(std::move(task));
    }
  }
  for (const WaitingQuery& query : work.reads) Read(query);
  absl::MutexLock lock(&mutex_);
  --doing_;
}

// --- Attempts ---

void Dispatcher::FailUnreadable(Task task) {
  LogError("a stored event cannot be read", {{"event", EncodeId(task.delivery.event_key)}});
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    scheduler_.AttemptEnded(task, std::nullopt, parts_.clock->Steady());
  });
  Outcome outcome{.delivery_key = task.delivery.key,
                  .state = DeliveryState::kFailed,
                  .error = "the stored event cannot be read: see hookd's log"};
  Record(std::move(task), std::move(outcome));
}

void Dispatcher::Send(Task task) {
  // Asked again, as this process may have stood still since its turn came.
  if (!IsConfirmed()) return GiveBack(task);
  const absl::Time now = parts_.clock->Now();
  HttpRequest request = MakeRequest(*task.webhook, EncodeId(task.delivery.event_key), task.delivery.body, now,
                                    task.delivery.trace.get());
  // A connection that looks sound may be what fails.
  request.fresh_connection = task.circuit_probe || task.hold_probe;
  request.unproven = task.slot == Slots::kUnproven;
  HttpHeaders headers = RedactHeaders(request.headers, *task.webhook);
  parts_.http->Send(std::move(request), [this, task = std::move(task), headers = std::move(headers),
                                         now](HttpResult result) mutable {
    OnAttempt(std::move(task), now, std::move(headers), std::move(result));
  });
}

void Dispatcher::GiveBack(const Task& task) {
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    scheduler_.AttemptEnded(task, std::nullopt, now);
    scheduler_.GiveBack(task, now);
    --unrecorded_;
  });
}

void Dispatcher::NotSent(const Task& task, const HttpResult& result) {
  bool counted = true;
  bool held = false;
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    counted = !drained_;
    held = scheduler_.NotSent(task, result.error, parts_.random->Uniform(), parts_.clock->Steady());
    --unrecorded_;
  });
  if (!counted) return;
  parts_.metrics->CountHeld(HoldCauseOf(result));
  log_.NotSent(task, result, held);
}

void Dispatcher::OnAttempt(Task task, absl::Time start_time, HttpHeaders request_headers, HttpResult result) {
  if (result.fault == HttpFault::kHookd) return NotSent(task, result);
  const absl::Duration retry_after = result.retry_after;
  const AttemptOutcome counted_as = OutcomeOf(result);
  const bool abusive = result.abusive;
  Attempt attempt = MakeAttempt(task.delivery.attempt, start_time, std::move(result));
  attempt.request_headers = std::move(request_headers);
  const bool failed = !attempt.error.empty();
  Scheduler::Ended ended;
  bool recorded = true;
  Outcome outcome{.delivery_key = task.delivery.key, .state = DeliveryState::kDelivered};
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    if (drained_) {
      // The HTTP client is shutting down and ended this attempt; it is made again after the next start.
      recorded = false;
      scheduler_.AttemptEnded(task, std::nullopt, now);
      --unrecorded_;
      return;
    }
    ended = scheduler_.AttemptEnded(task, failed, now, abusive);
    if (!failed) return;
    outcome.state = DeliveryState::kFailed;
    const auto webhook = scheduler_.Wanting(task.delivery.webhook_key);
    const int attempts = task.delivery.attempt - task.delivery.earlier_attempts;
    if (webhook == nullptr || !IsRetried(webhook->retry_policy, attempts, attempt.response_status)) return;
    outcome.state = DeliveryState::kPending;
    outcome.next_attempt_time = now + Backoff(webhook->retry_policy, attempts, retry_after, *parts_.random);
    scheduler_.Retry(task.delivery, *outcome.next_attempt_time);
  });
  if (!recorded) return;
  parts_.metrics->CountAttempt(counted_as);
  Observe(parts_.metrics->queue_wait, task.begun - WaitsSince(task.delivery));
  Observe(parts_.metrics->attempt, attempt.total);
  log_.Ended(task, attempt, ended);
  if (auto_disable_ != nullptr && failed) {
    auto_disable_->OnFailure(*task.webhook, task.delivery.key, attempt.response_status);
  } else if (auto_disable_ != nullptr && !ended.was_proven) {
    auto_disable_->OnSuccess(*task.webhook);
  }
  outcome.error = attempt.error;
  outcome.attempt = std::move(attempt);
  Record(std::move(task), std::move(outcome));
}

void Dispatcher::Record(Task task, Outcome outcome) {
  // What watchers are told, once it is durable.
  Delivery stands{
      .key = task.delivery.key,
      .event_key = task.delivery.event_key,
      .webhook_key = task.delivery.webhook_key,
      .webhook_id = task.webhook->id,
      .event_type = task.delivery.event_type,
      .state = outcome.state,
      .attempt_count = outcome.attempt.has_value() ? outcome.attempt->number : task.delivery.attempt - 1,
      .response_status = outcome.attempt.has_value() ? outcome.attempt->response_status : 0,
      .error = outcome.error,
      .next_attempt_time = outcome.next_attempt_time};
  // The next delivery of an ordered webhook waits for it.
  outcome.urgent = task.webhook->ordered;
  outcome.epoch = task.epoch;
  const absl::Time ended = parts_.clock->Now();
  parts_.store->RecordOutcome(
      std::move(outcome), [this, task = std::move(task), stands = std::move(stands), ended](int64_t key) {
        if (key != 0 && parts_.feed->watched()) {
          parts_.feed->Publish(task.webhook->project, {.key = key, .delivery = stands});
        }
        if (key != 0) Count(task.delivery, stands.state, ended);
        bool waited = false;
        Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          const absl::Time now = parts_.clock->Steady();
          --unrecorded_;
          if (key != 0) {
            waited = scheduler_.Settle(task, stands.next_attempt_time, now);
            return;
          }
          // Refused: whoever has the shard now makes the attempt anew.
          const int shard = ShardOf(task.delivery.webhook_key);
          if (cluster_ != nullptr && scheduler_.epoch(shard) == task.epoch) scheduler_.Lose({shard}, now);
          scheduler_.GiveBack(task, now);
        });
        if (waited) parts_.counts->Remove(task.webhook->project, 1);
      });
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

// --- Shards ---

void Dispatcher::Acquire(const std::vector<Cluster::Shard>& shards) {
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { scheduler_.Acquire(shards); });
  LoadTakeover(shards);
}

void Dispatcher::LoadTakeover(const std::vector<Cluster::Shard>& shards) {
  std::vector<int> numbers;
  numbers.reserve(shards.size());
  for (const Cluster::Shard& shard : shards) numbers.push_back(shard.number);
  cluster_->LoadTakeover(std::move(numbers),
                         [this, shards](const absl::StatusOr<Cluster::Takeover>& takeover) {
                           if (takeover.ok()) return TakeUp(shards, *takeover);
                           LogError("what waits in new shards could not be read, and will be read again",
                                    {{"error", takeover.status().message()}});
                           Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                             to_load_.insert(to_load_.end(), shards.begin(), shards.end());
                             load_at_ = parts_.clock->Steady() + limits::kQueueReadRetry;
                           });
                         });
}

void Dispatcher::TakeUp(const std::vector<Cluster::Shard>& shards, const Cluster::Takeover& takeover) {
  if (auto_disable_ != nullptr) auto_disable_->TakeUp(takeover.failing_since);
  int64_t waiting = 0;
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    std::vector<int> loaded;
    for (const Cluster::Shard& shard : shards) {
      if (scheduler_.IsLoading(shard)) loaded.push_back(shard.number);
    }
    for (const Backlog& backlog : takeover.backlogs) {
      if (std::count(loaded.begin(), loaded.end(), ShardOf(backlog.webhook_key)) == 0) continue;
      const int64_t more = scheduler_.AddBacklog(backlog, now);
      if (more > 0) parts_.counts->AddStored(backlog.project, more);
      if (more < 0) parts_.counts->Remove(backlog.project, -more);
      waiting += backlog.count;
    }
    scheduler_.Begin(loaded, now);
  });
  LogInfo("took up what waited",
          {{"deliveries", waiting}, {"webhooks", takeover.backlogs.size()}, {"shards", shards.size()}});
}

void Dispatcher::Lose(const std::vector<int>& shards) {
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { scheduler_.Lose(shards, parts_.clock->Steady()); });
  if (auto_disable_ != nullptr) auto_disable_->LetGo(shards);
}

void Dispatcher::HandOver(const std::vector<int>& shards) {
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { scheduler_.HandOver(shards, parts_.clock->Steady()); });
  if (auto_disable_ != nullptr) auto_disable_->LetGo(shards);
}

void Dispatcher::Confirm(absl::Time until) {
  confirmed_until_ns_ = absl::ToUnixNanos(until + parts_.ahead);
  Tell([] {});
}

void Dispatcher::Arrived(const std::vector<Cluster::Arrival>& arrivals) {
  Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    for (const Cluster::Arrival& arrival : arrivals) {
      parts_.counts->AddStored(arrival.project, scheduler_.Arrived(arrival, now));
    }
  });
}

bool Dispatcher::Holds(int shard) const {
  absl::MutexLock lock(&mutex_);
  return scheduler_.Holds(shard);
}

// --- Reading back from the store ---

void Dispatcher::Read(const WaitingQuery& query) {
  parts_.store->ReadWaiting(query, [this, query](absl::StatusOr<WaitingPage> page) {
    if (!page.ok()) {
      LogError("waiting deliveries could not be read, and will be read again",
               {{"error", page.status().message()}});
      return Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        scheduler_.ReadFailed(query, parts_.clock->Steady());
      });
    }
    std::vector<QueuedDelivery> deliveries = ToQueued(query.webhook_key, page->deliveries);
    Tell([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      scheduler_.ReadEnded(query, std::move(deliveries), page->more, page->next_due, parts_.clock->Steady());
    });
  });
}

}  // namespace hookd
