#include "delivery/scheduling/held_shards.h"

#include <algorithm>

namespace hookd {

HeldShards::HeldShards(bool all) {
  if (!all) shards_.fill({.state = State::kNotHeld});
}

int HeldShards::count() const {
  return static_cast<int>(std::count_if(shards_.begin(), shards_.end(),
                                        [](const Shard& shard) { return shard.state != State::kNotHeld; }));
}

void HeldShards::Acquire(const Cluster::Shard& shard) {
  Shard& acquired = At(shard.number);
  acquired.state = State::kLoading;
  acquired.epoch = shard.epoch;
  acquired.releasing = false;
}

void HeldShards::FinishLoading(int shard) {
  assert(state(shard) == State::kLoading);
  At(shard).state = State::kHeld;
}

void HeldShards::Lose(int shard) {
  At(shard).state = State::kNotHeld;
  At(shard).releasing = false;
}

void HeldShards::Release(int shard) {
  Shard& released = At(shard);
  released.state = State::kNotHeld;
  released.releasing = released.unsettled > 0;
  if (!released.releasing) released_.push_back(shard);
}

}  // namespace hookd
