// What a queue of a shared store knows of the deliveries that other processes store: the greatest key that
// has arrived, and the late keys. A key is late if it became visible after a greater one had been read, so
// that it has to be read by itself.
//
// A late key moves from "wanted" to "being read" (BeginRead), and from there out of the object, if the read
// found it or did not, or back to "wanted", if the read failed or ended before it (FailRead, EndRead).
//
// Not thread-safe: the webhook queue's.
#ifndef HOOKD_DELIVERY_SCHEDULING_SHARED_ARRIVALS_H_
#define HOOKD_DELIVERY_SCHEDULING_SHARED_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_set.h"
#include "delivery/scheduling/queued_delivery.h"

namespace hookd {

class SharedArrivals {
 public:
  // With the greatest key that is known to have arrived.
  explicit SharedArrivals(int64_t greatest_key = 0) : greatest_key_(greatest_key) {}

  int64_t greatest_key() const { return greatest_key_; }

  // A key has arrived. Returns whether it is greater than all keys before it.
  bool Observe(int64_t key) {
    if (key <= greatest_key_) return false;
    greatest_key_ = key;
    return true;
  }

  // A late key is to be read. Returns whether it was neither wanted nor being read already; then it is
  // counted as a pending delivery.
  bool AddLate(int64_t key);

  // The caller counts the delivery by itself.
  void DoNotCount(int64_t key) { counted_.erase(key); }

  bool has_late() const { return !late_.empty(); }

  // Moves up to `limit` late keys, the least ones, to those being read. Returns them, ascending.
  const std::vector<int64_t>& BeginRead(size_t limit);

  // The read of BeginRead found these, ascending by key; with `more`, it ended at the last of them.
  void EndRead(const std::vector<QueuedDelivery>& found, bool more);

  // The read of BeginRead failed.
  void FailRead();

  // Drops late keys above `key`, which the next read of new deliveries finds, and those for which `is_known`
  // says so. Returns whether there were any above `key`.
  template <typename IsKnown>
  bool DropLate(int64_t key, IsKnown is_known) {
    const bool any_above = !late_.empty() && *late_.rbegin() > key;
    absl::erase_if(late_, [&](int64_t late) {
      const bool dropped = late > key || is_known(late);
      if (dropped) counted_.erase(late);
      return dropped;
    });
    return any_above;
  }

  // How many deliveries were counted, but not found pending by the reads that ended since the last call: the
  // notice of them was outdated.
  int64_t TakeMiscounted() { return std::exchange(miscounted_, 0); }

  // Whether there were more late keys than are kept, or a key that no read would find: then the queue has to
  // be reloaded.
  bool overrun() const { return overrun_; }
  void SetOverrun() { overrun_ = true; }

 private:
  int64_t greatest_key_;
  absl::btree_set<int64_t> late_;         // wanted
  std::vector<int64_t> reading_;          // being read, ascending
  absl::flat_hash_set<int64_t> counted_;  // of both, those that AddLate had the caller count
  int64_t miscounted_ = 0;
  bool overrun_ = false;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_SHARED_ARRIVALS_H_
