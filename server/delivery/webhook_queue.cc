#include "delivery/webhook_queue.h"

#include <utility>

namespace hookd {

size_t WebhookQueue::Push(QueuedDelivery delivery, bool has_room) {
  if (reading_) {
    if (!has_room || left_while_reading_) {
      left_while_reading_ = true;
      return 0;
    }
    const size_t bytes = Bytes(delivery);
    came_while_reading_.push_back(std::move(delivery));
    return bytes;
  }
  if (more_in_store_ || !has_room) {
    more_in_store_ = true;
    return 0;
  }
  const size_t bytes = Bytes(delivery);
  last_key_ = delivery.key;
  in_memory_.push_back(std::move(delivery));
  return bytes;
}

QueuedDelivery WebhookQueue::Pop() {
  QueuedDelivery delivery = std::move(in_memory_.front());
  in_memory_.pop_front();
  return delivery;
}

ptrdiff_t WebhookQueue::EndRead(std::vector<QueuedDelivery> deliveries, bool all) {
  ptrdiff_t growth = 0;
  for (QueuedDelivery& delivery : deliveries) {
    growth += static_cast<ptrdiff_t>(Bytes(delivery));
    last_key_ = delivery.key;
    in_memory_.push_back(std::move(delivery));
  }
  if (!all) return growth - ForgetWhatCame();
  for (QueuedDelivery& delivery : came_while_reading_) {
    if (delivery.key <= last_key_) {  // stored early enough for the read to have it too
      growth -= static_cast<ptrdiff_t>(Bytes(delivery));
      continue;
    }
    last_key_ = delivery.key;
    in_memory_.push_back(std::move(delivery));
  }
  came_while_reading_.clear();
  reading_ = false;
  more_in_store_ = std::exchange(left_while_reading_, false);
  return growth;
}

ptrdiff_t WebhookQueue::FailRead() { return -ForgetWhatCame(); }

ptrdiff_t WebhookQueue::ForgetWhatCame() {
  ptrdiff_t bytes = 0;
  for (const QueuedDelivery& delivery : came_while_reading_) bytes += static_cast<ptrdiff_t>(Bytes(delivery));
  came_while_reading_.clear();
  reading_ = false;
  left_while_reading_ = false;
  more_in_store_ = true;
  return bytes;
}

}  // namespace hookd
