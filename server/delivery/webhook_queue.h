// What waits for one webhook: the next deliveries in memory, the rest in the store.
//
// New deliveries leave in the order of their keys, which is that of acceptance. Memory holds the first of
// them; once one was left to the store, so are all after it, until they have been read back. Deliveries that
// wait for a time (retries) are in the store alone, until that time has come and they are read; then they
// leave before new ones.
//
// An ordered queue knows only one order, that of the keys, and holds a delivery that is tried again at its
// head.
//
// A shared queue is of a store that other processes write too: a delivery can become visible after one of a
// greater key was read. Such late ones are read by their keys, and leave before greater ones. An ordered
// shared queue takes nothing in but what it reads, each time from limits::kMaxCommitLag before the greatest
// key on: what was acknowledged before another was accepted is visible whenever that is, so their order
// holds.
//
// Not thread-safe: the dispatcher guards it.
#ifndef HOOKD_DELIVERY_WEBHOOK_QUEUE_H_
#define HOOKD_DELIVERY_WEBHOOK_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "store/records.h"

namespace hookd {

// A delivery that waits in memory.
struct QueuedDelivery {
  int64_t key = 0;
  int64_t event_key = 0;
  int64_t webhook_key = 0;
  int event_type = 0;
  int attempt = 1;                            // number of the attempt to be made
  int earlier_attempts = 0;                   // made before it was last asked for again
  absl::Time due = absl::InfinitePast();      // of a retry
  std::shared_ptr<const std::string> body;    // shared with the event's other deliveries, as is
  std::shared_ptr<const TraceContext> trace;  // the caller's; null for none
};

// Since when it waits for an attempt: its acceptance, or when it was due. Reckoned as keys tell it.
inline absl::Time WaitsSince(const QueuedDelivery& delivery) {
  return delivery.due == absl::InfinitePast() ? TimeOfKey(delivery.key) : delivery.due;
}

class WebhookQueue {
 public:
  explicit WebhookQueue(bool ordered, bool shared = false) : ordered_(ordered), shared_(shared) {}

  // Bytes a delivery counts for in memory, its body included.
  static size_t Bytes(const QueuedDelivery& delivery) {
    return sizeof(QueuedDelivery) + delivery.body->size();
  }

  // Takes in a delivery that has just been stored. With `has_room` false, or others before it left to the
  // store, it is left there too; one that comes during a read is kept beside until the read tells. Returns
  // the bytes memory grew by.
  size_t Push(QueuedDelivery delivery, bool has_room);

  // Deliveries of a shared queue wait in the store, never attempted. Those that it holds, or gave and that
  // are not settled, are known already. Returns how many it had not heard of, as far as it can tell.
  int64_t Arrived(const std::vector<int64_t>& keys);

  // How many that Arrived counted a read has not found waiting since this was asked last: the news of them
  // was old.
  int64_t TakeMiscounted() { return std::exchange(miscounted_, 0); }

  // It cannot keep in mind any more what is to be read, and has to be read anew.
  bool overrun() const { return overrun_; }

  // A delivery waits in the store until `due`. Not for an ordered queue.
  void RetryAt(absl::Time due);

  // A delivery that was popped waits again: as it did, if it was not attempted, or, in an ordered queue, to
  // be tried again at its `due`. Returns the bytes memory grew by.
  size_t PutBack(QueuedDelivery delivery);

  // The next delivery; memory must not be empty.
  QueuedDelivery Pop();

  // A delivery that was popped is about to be stored as a retry. Until Settle, what reads give of it is not
  // taken.
  void Unsettle(int64_t key) { unsettled_.insert(key); }

  // What became of a delivery that was popped is in the store, or never will be.
  void Settle(int64_t key);

  // From when on the store is to be read: InfiniteFuture if it need not be. With `all`, retries are wanted
  // whenever they are due.
  absl::Time ReadAt(bool all) const;

