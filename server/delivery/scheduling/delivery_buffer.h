// The deliveries of one webhook that are held in memory, in the order in which they are to be attempted:
// retries by their due times, then new deliveries by their keys.
//
// Not thread-safe: the webhook queue's.
#ifndef HOOKD_DELIVERY_SCHEDULING_DELIVERY_BUFFER_H_
#define HOOKD_DELIVERY_SCHEDULING_DELIVERY_BUFFER_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "delivery/scheduling/queued_delivery.h"

namespace hookd {

class DeliveryBuffer {
 public:
  size_t size() const { return retries_.size() + new_.size(); }
  bool has_retries() const { return !retries_.empty(); }
  bool has_new() const { return !new_.empty(); }

  // The next delivery. Requires: size() > 0.
  const QueuedDelivery& front() const { return retries_.empty() ? new_.front() : retries_.front(); }

  // Removes and returns the next delivery. Requires: size() > 0.
  QueuedDelivery Pop() {
    assert(size() > 0);
    std::deque<QueuedDelivery>& from = retries_.empty() ? new_ : retries_;
    QueuedDelivery delivery = std::move(from.front());
    from.pop_front();
    return delivery;
  }

  // Whether a new delivery of that key is held.
  bool HasNew(int64_t key) const;

  // Adds a delivery after all others of its kind. Returns its bytes.
  size_t AppendNew(QueuedDelivery delivery) {
    const size_t bytes = BytesOf(delivery);
    new_.push_back(std::move(delivery));
    return bytes;
  }
  size_t AppendRetry(QueuedDelivery delivery);

  // Adds a new delivery in its place by key, or a retry in its place by due time, before others that are due
  // at the same time. Returns its bytes.
  size_t InsertNew(QueuedDelivery delivery);
  size_t InsertRetry(QueuedDelivery delivery);

  // Removes all deliveries. Returns their bytes.
  size_t Clear();

 private:
  std::deque<QueuedDelivery> retries_;  // of an ordered queue: none, as a retry keeps its place by key
  std::deque<QueuedDelivery> new_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_DELIVERY_BUFFER_H_
