// The pending deliveries of one webhook: the next ones in memory, the others in the store.
//
// New deliveries leave in the order of their keys, which is the order of acceptance. Memory holds the first
// of them; once one was left to the store, so are all after it, until they have been read back. Retries stay
// in the store until they are due and read; then they leave before new deliveries.
//
// An ordered queue has one order, that of the keys, and holds a delivery that is retried at its head.
//
// A local queue is of a store that only this process writes. A shared queue is of a store that other
// processes write too, where a delivery can become visible after one of a greater key was read. Such late
// deliveries are read by their keys and leave before greater ones (shared_arrivals.h). An ordered shared
// queue holds only what it has read, and each read begins limits::kMaxCommitLag before the greatest key: a
// delivery that was acknowledged before another was accepted is visible whenever the other is, so their order
// holds.
//
// One read of the store is in progress at a time (Reading):
//
//   kNothing --BeginRead--> kRetries | kLate | kNew --EndRead, FailRead--> kNothing
//
//   kRetries  no retry is in memory, and one in the store is due
//   kLate     a shared queue knows of late keys
//   kNew      no new delivery is in memory, and there may be some in the store
//
// What happens during a read is kept (Read) and applied when the read ends.
//
// Not thread-safe: the scheduler's.
#ifndef HOOKD_DELIVERY_SCHEDULING_WEBHOOK_QUEUE_H_
#define HOOKD_DELIVERY_SCHEDULING_WEBHOOK_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "delivery/scheduling/delivery_buffer.h"
#include "delivery/scheduling/queued_delivery.h"
#include "delivery/scheduling/shared_arrivals.h"
#include "store/records.h"

namespace hookd {

class WebhookQueue {
 public:
  explicit WebhookQueue(bool ordered, bool shared = false) : ordered_(ordered) {
    if (shared) shared_.emplace();
  }

  // Adds a delivery that has just been stored. Without `has_room`, or if others before it were left to the
  // store, it is left there too; during a read of new deliveries it is kept until the read has ended. Returns
  // the bytes by which memory grew.
  size_t Push(QueuedDelivery delivery, bool has_room);

  // Deliveries of a shared queue are pending in the store, without an attempt. Deliveries that the queue
  // holds, or that were popped and are not settled, are known already. Returns how many of the others are
  // new, as far as is known: TakeMiscounted corrects it.
  int64_t AddArrivals(const std::vector<int64_t>& keys);
  int64_t TakeMiscounted() { return shared_.has_value() ? shared_->TakeMiscounted() : 0; }

  // Whether there is more to be read than the queue can keep track of, so that it has to be reloaded.
  bool overrun() const { return shared_.has_value() && shared_->overrun(); }

  // A delivery is pending in the store until `due`. Not for an ordered queue.
  void AddRetry(absl::Time due);

  // A delivery that was popped is pending again: as before, if it was not attempted, or, in an ordered queue,
  // to be retried at its `due`. Returns the bytes by which memory grew.
  size_t PutBack(QueuedDelivery delivery);

  // Removes and returns the next delivery. Requires: size() > 0.
  QueuedDelivery Pop();

  // A delivery that was popped is about to be stored as a retry. Until Settle, reads do not add it.
  void Unsettle(int64_t key) { unsettled_.insert(key); }

  // The result of a delivery that was popped is stored, or never will be.
  void Settle(int64_t key);

  // When the store is to be read: InfiniteFuture if it need not be. With `all`, retries are read before they
  // are due.
  absl::Time ReadAt(bool all) const;

  // Begins a read. Requires: ReadAt(all) <= now.
  PendingQuery BeginRead(int64_t webhook_key, absl::Time now, bool all, int limit);

  // The read has found these deliveries, in the order of the query. Returns the bytes by which memory grew,
  // less than 0 if it shrank.
  ptrdiff_t EndRead(std::vector<QueuedDelivery> deliveries, bool more, absl::Time next_due);

  // The read has failed: it is to be repeated. Returns the bytes by which memory grew, 0 or less.
  ptrdiff_t FailRead();

  // Leaves everything to the store, to be read again, in that order. Requires: nothing is unsettled or being
  // read. Returns the bytes by which memory shrank.
  size_t Reload(bool ordered);

  // Frees the memory of a queue that is not needed any more. Returns its bytes.
  size_t Drop() { return memory_.Clear(); }

  // The number of deliveries in memory, and the first of them. Requires, for front: size() > 0.
  size_t size() const { return memory_.size(); }
  const QueuedDelivery& front() const { return memory_.front(); }

  bool ordered() const { return ordered_; }
  bool shared() const { return shared_.has_value(); }
  bool reading() const { return read_.what != Reading::kNothing; }

  // Whether nothing is pending, neither in memory nor in the store.
  bool idle() const {
    return size() == 0 && !more_in_store_ && !HasLate() && !reading() && next_due_ == absl::InfiniteFuture();
  }

 private:
  enum class Reading { kNothing, kRetries, kLate, kNew };

  // A read in progress, and what has happened since it began.
  struct Read {
    Reading what = Reading::kNothing;
    std::vector<QueuedDelivery> pushed;  // in the order of their keys
    bool left_to_store = false;          // whether a delivery was pushed for which there was no room
    absl::Time next_due = absl::InfiniteFuture();  // the least of AddRetry
    absl::flat_hash_set<int64_t> settled;          // the read may have found them as they were before
  };

  size_t PushShared(QueuedDelivery delivery, bool has_room);
  size_t Append(QueuedDelivery delivery);
  // Returns whether the key is new.
  bool AddArrival(int64_t key);
  bool HasLate() const { return shared_.has_value() && shared_->has_late(); }
  bool WantsLate() const;
  // The key from which an ordered shared queue reads.
  int64_t ReadFrom() const;
  // Whether the queue holds the delivery, or it was popped and is not settled.
  bool Knows(int64_t key) const { return unsettled_.contains(key) || memory_.HasNew(key); }
  ptrdiff_t EndRetryRead(std::vector<QueuedDelivery> deliveries, absl::Time next_due, const Read& read);
  // Adds what was pushed during the read, or leaves it to the store. Returns the bytes by which memory grew,
  // 0 or less.
  ptrdiff_t AppendPushed(Read read);
  // Drops late keys that are not late any more.
  void DropLate();

  bool ordered_;
  std::optional<SharedArrivals> shared_;  // of a shared queue
  DeliveryBuffer memory_;
  int64_t last_key_ = 0;        // the greatest new key that was ever in memory
  bool more_in_store_ = false;  // whether new deliveries above last_key_ are in the store, or may be
  absl::Time next_due_ =
      absl::InfiniteFuture();  // the least due time in the store of deliveries not in unsettled_
  Read read_;
  // Deliveries that were popped and are not settled. In a local queue: only retries, and those that become
  // retries, as no read finds the others.
  absl::flat_hash_set<int64_t> unsettled_;
  // Of those of a shared queue: those that a read has found as retries.
  absl::flat_hash_set<int64_t> found_unsettled_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_WEBHOOK_QUEUE_H_
