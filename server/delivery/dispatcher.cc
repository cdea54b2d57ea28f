#include "delivery/dispatcher.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "delivery/auto_disable.h"
#include "delivery/scheduling/pending_counts.h"
#include "delivery/scheduling/read_back.h"

namespace hookd {

Dispatcher::Dispatcher(const Parts& parts, const Scheduler::Options& options)
    : parts_(parts),
      cluster_(parts.store->cluster()),
      log_(parts.clock),
      scheduler_(parts.table, parts.health, options, cluster_ != nullptr),
      confirmed_until_ns_(
          absl::ToUnixNanos(cluster_ != nullptr ? absl::InfinitePast() : absl::InfiniteFuture())),
      timer_(parts.clock->NewTimer([this] { OnTimer(); })) {}

Dispatcher::~Dispatcher() { Drain(absl::ZeroDuration()); }

absl::Status Dispatcher::Start() {
  HOOKD_ASSIGN_OR_RETURN(const std::vector<Backlog> backlogs, parts_.store->LoadBacklogs());
  int64_t pending = 0;
  for (const Backlog& backlog : backlogs) {
    parts_.counts->AddStored(backlog.project, backlog.count);
    pending += backlog.count;
  }
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const Backlog& backlog : backlogs) scheduler_.AddBacklog(backlog, parts_.clock->Steady());
  });
  LogInfo("recovered pending deliveries", {{"deliveries", pending}, {"webhooks", backlogs.size()}});
  return absl::OkStatus();
}

void Dispatcher::Drain(absl::Duration timeout) {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    const auto all_recorded = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const auto set_aside = parts_.set_aside == nullptr ? 0 : static_cast<int>(parts_.set_aside->load());
      return unrecorded_ <= set_aside;
    };
    // The store does not notify the dispatcher when it sets an outcome aside, so look from time to time.
    const absl::Time deadline = absl::Now() + timeout;
    for (absl::Duration left = timeout; left > absl::ZeroDuration(); left = deadline - absl::Now()) {
      if (mutex_.AwaitWithTimeout(absl::Condition(&all_recorded), std::min(left, tuning::kDrainLook))) break;
    }
    drained_ = true;
    // Wait for threads that are about to send: the HTTP client may be destroyed as soon as this returns.
    mutex_.Await(absl::Condition(
        +[](int* executing) { return *executing == 0; }, &executing_));
  }
  timer_.reset();
}

// --- Events, and the work that follows from them ---

void Dispatcher::Enqueue(const std::string& project, int64_t project_key,
                         std::vector<QueuedDelivery> deliveries) {
  if (deliveries.empty()) return;
  int64_t of_other_processes = 0;
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    for (QueuedDelivery& delivery : deliveries) {
      if (!scheduler_.Push(project, project_key, std::move(delivery), now)) ++of_other_processes;
    }
  });
  parts_.counts->Remove(project, of_other_processes);
}

void Dispatcher::EnqueueRedeliveries(const std::string& project, int64_t webhook_key, int64_t count,
                                     absl::Time due) {
  bool held = false;
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    held = scheduler_.AddRedeliveries(project, webhook_key, count, due, parts_.clock->Steady());
  });
  if (!held) parts_.counts->Remove(project, count);
}

void Dispatcher::WebhookChanged(int64_t webhook_key, bool has_new_url) {
  if (has_new_url && auto_disable_ != nullptr) auto_disable_->OnNewUrl(webhook_key);
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    scheduler_.WebhookChanged(webhook_key, has_new_url, parts_.clock->Steady());
  });
  if (parts_.table->Find(webhook_key) == nullptr) parts_.health->Forget(webhook_key);
}

void Dispatcher::OnTimer() {
  std::vector<Cluster::Shard> to_load;
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    timer_due_ = absl::InfiniteFuture();
    if (draining_ || load_at_ > parts_.clock->Steady()) return;
    to_load.swap(to_load_);
    load_at_ = absl::InfiniteFuture();
  });
  if (!to_load.empty()) LoadShards(to_load);
}

Dispatcher::Work Dispatcher::TakeWork() {
  if (drained_) return {};
  Work work;
  if (draining_) {
    work = scheduler_.TakeReports();
  } else {
    const absl::Time now = parts_.clock->Steady();
    work = scheduler_.TakeWork(now, IsConfirmed() ? limits::kMaxUnrecordedOutcomes - unrecorded_ : 0);
    unrecorded_ += static_cast<int>(work.tasks.size());
    const absl::Time wake = std::min(scheduler_.NextWake(), load_at_);
    if (wake < timer_due_) {
      timer_due_ = wake;
      timer_->Set(timer_due_);
    }
  }
  if (!work.empty()) ++executing_;
  return work;
}

void Dispatcher::Execute(Work work) {
  for (const auto& [project, count] : work.no_longer_pending) parts_.counts->Remove(project, count);
  if (work.empty()) return;
  if (!work.released_shards.empty()) {
    // Once the next holder can read how their webhooks fare.
    parts_.health->Write([cluster = cluster_, shards = work.released_shards] { cluster->Release(shards); });
  }
  for (DeliveryTask& task : work.tasks) Execute(std::move(task));
  for (const PendingQuery& query : work.reads) Read(query);
  absl::MutexLock lock(&mutex_);
  --executing_;
}

void Dispatcher::Read(const PendingQuery& query) {
  parts_.store->ReadPending(query, [this, query](absl::StatusOr<PendingPage> page) {
    if (!page.ok()) {
      LogError("pending deliveries could not be read: retrying", {{"error", page.status().message()}});
      return Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        scheduler_.ReadFailed(query, parts_.clock->Steady());
      });
    }
    std::vector<QueuedDelivery> deliveries = ToQueued(query.webhook_key, page->deliveries);
    Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      scheduler_.ReadEnded(query, std::move(deliveries), page->more, page->next_due, parts_.clock->Steady());
    });
  });
}

Scheduler::Load Dispatcher::load() const {
  absl::MutexLock lock(&mutex_);
  return scheduler_.load();
}

absl::Duration Dispatcher::longest_wait(const Scheduler::Load& load) const {
  return std::max(absl::ZeroDuration(), parts_.clock->Steady() - load.waiting_since);
}

}  // namespace hookd
