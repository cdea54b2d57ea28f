// The scheduler's shards: which of them this process holds, and what becomes of their webhooks.
#include <bitset>

#include "delivery/scheduler.h"

namespace hookd {

std::vector<int64_t> Scheduler::StatesOf(const std::vector<int>& shards) const {
  std::bitset<kShards> among;
  for (const int shard : shards) among.set(static_cast<size_t>(shard));
  std::vector<int64_t> keys;
  for (const auto& [key, state] : states_) {
    if (among[static_cast<size_t>(state->shard)]) keys.push_back(key);
  }
  return keys;
}

void Scheduler::Acquire(const std::vector<Cluster::Shard>& shards) {
  for (const Cluster::Shard& each : shards) {
    Shard& shard = shards_[each.number];
    shard.held = Held::kLoading;
    shard.epoch = each.epoch;
    shard.handing_over = false;
  }
  // Of those that were lost: some is still unsettled.
  std::vector<int> numbers;
  numbers.reserve(shards.size());
  for (const Cluster::Shard& each : shards) numbers.push_back(each.number);
  for (const int64_t key : StatesOf(numbers)) {
    State& state = *states_.at(key);
    state.reloading = true;
    // What is known of its endpoint may be older than what another process has seen.
    *state.endpoint = Endpoint();
  }
}

bool Scheduler::IsLoading(const Cluster::Shard& shard) const {
  return shards_[shard.number].held == Held::kLoading && shards_[shard.number].epoch == shard.epoch;
}

void Scheduler::Begin(const std::vector<int>& shards, absl::Time now) {
  for (const int shard : shards) shards_[shard].held = Held::kFully;
  for (const int64_t key : StatesOf(shards)) Consider(key, *states_.at(key), now);
}

void Scheduler::Lose(const std::vector<int>& shards, absl::Time now) {
  for (const int shard : shards) shards_[shard].handing_over = false;
  LetGo(shards, now);
}

void Scheduler::HandOver(const std::vector<int>& shards, absl::Time now) {
  LetGo(shards, now);
  for (const int shard : shards) {
    shards_[shard].handing_over = shards_[shard].unsettled > 0;
    if (!shards_[shard].handing_over) handed_over_.push_back(shard);
  }
}

void Scheduler::LetGo(const std::vector<int>& shards, absl::Time now) {
  for (const int shard : shards) shards_[shard].held = Held::kNot;
  for (const int64_t key : StatesOf(shards)) {
    State& state = *states_.at(key);
    CountOut(state, state.waiting);
    queued_bytes_ -= state.queue.Drop();
    Consider(key, state, now);
  }
  // What is known of the others' endpoints gets old.
  absl::erase_if(endpoints_, [this](const auto& each) {
    return shards_[ShardOf(each.first)].held == Held::kNot && !states_.contains(each.first);
  });
}

}  // namespace hookd
