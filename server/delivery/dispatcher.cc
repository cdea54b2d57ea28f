#include "delivery/dispatcher.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "delivery/attempt.h"
#include "payload/payload.h"
#include "spdlog/spdlog.h"

namespace hookd {
namespace {

// Deliveries as the queue holds them; those whose event cannot be read any more have no body.
std::vector<QueuedDelivery> ToQueued(int64_t webhook_key, const std::vector<WaitingDelivery>& waiting) {
  std::vector<QueuedDelivery> deliveries;
  deliveries.reserve(waiting.size());
  for (const WaitingDelivery& each : waiting) {
    v1::Event event;
    auto body = std::make_shared<std::string>();
    if (event.ParseFromString(each.event)) *body = ToJson(event);
    deliveries.push_back({.key = each.key,
                          .event_key = each.event_key,
                          .webhook_key = webhook_key,
                          .attempt = each.attempt_count + 1,
                          .body = std::move(body)});
  }
  return deliveries;
}

}  // namespace

Dispatcher::Dispatcher(Store* store, HttpClient* http, const WebhookTable* table, Clock* clock,
                       Options options)
    : store_(store), http_(http), table_(table), clock_(clock), options_(options), read_retry_thread_([this] {
        RetryFailedReads();
      }) {}

Dispatcher::~Dispatcher() {
  Drain(absl::ZeroDuration());
}

absl::Status Dispatcher::Start() {
  const auto keys = store_->LoadWebhooksWithWaiting();
  if (!keys.ok()) return keys.status();
  Work work;
  {
    absl::MutexLock lock(&mutex_);
    for (int64_t key : *keys) {
      auto& state = webhooks_[key];
      if (state == nullptr) state = std::make_unique<WebhookState>();
      state->queue.AssumeMoreInStore();
      AskForTurn(key, *state);
    }
    work = TakeTurns();
  }
  Do(std::move(work));
  return absl::OkStatus();
}

void Dispatcher::Enqueue(std::vector<QueuedDelivery> deliveries) {
  if (deliveries.empty()) return;
  Work work;
  {
    absl::MutexLock lock(&mutex_);
    for (QueuedDelivery& delivery : deliveries) {
      const int64_t key = delivery.webhook_key;
      auto& state = webhooks_[key];
      if (state == nullptr) state = std::make_unique<WebhookState>();
      queued_bytes_ += state->queue.Push(std::move(delivery), HasRoom(*state));
      AskForTurn(key, *state);
    }
    work = TakeTurns();
  }
  Do(std::move(work));
}

void Dispatcher::WebhookChanged(int64_t webhook_key) {
  Work work;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = webhooks_.find(webhook_key);
    if (found == webhooks_.end()) return;
    const auto webhook = table_->Find(webhook_key);
    found->second->canceling = webhook == nullptr || webhook->disabled;
    AskForTurn(webhook_key, *found->second);
    work = TakeTurns();
  }
  Do(std::move(work));
}

void Dispatcher::Drain(absl::Duration timeout) {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    mutex_.AwaitWithTimeout(absl::Condition(
                                +[](int* unrecorded) { return *unrecorded == 0; }, &unrecorded_),
                            timeout);
    drained_ = true;
  }
  // It sends, and the HTTP client may be gone as soon as this returns.
  if (read_retry_thread_.joinable()) read_retry_thread_.join();
}

// --- Turns ---

bool Dispatcher::HasRoom(const WebhookState& state) const {
  if (state.queue.size() >= options_.max_queued_per_webhook) return false;
  // Whoever fills memory, every webhook may hold what it may have under way.
  return queued_bytes_ < options_.max_queued_bytes ||
         state.queue.size() < static_cast<size_t>(options_.max_concurrency_per_webhook);
}

bool Dispatcher::CanUseTurn(const WebhookState& state) const {
  if (!state.canceling && state.in_flight >= options_.max_concurrency_per_webhook) return false;
  return state.queue.size() > 0 || (state.queue.more_in_store() && !state.queue.reading());
}

void Dispatcher::AskForTurn(int64_t webhook_key, WebhookState& state) {
  if (state.has_turn || !CanUseTurn(state)) return;
  state.has_turn = true;
  turns_.push_back(webhook_key);
}

void Dispatcher::ForgetIfIdle(int64_t webhook_key) {
  const auto found = webhooks_.find(webhook_key);
  if (found == webhooks_.end()) return;
  const WebhookState& state = *found->second;
  if (state.in_flight == 0 && !state.has_turn && state.queue.idle()) webhooks_.erase(found);
}

Dispatcher::Work Dispatcher::TakeTurns() {
  Work work;
  while (!turns_.empty() && !draining_ && in_flight_ < options_.max_concurrency &&
         unrecorded_ < limits::kMaxUnrecordedOutcomes) {
    const int64_t key = turns_.front();
    turns_.pop_front();
    WebhookState& state = *webhooks_.at(key);  // those with a turn are never forgotten
    state.has_turn = false;
    if (!CanUseTurn(state)) continue;
    if (state.queue.size() == 0) {
      // Its turn is to be read for, once a read comes free.
      state.has_turn = true;
      reads_due_.push_back(key);
      continue;
    }
    Task task{.delivery = state.queue.Pop(), .webhook = table_->Find(key)};
    queued_bytes_ -= WebhookQueue::Bytes(task.delivery);
    if (task.webhook != nullptr && task.webhook->disabled) task.webhook = nullptr;
    state.canceling = task.webhook == nullptr;
    ++unrecorded_;
    if (task.webhook != nullptr) {
      ++state.in_flight;
      ++in_flight_;
    }
    work.tasks.push_back(std::move(task));
    AskForTurn(key, state);
    ForgetIfIdle(key);
  }
  while (!reads_due_.empty() && !draining_ && reading_ < limits::kMaxConcurrentQueueReads) {
    const int64_t key = reads_due_.front();
    reads_due_.pop_front();
    WebhookState& state = *webhooks_.at(key);
    state.has_turn = false;
    const int limit = queued_bytes_ < options_.max_queued_bytes ? limits::kQueueReadSize
                                                                : options_.max_concurrency_per_webhook;
    ++reading_;
    state.queue.BeginRead();
    work.reads.push_back({.webhook_key = key, .after_key = state.queue.last_key(), .limit = limit});
  }
  return work;
}

