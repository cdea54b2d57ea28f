#include "delivery/scheduling/shared_arrivals.h"

#include <algorithm>
#include <cassert>

#include "base/tuning.h"

namespace hookd {

bool SharedArrivals::AddLate(int64_t key) {
  if (std::binary_search(reading_.begin(), reading_.end(), key) || !late_.insert(key).second) return false;
  counted_.insert(key);
  overrun_ |= late_.size() > tuning::kMaxQueuedPerWebhook;
  return true;
}

const std::vector<int64_t>& SharedArrivals::BeginRead(size_t limit) {
  assert(reading_.empty());
  while (!late_.empty() && reading_.size() < limit) {
    reading_.push_back(*late_.begin());
    late_.erase(late_.begin());
  }
  return reading_;
}

void SharedArrivals::EndRead(const std::vector<QueuedDelivery>& found, bool more) {
  const std::vector<int64_t> read = std::exchange(reading_, {});
  if (more) late_.insert(std::upper_bound(read.begin(), read.end(), found.back().key), read.end());
  for (const QueuedDelivery& delivery : found) counted_.erase(delivery.key);
  for (const int64_t key : read) {
    if (!late_.contains(key)) miscounted_ += static_cast<int64_t>(counted_.erase(key));
  }
}

void SharedArrivals::FailRead() {
  late_.insert(reading_.begin(), reading_.end());
  reading_.clear();
}

}  // namespace hookd
