// What waits for one webhook: the next deliveries in memory, the rest in the store.
//
// Not thread-safe: the dispatcher guards it. Deliveries leave in the order of their keys, which is that of
// acceptance. Memory holds the first of them; once one was left to the store, so are all after it, until they
// have been read back.
#ifndef HOOKD_DELIVERY_WEBHOOK_QUEUE_H_
#define HOOKD_DELIVERY_WEBHOOK_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace hookd {

// A delivery that waits in memory.
struct QueuedDelivery {
  int64_t key = 0;
  int64_t event_key = 0;
  int64_t webhook_key = 0;
  int attempt = 1;                          // number of the attempt to be made
  std::shared_ptr<const std::string> body;  // shared with the event's other deliveries
};

class WebhookQueue {
 public:
  // Bytes a delivery counts for in memory, its body included.
  static size_t Bytes(const QueuedDelivery& delivery) {
    return sizeof(QueuedDelivery) + delivery.body->size();
  }

  // Takes in a delivery that has just been stored. With `has_room` false, or others before it left to the
  // store, it is left there too; one that comes during a read is kept beside until the read tells. Returns
  // the bytes memory grew by.
  size_t Push(QueuedDelivery delivery, bool has_room);

  // Says that the store may hold deliveries that never came through Push: at start-up.
  void AssumeMoreInStore() { more_in_store_ = true; }

  // The next delivery; memory must not be empty.
  QueuedDelivery Pop();

  // The store is about to be read for deliveries above `last_key`; there is more_in_store, and no reading.
  void BeginRead() { reading_ = true; }

  // What the read gave, by key; `all` if that was all there were when it was made. Returns the bytes memory
  // grew by, less than 0 if it shrank.
  ptrdiff_t EndRead(std::vector<QueuedDelivery> deliveries, bool all);

  // The read failed: what was there is still there. Returns the bytes memory grew by, 0 or less.
  ptrdiff_t FailRead();

  // Deliveries that Pop can give.
  size_t size() const { return in_memory_.size(); }
  bool more_in_store() const { return more_in_store_; }
  bool reading() const { return reading_; }
  int64_t last_key() const { return last_key_; }
  // Nothing waits, in memory or in the store.
  bool idle() const { return in_memory_.empty() && !more_in_store_ && !reading_; }

 private:
  // Leaves what came during a read to the store, and ends the read. Returns the bytes it took.
  ptrdiff_t ForgetWhatCame();

  std::deque<QueuedDelivery> in_memory_;
  std::deque<QueuedDelivery> came_while_reading_;
  int64_t last_key_ = 0;             // the greatest that was ever in memory
  bool more_in_store_ = false;       // deliveries above last_key_ wait in the store, or may
  bool reading_ = false;             // they are being read
  bool left_while_reading_ = false;  // one that came meanwhile found no room
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WEBHOOK_QUEUE_H_