// --- Attempts ---

void Dispatcher::Do(Work work) {
  for (Task& task : work.tasks) {
    if (task.webhook == nullptr) {
      Record({.delivery_key = task.delivery.key,
              .state = DeliveryState::kCanceled,
              .attempt = std::nullopt,
              .error = "the webhook was disabled or deleted before this was sent"});
    } else if (task.delivery.body->empty()) {
      HttpResult unreadable;
      unreadable.error = "the stored event cannot be read: see hookd's log";
      spdlog::error("the stored event {} cannot be read", EncodeId(task.delivery.event_key));
      OnAttempt(task, clock_->Now(), std::move(unreadable));
    } else {
      Send(std::move(task));
    }
  }
  for (const Read& read : work.reads) {
    store_->ReadWaiting(read.webhook_key, read.after_key, read.limit, limits::kQueueReadBytes,
                        [this, read](absl::StatusOr<std::vector<WaitingDelivery>> waiting) {
                          OnRead(read, std::move(waiting));
                        });
  }
}

void Dispatcher::Send(Task task) {
  const absl::Time now = clock_->Now();
  HttpRequest request =
      MakeRequest(*task.webhook, EncodeId(task.delivery.event_key), task.delivery.body, now);
  http_->Send(std::move(request), [this, task = std::move(task), now](HttpResult result) {
    OnAttempt(task, now, std::move(result));
  });
}

void Dispatcher::OnAttempt(const Task& task, absl::Time start_time, HttpResult result) {
  Work work;
  bool put_back = false;
  {
    absl::MutexLock lock(&mutex_);
    const int64_t key = task.delivery.webhook_key;
    WebhookState& state = *webhooks_.at(key);
    --state.in_flight;
    --in_flight_;
    if (drained_) {
      // The HTTP client is shutting down and ended this attempt; it is made again after the next start.
      put_back = true;
      --unrecorded_;
    }
    AskForTurn(key, state);
    work = TakeTurns();
    ForgetIfIdle(key);
  }
  if (!put_back) {
    Attempt attempt = MakeAttempt(task.delivery.attempt, start_time, std::move(result));
    const DeliveryState outcome = attempt.error.empty() ? DeliveryState::kDelivered : DeliveryState::kFailed;
    std::string error = attempt.error;
    Record({.delivery_key = task.delivery.key,
            .state = outcome,
            .attempt = std::move(attempt),
            .error = std::move(error)});
  }
  Do(std::move(work));
}

void Dispatcher::Record(Outcome outcome) {
  store_->RecordOutcome(std::move(outcome), [this] {
    Work work;
    {
      absl::MutexLock lock(&mutex_);
      // Only at this bound did turns wait for outcomes.
      if (unrecorded_-- == limits::kMaxUnrecordedOutcomes) work = TakeTurns();
    }
    Do(std::move(work));
  });
}

// --- Reading back from the store ---

void Dispatcher::OnRead(const Read& read, absl::StatusOr<std::vector<WaitingDelivery>> waiting) {
  std::vector<QueuedDelivery> deliveries;
  bool all = false;
  if (waiting.ok()) {
    deliveries = ToQueued(read.webhook_key, *waiting);
    size_t bytes = 0;
    for (const WaitingDelivery& each : *waiting) bytes += each.event.size();
    all = waiting->size() < static_cast<size_t>(read.limit) && bytes < limits::kQueueReadBytes;
  }
  Work work;
  {
    absl::MutexLock lock(&mutex_);
    --reading_;
    WebhookState& state = *webhooks_.at(read.webhook_key);
    if (waiting.ok()) {
      queued_bytes_ += state.queue.EndRead(std::move(deliveries), all);
      AskForTurn(read.webhook_key, state);
      ForgetIfIdle(read.webhook_key);
    } else {
      queued_bytes_ += state.queue.FailRead();
      failed_reads_.insert(read.webhook_key);
    }
    work = TakeTurns();
  }
  if (!waiting.ok()) {
    spdlog::error("waiting deliveries could not be read, trying again in {}: {}",
                  absl::FormatDuration(options_.read_retry), waiting.status().ToString());
  }
  Do(std::move(work));
}

void Dispatcher::RetryFailedReads() {
  const auto draining = absl::Condition(&draining_);
  while (true) {
    Work work;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](Dispatcher* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            return self->draining_ || !self->failed_reads_.empty();
          },
          this));
      if (mutex_.AwaitWithTimeout(draining, options_.read_retry)) return;
      for (int64_t key : failed_reads_) {
        const auto found = webhooks_.find(key);
        if (found != webhooks_.end()) AskForTurn(key, *found->second);
      }
      failed_reads_.clear();
      work = TakeTurns();
    }
    Do(std::move(work));
  }
}

}  // namespace hookd