  // Begins a read that is wanted at `now`.
  WaitingQuery BeginRead(int64_t webhook_key, absl::Time now, bool all, int limit);

  // What the read gave, in its order. Returns the bytes memory grew by, less than 0 if it shrank.
  ptrdiff_t EndRead(std::vector<QueuedDelivery> deliveries, bool more, absl::Time next_due);

  // The read failed: what was there is still there. Returns the bytes memory grew by, 0 or less.
  ptrdiff_t FailRead();

  // Leaves everything to the store, to be read anew, in the order said; nothing must be under way, unsettled
  // or being read. Returns the bytes of memory it gave back.
  size_t Reload(bool ordered);

  // Lets go of what is in memory, of a queue that is not needed any more. Returns the bytes it gave back.
  size_t Drop();

  // Deliveries that Pop can give, and the first of them; there must be one.
  size_t size() const { return due_.size() + new_.size(); }
  const QueuedDelivery& front() const { return due_.empty() ? new_.front() : due_.front(); }
  bool ordered() const { return ordered_; }
  bool reading() const { return reading_ != Reading::kNothing; }
  // Nothing waits, in memory or in the store.
  bool idle() const {
    return size() == 0 && !more_in_store_ && late_.empty() && !reading() &&
           next_due_ == absl::InfiniteFuture();
  }

 private:
  enum class Reading { kNothing, kNew, kDue, kThese };

  // Where an ordered shared queue reads from, and whether it is to read late ones now.
  int64_t ReadFrom() const;
  bool WantsLate() const;
  // Whether it holds the delivery, or gave it and that is not settled.
  bool Knows(int64_t key) const;
  // Puts a delivery in its place by key. Returns its bytes.
  ptrdiff_t Insert(QueuedDelivery delivery);
  // Of the keys that were read by, those that were counted, and are not among what was found nor left for
  // later.
  void CountMissing(const std::vector<int64_t>& asked, const std::vector<QueuedDelivery>& found);
  // Ends a read: forgets of the late ones those that came with it, or come with the next.
  void SortOutLate();
  // Takes what came while new ones were read, or leaves it to the store. Returns the bytes memory grew by, 0
  // or less.
  ptrdiff_t TakeWhatCame();

  bool ordered_;
  bool shared_;
  std::deque<QueuedDelivery> due_;  // retries whose time has come
  std::deque<QueuedDelivery> new_;  // of an ordered queue: all
  std::vector<QueuedDelivery> came_while_reading_;
  int64_t last_key_ = 0;                 // the greatest that was ever in new_
  bool more_in_store_ = false;           // new deliveries above last_key_ wait in the store, or may
  Reading reading_ = Reading::kNothing;  // what the store is being read for
  bool left_while_reading_ = false;      // a new one that came while new ones were read found no room
  // The least time a delivery in the store waits for, but those below; and what came while it was read.
  absl::Time next_due_ = absl::InfiniteFuture();
  absl::Time next_due_while_reading_ = absl::InfiniteFuture();
  // Deliveries that were popped, are retries now or become it, and are not settled; and those that were
  // settled during a read, which may not have seen it.
  absl::flat_hash_set<int64_t> unsettled_;
  absl::flat_hash_set<int64_t> settled_while_reading_;

  // Of a shared queue; there `unsettled_` has all that were popped.
  int64_t heard_of_ = 0;           // the greatest key that ever came
  absl::btree_set<int64_t> late_;  // keys to be read by; while new ones are read, above last_key_ too
  std::vector<int64_t> asked_;     // keys that are being read by
  absl::flat_hash_set<int64_t> late_counted_;  // of late_ and asked_, those that Arrived counted
  int64_t miscounted_ = 0;
  absl::flat_hash_set<int64_t> read_unsettled_;  // of unsettled_, those that a read has shown as retries
  bool overrun_ = false;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WEBHOOK_QUEUE_H_
