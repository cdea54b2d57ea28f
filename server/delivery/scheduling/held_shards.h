// Which shards of webhooks this process holds (store/cluster.h), and how many of its tasks are unsettled in
// each.
//
//                 Acquire              FinishLoading
//   kNotHeld ---------------> kLoading ------------> kHeld
//      ^                         |                     |
//      +------ Lose, Release ----+---------------------+
//
//   kNotHeld  nothing is done for the shard's webhooks
//   kLoading  deliveries that come are counted, but none is attempted before the pending ones are known
//   kHeld     its webhooks' deliveries are attempted
//
// A shard that is released can be acquired by another process as soon as no task of it is unsettled: then
// TakeReleased reports it, once. It does not report a shard that was lost or acquired again before.
//
// Not thread-safe: the scheduler's.
#ifndef HOOKD_DELIVERY_SCHEDULING_HELD_SHARDS_H_
#define HOOKD_DELIVERY_SCHEDULING_HELD_SHARDS_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "store/cluster.h"

namespace hookd {

class HeldShards {
 public:
  enum class State { kNotHeld, kLoading, kHeld };

  // Holds all shards, or none.
  explicit HeldShards(bool all);

  State state(int shard) const { return At(shard).state; }

  // The fencing epoch of the lease under which the shard is held, or was held last; 0 without a lease.
  int64_t epoch(int shard) const { return At(shard).epoch; }

  // How many shards are held or loading.
  int count() const;

  // Whether the shard is loading under that lease.
  bool IsLoading(const Cluster::Shard& shard) const {
    return state(shard.number) == State::kLoading && epoch(shard.number) == shard.epoch;
  }

  void Acquire(const Cluster::Shard& shard);
  void FinishLoading(int shard);
  void Lose(int shard);
  void Release(int shard);

  // A task of the shard begins, or is settled.
  void AddTask(int shard) { ++At(shard).unsettled; }
  void RemoveTask(int shard) {
    Shard& found = At(shard);
    assert(found.unsettled > 0);
    if (--found.unsettled == 0 && std::exchange(found.releasing, false)) released_.push_back(shard);
  }

  // The shards that were released, and have no unsettled task, since the last call.
  std::vector<int> TakeReleased() { return std::exchange(released_, {}); }

 private:
  struct Shard {
    State state = State::kHeld;
    int64_t epoch = 0;
    int unsettled = 0;
    bool releasing = false;  // TakeReleased is to report it
  };

  Shard& At(int shard) { return shards_[static_cast<size_t>(shard)]; }
  const Shard& At(int shard) const { return shards_[static_cast<size_t>(shard)]; }

  std::array<Shard, kShards> shards_;
  std::vector<int> released_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_HELD_SHARDS_H_
