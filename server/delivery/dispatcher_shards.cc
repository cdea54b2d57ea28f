// The dispatcher's shards: what is pending in those that this process acquires, and what it does with those
// that it gives up.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/tuning.h"
#include "delivery/auto_disable.h"
#include "delivery/dispatcher.h"
#include "delivery/scheduling/pending_counts.h"

namespace hookd {

void Dispatcher::Acquire(const std::vector<Cluster::Shard>& shards) {
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { scheduler_.Acquire(shards); });
  LoadShards(shards);
}

void Dispatcher::LoadShards(const std::vector<Cluster::Shard>& shards) {
  std::vector<int> numbers;
  numbers.reserve(shards.size());
  for (const Cluster::Shard& shard : shards) numbers.push_back(shard.number);
  cluster_->LoadShards(std::move(numbers),
                       [this, shards](const absl::StatusOr<Cluster::ShardContents>& takeover) {
                         if (takeover.ok()) return OnShardsLoaded(shards, *takeover);
                         LogError("pending deliveries of acquired shards could not be read: retrying",
                                  {{"error", takeover.status().message()}});
                         Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                           to_load_.insert(to_load_.end(), shards.begin(), shards.end());
                           load_at_ = parts_.clock->Steady() + tuning::kQueueReadRetry;
                         });
                       });
}

void Dispatcher::OnShardsLoaded(const std::vector<Cluster::Shard>& shards,
                                const Cluster::ShardContents& takeover) {
  if (auto_disable_ != nullptr) auto_disable_->Restore(takeover.failing_since);
  int64_t pending = 0;
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    // Some may have been lost, or acquired again, while this was read.
    std::vector<int> loaded;
    std::vector<Cluster::Shard> held;
    for (const Cluster::Shard& shard : shards) {
      if (!scheduler_.shards().IsLoading(shard)) continue;
      loaded.push_back(shard.number);
      held.push_back(shard);
    }
    parts_.health->AcquireShards(held, takeover.health);
    for (const Backlog& backlog : takeover.backlogs) {
      if (std::count(loaded.begin(), loaded.end(), ShardOf(backlog.webhook_key)) == 0) continue;
      const int64_t more = scheduler_.AddBacklog(backlog, now);
      if (more > 0) parts_.counts->AddStored(backlog.project, more);
      if (more < 0) parts_.counts->Remove(backlog.project, -more);
      pending += backlog.count;
    }
    scheduler_.FinishLoading(loaded, now);
  });
  // Of webhooks that were deleted by a process that keeps no health, or while none ran.
  for (const WebhookHealth& health : takeover.health) {
    if (parts_.table->Find(health.webhook_key) == nullptr) parts_.health->Forget(health.webhook_key);
  }
  LogInfo("recovered pending deliveries",
          {{"deliveries", pending}, {"webhooks", takeover.backlogs.size()}, {"shards", shards.size()}});
}

void Dispatcher::Lose(const std::vector<int>& shards) {
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { scheduler_.Lose(shards, parts_.clock->Steady()); });
  parts_.health->ForgetShards(shards);
  if (auto_disable_ != nullptr) auto_disable_->ForgetShards(shards);
}

void Dispatcher::Release(const std::vector<int>& shards) {
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { scheduler_.Release(shards, parts_.clock->Steady()); });
  parts_.health->ForgetShards(shards);
  if (auto_disable_ != nullptr) auto_disable_->ForgetShards(shards);
}

void Dispatcher::Confirm(absl::Time until) {
  confirmed_until_ns_ = absl::ToUnixNanos(until + parts_.ahead);
  Update([] {});
}

void Dispatcher::EnqueueArrivals(const std::vector<Cluster::Arrival>& arrivals) {
  Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = parts_.clock->Steady();
    for (const Cluster::Arrival& arrival : arrivals) {
      parts_.counts->AddStored(arrival.project, scheduler_.AddArrivals(arrival, now));
    }
  });
}

bool Dispatcher::Holds(int shard) const {
  absl::MutexLock lock(&mutex_);
  return scheduler_.shards().state(shard) != HeldShards::State::kNotHeld;
}

}  // namespace hookd
