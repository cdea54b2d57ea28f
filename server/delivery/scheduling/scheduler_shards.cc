// The scheduler's shards: what happens to the webhooks of those that are acquired, lost and released.
#include "delivery/scheduling/scheduler.h"

namespace hookd {

void Scheduler::Acquire(const std::vector<Cluster::Shard>& shards) {
  std::vector<int> numbers;
  numbers.reserve(shards.size());
  for (const Cluster::Shard& shard : shards) {
    shards_.Acquire(shard);
    numbers.push_back(shard.number);
  }
  // Webhooks are active in a shard that was lost if a task of theirs is still unsettled.
  for (ActiveWebhook* const webhook : webhooks_.InShards(numbers)) {
    webhook->reloading = true;
    // Another process may know the endpoint better by now.
    *webhook->endpoint = Endpoint(health_->Get(webhook->key()));
  }
}

void Scheduler::FinishLoading(const std::vector<int>& shards, absl::Time now) {
  for (const int shard : shards) shards_.FinishLoading(shard);
  for (ActiveWebhook* const webhook : webhooks_.InShards(shards)) Reschedule(*webhook, now);
}

void Scheduler::Lose(const std::vector<int>& shards, absl::Time now) {
  for (const int shard : shards) shards_.Lose(shard);
  StopDelivering(shards, now);
}

void Scheduler::Release(const std::vector<int>& shards, absl::Time now) {
  for (const int shard : shards) shards_.Release(shard);
  StopDelivering(shards, now);
}

void Scheduler::StopDelivering(const std::vector<int>& shards, absl::Time now) {
  for (ActiveWebhook* const webhook : webhooks_.InShards(shards)) {
    RemovePending(*webhook, webhook->pending);
    queued_bytes_ -= webhook->queue.Drop();
    Reschedule(*webhook, now);
  }
  webhooks_.ForgetEndpointsNotHeld();
}

}  // namespace hookd
