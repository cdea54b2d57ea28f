#include "delivery/webhook_queue.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace hookd {

size_t WebhookQueue::Push(QueuedDelivery delivery, bool has_room) {
  if (shared_) {
    // With others about, only what is sure to be the next new one can be taken as it comes.
    const bool next = !ordered_ && reading_ != Reading::kNew && !more_in_store_ && delivery.key > last_key_;
    if (!next || !has_room) {
      Arrived({delivery.key});
      late_counted_.erase(delivery.key);  // it is counted by who pushes it, and is there
      return 0;
    }
    heard_of_ = std::max(heard_of_, delivery.key);
  } else if (reading_ == Reading::kNew) {
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
  new_.push_back(std::move(delivery));
  return bytes;
}

int64_t WebhookQueue::Arrived(const std::vector<int64_t>& keys) {
  int64_t fresh = 0;
  for (const int64_t key : keys) {
    if (Knows(key)) continue;
    const bool heard_of = key <= heard_of_;
    heard_of_ = std::max(heard_of_, key);
    if (ordered_) {
      fresh += heard_of ? 0 : 1;
      more_in_store_ = left_while_reading_ = true;
      overrun_ |= key <= ReadFrom();
    } else if (key > last_key_ && reading_ != Reading::kNew) {
      fresh += heard_of ? 0 : 1;
      more_in_store_ = true;
    } else if (std::binary_search(asked_.begin(), asked_.end(), key) || !late_.insert(key).second) {
      continue;
    } else {
      ++fresh;
      late_counted_.insert(key);
      overrun_ |= late_.size() > limits::kMaxQueuedPerWebhook;
    }
  }
  return fresh;
}

void WebhookQueue::RetryAt(absl::Time due) {
  absl::Time& next = reading_ == Reading::kDue ? next_due_while_reading_ : next_due_;
  next = std::min(next, due);
}

size_t WebhookQueue::PutBack(QueuedDelivery delivery) {
  if (ordered_ || delivery.due == absl::InfinitePast()) {
    return static_cast<size_t>(Insert(std::move(delivery)));
  }
  const size_t bytes = Bytes(delivery);
  const auto place = std::lower_bound(due_.begin(), due_.end(), delivery.due,
                                      [](const auto& other, absl::Time due) { return other.due < due; });
  due_.insert(place, std::move(delivery));
  return bytes;
}

QueuedDelivery WebhookQueue::Pop() {
  std::deque<QueuedDelivery>& from = due_.empty() ? new_ : due_;
  QueuedDelivery delivery = std::move(from.front());
  from.pop_front();
  if (shared_ || &from == &due_) Unsettle(delivery.key);
  return delivery;
}

void WebhookQueue::Settle(int64_t key) {
  if (unsettled_.erase(key) > 0 && (reading_ == Reading::kDue || (shared_ && reading()))) {
    settled_while_reading_.insert(key);
  }
  // Another process may have made it wait again.
  if (read_unsettled_.erase(key) > 0) RetryAt(absl::InfinitePast());
}

absl::Time WebhookQueue::ReadAt(bool all) const {
  if (reading()) return absl::InfiniteFuture();
  if ((new_.empty() && more_in_store_) || WantsLate()) return absl::InfinitePast();
  if (!due_.empty() || next_due_ == absl::InfiniteFuture()) return absl::InfiniteFuture();
  return all ? absl::InfinitePast() : next_due_;
}

WaitingQuery WebhookQueue::BeginRead(int64_t webhook_key, absl::Time now, bool all, int limit) {
  // Retries are older than what is new, and what is late is older too.
  if (due_.empty() && (all ? next_due_ != absl::InfiniteFuture() : next_due_ <= now)) {
    reading_ = Reading::kDue;
    // Those that are not settled still stand in the store as they did.
    return {.webhook_key = webhook_key,
            .which = WaitingQuery::Which::kDue,
            .until = all ? absl::InfiniteFuture() : now,
            .limit = limit + static_cast<int>(unsettled_.size())};
  }
  if (WantsLate()) {
    reading_ = Reading::kThese;
    while (!late_.empty() && asked_.size() < static_cast<size_t>(limit)) {
      asked_.push_back(*late_.begin());
      late_.erase(late_.begin());
    }
    return {.webhook_key = webhook_key, .which = WaitingQuery::Which::kThese, .keys = asked_, .limit = limit};
  }
  reading_ = Reading::kNew;
  left_while_reading_ = false;
  if (ordered_) {
    return {.webhook_key = webhook_key,
            .which = WaitingQuery::Which::kBoth,
            .after_key = shared_ ? ReadFrom() : last_key_,
            .limit = limit + static_cast<int>(unsettled_.size())};
  }
  return {
      .webhook_key = webhook_key, .which = WaitingQuery::Which::kNew, .after_key = last_key_, .limit = limit};
}

ptrdiff_t WebhookQueue::EndRead(std::vector<QueuedDelivery> deliveries, bool more, absl::Time next_due) {
  const Reading was_reading = std::exchange(reading_, Reading::kNothing);
  const auto settled = std::exchange(settled_while_reading_, {});
  const std::vector<int64_t> asked = std::exchange(asked_, {});
  ptrdiff_t growth = 0;
  if (was_reading == Reading::kDue) {
    // What there is more of is due already.
    next_due_ = std::min(more ? absl::InfinitePast() : next_due,
                         std::exchange(next_due_while_reading_, absl::InfiniteFuture()));
    for (QueuedDelivery& delivery : deliveries) {
      if (unsettled_.contains(delivery.key)) {
        if (shared_) read_unsettled_.insert(delivery.key);
      } else if (settled.contains(delivery.key)) {
        if (shared_) RetryAt(absl::InfinitePast());
      } else {
        growth += static_cast<ptrdiff_t>(Bytes(delivery));
        due_.push_back(std::move(delivery));
      }
    }
    return growth;
  }
  if (was_reading == Reading::kThese && more) {
    late_.insert(std::upper_bound(asked.begin(), asked.end(), deliveries.back().key), asked.end());
  }
  if (was_reading == Reading::kThese) CountMissing(asked, deliveries);
  for (QueuedDelivery& delivery : deliveries) {
    if (was_reading == Reading::kNew) last_key_ = std::max(last_key_, delivery.key);
    if (shared_ && (Knows(delivery.key) || settled.contains(delivery.key))) continue;
    growth += Insert(std::move(delivery));
  }
  if (was_reading == Reading::kNew) {
    more_in_store_ = more;
    growth += TakeWhatCame();
  }
  SortOutLate();
  return growth;
}

void WebhookQueue::CountMissing(const std::vector<int64_t>& asked, const std::vector<QueuedDelivery>& found) {
  for (const QueuedDelivery& delivery : found) late_counted_.erase(delivery.key);
  for (const int64_t key : asked) {
    if (!late_.contains(key)) miscounted_ += static_cast<int64_t>(late_counted_.erase(key));
  }
}

ptrdiff_t WebhookQueue::TakeWhatCame() {
  ptrdiff_t lost = 0;
  for (QueuedDelivery& delivery : std::exchange(came_while_reading_, {})) {
    // Stored early enough for the read to have it too, or behind others that were left to the store.
    if (more_in_store_ || delivery.key <= last_key_) {
      lost += static_cast<ptrdiff_t>(Bytes(delivery));
      continue;
    }
    last_key_ = delivery.key;
    new_.push_back(std::move(delivery));
  }
  more_in_store_ |= std::exchange(left_while_reading_, false);
  return -lost;
}

ptrdiff_t WebhookQueue::FailRead() {
  const Reading was_reading = std::exchange(reading_, Reading::kNothing);
  settled_while_reading_.clear();
  late_.insert(asked_.begin(), asked_.end());
  asked_.clear();
  if (was_reading == Reading::kDue) {
    next_due_ = std::min(next_due_, std::exchange(next_due_while_reading_, absl::InfiniteFuture()));
    return 0;
  }
  if (was_reading == Reading::kThese) return 0;
  more_in_store_ = true;
  const ptrdiff_t growth = TakeWhatCame();
  SortOutLate();
  return growth;
}

size_t WebhookQueue::Reload(bool ordered) {
  const size_t bytes = Drop();
  const int64_t heard_of = heard_of_;
  *this = WebhookQueue(ordered, shared_);
  heard_of_ = heard_of;
  more_in_store_ = true;
  if (!ordered) next_due_ = absl::InfinitePast();
  return bytes;
}

size_t WebhookQueue::Drop() {
  size_t bytes = 0;
  for (const QueuedDelivery& delivery : std::exchange(due_, {})) bytes += Bytes(delivery);
  for (const QueuedDelivery& delivery : std::exchange(new_, {})) bytes += Bytes(delivery);
  return bytes;
}

int64_t WebhookQueue::ReadFrom() const {
  return last_key_ == 0 ? 0 : FirstKeyAt(TimeOfKey(last_key_) - limits::kMaxCommitLag);
}

bool WebhookQueue::WantsLate() const { return !late_.empty() && size() < limits::kQueueReadSize; }

bool WebhookQueue::Knows(int64_t key) const {
  if (unsettled_.contains(key)) return true;
  const auto held = std::lower_bound(new_.begin(), new_.end(), key, [](const auto& delivery, int64_t sought) {
    return delivery.key < sought;
  });
  return held != new_.end() && held->key == key;
}

ptrdiff_t WebhookQueue::Insert(QueuedDelivery delivery) {
  const auto bytes = static_cast<ptrdiff_t>(Bytes(delivery));
  auto place = new_.end();
  if (!new_.empty() && new_.back().key > delivery.key) {
    place = std::upper_bound(new_.begin(), new_.end(), delivery.key,
                             [](int64_t key, const auto& other) { return key < other.key; });
  }
  new_.insert(place, std::move(delivery));
  return bytes;
}

void WebhookQueue::SortOutLate() {
  more_in_store_ |= !late_.empty() && *late_.rbegin() > last_key_;
  absl::erase_if(late_, [this](int64_t key) {
    const bool told = key > last_key_ || Knows(key);
    if (told) late_counted_.erase(key);
    return told;
  });
}

}  // namespace hookd
