#include "delivery/webhook_queue.h"

#include <algorithm>
#include <utility>

namespace hookd {

size_t WebhookQueue::Push(QueuedDelivery delivery, bool has_room) {
  if (reading_ && !reading_due_) {
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

void WebhookQueue::RetryAt(absl::Time due) {
  absl::Time& next = reading_due_ ? next_due_while_reading_ : next_due_;
  next = std::min(next, due);
}

size_t WebhookQueue::PutBack(QueuedDelivery delivery) {
  const size_t bytes = Bytes(delivery);
  new_.push_front(std::move(delivery));
  return bytes;
}

QueuedDelivery WebhookQueue::Pop() {
  std::deque<QueuedDelivery>& from = due_.empty() ? new_ : due_;
  QueuedDelivery delivery = std::move(from.front());
  from.pop_front();
  if (&from == &due_) Unsettle(delivery.key);
  return delivery;
}

void WebhookQueue::Settle(int64_t key) {
  if (unsettled_.erase(key) > 0 && reading_due_) settled_while_reading_.insert(key);
}

absl::Time WebhookQueue::ReadAt(bool all) const {
  if (reading_) return absl::InfiniteFuture();
  if (new_.empty() && more_in_store_) return absl::InfinitePast();
  if (!due_.empty() || next_due_ == absl::InfiniteFuture()) return absl::InfiniteFuture();
  return all ? absl::InfinitePast() : next_due_;
}

WaitingQuery WebhookQueue::BeginRead(int64_t webhook_key, absl::Time now, bool all, int limit) {
  reading_ = true;
  // Retries are older than what is new.
  reading_due_ = due_.empty() && (all ? next_due_ != absl::InfiniteFuture() : next_due_ <= now);
  if (!reading_due_) {
    return {.webhook_key = webhook_key,
            .which = ordered_ ? WaitingQuery::Which::kBoth : WaitingQuery::Which::kNew,
            .after_key = last_key_,
            .limit = limit};
  }
  // Those that are not settled still stand in the store as they did.
  return {.webhook_key = webhook_key,
          .which = WaitingQuery::Which::kDue,
          .until = all ? absl::InfiniteFuture() : now,
          .limit = limit + static_cast<int>(unsettled_.size())};
}

ptrdiff_t WebhookQueue::EndRead(std::vector<QueuedDelivery> deliveries, bool more, absl::Time next_due) {
  ptrdiff_t growth = 0;
  if (reading_due_) {
    for (QueuedDelivery& delivery : deliveries) {
      if (unsettled_.contains(delivery.key) || settled_while_reading_.contains(delivery.key)) continue;
      growth += static_cast<ptrdiff_t>(Bytes(delivery));
      due_.push_back(std::move(delivery));
    }
    // What there is more of is due already.
    next_due_ = std::min(more ? absl::InfinitePast() : next_due,
                         std::exchange(next_due_while_reading_, absl::InfiniteFuture()));
    settled_while_reading_.clear();
    reading_ = reading_due_ = false;
    return growth;
  }
  for (QueuedDelivery& delivery : deliveries) {
    growth += static_cast<ptrdiff_t>(Bytes(delivery));
    last_key_ = delivery.key;
    new_.push_back(std::move(delivery));
  }
  if (more) return growth - ForgetWhatCame();
  for (QueuedDelivery& delivery : came_while_reading_) {
    if (delivery.key <= last_key_) {  // stored early enough for the read to have it too
      growth -= static_cast<ptrdiff_t>(Bytes(delivery));
      continue;
    }
    last_key_ = delivery.key;
    new_.push_back(std::move(delivery));
  }
  came_while_reading_.clear();
  reading_ = false;
  more_in_store_ = std::exchange(left_while_reading_, false);
  return growth;
}

ptrdiff_t WebhookQueue::FailRead() {
  if (!reading_due_) return -ForgetWhatCame();
  next_due_ = std::min(next_due_, std::exchange(next_due_while_reading_, absl::InfiniteFuture()));
  settled_while_reading_.clear();
  reading_ = reading_due_ = false;
  return 0;
}

size_t WebhookQueue::Reload(bool ordered) {
  size_t bytes = 0;
  for (const QueuedDelivery& delivery : due_) bytes += Bytes(delivery);
  for (const QueuedDelivery& delivery : new_) bytes += Bytes(delivery);
  *this = WebhookQueue(ordered);
  more_in_store_ = true;
  if (!ordered) next_due_ = absl::InfinitePast();
  return bytes;
}

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
