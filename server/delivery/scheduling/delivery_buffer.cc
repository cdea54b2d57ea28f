#include "delivery/scheduling/delivery_buffer.h"

#include <algorithm>
#include <utility>

namespace hookd {

bool DeliveryBuffer::HasNew(int64_t key) const {
  const auto place =
      std::lower_bound(new_.begin(), new_.end(), key,
                       [](const auto& delivery, int64_t sought) { return delivery.key < sought; });
  return place != new_.end() && place->key == key;
}

size_t DeliveryBuffer::AppendRetry(QueuedDelivery delivery) {
  const size_t bytes = BytesOf(delivery);
  retries_.push_back(std::move(delivery));
  return bytes;
}

size_t DeliveryBuffer::InsertNew(QueuedDelivery delivery) {
  if (new_.empty() || new_.back().key <= delivery.key) return AppendNew(std::move(delivery));
  const size_t bytes = BytesOf(delivery);
  const auto place = std::upper_bound(new_.begin(), new_.end(), delivery.key,
                                      [](int64_t key, const auto& other) { return key < other.key; });
  new_.insert(place, std::move(delivery));
  return bytes;
}

size_t DeliveryBuffer::InsertRetry(QueuedDelivery delivery) {
  const size_t bytes = BytesOf(delivery);
  const auto place = std::lower_bound(retries_.begin(), retries_.end(), delivery.due,
                                      [](const auto& other, absl::Time due) { return other.due < due; });
  retries_.insert(place, std::move(delivery));
  return bytes;
}

size_t DeliveryBuffer::Clear() {
  size_t bytes = 0;
  for (const QueuedDelivery& delivery : retries_) bytes += BytesOf(delivery);
  for (const QueuedDelivery& delivery : new_) bytes += BytesOf(delivery);
  retries_.clear();
  new_.clear();
  return bytes;
}

}  // namespace hookd
