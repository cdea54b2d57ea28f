#include "delivery/scheduling/webhook_queue.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/ids.h"
#include "base/limits.h"
#include "base/tuning.h"

namespace hookd {

// --- Deliveries that come ---

size_t WebhookQueue::Push(QueuedDelivery delivery, bool has_room) {
  if (shared_.has_value()) return PushShared(std::move(delivery), has_room);
  if (read_.what == Reading::kNew) {
    if (!has_room || read_.left_to_store) {
      read_.left_to_store = true;
      return 0;
    }
    const size_t bytes = BytesOf(delivery);
    read_.pushed.push_back(std::move(delivery));
    return bytes;
  }
  if (more_in_store_ || !has_room) {
    more_in_store_ = true;
    return 0;
  }
  return Append(std::move(delivery));
}

size_t WebhookQueue::PushShared(QueuedDelivery delivery, bool has_room) {
  // Other processes store deliveries too, so only one that is certain to be the next can be added unread.
  const bool is_next =
      !ordered_ && read_.what != Reading::kNew && !more_in_store_ && delivery.key > last_key_;
  if (!is_next || !has_room) {
    AddArrival(delivery.key);
    shared_->DoNotCount(delivery.key);  // the caller has counted it, and it is pending for certain
    return 0;
  }
  shared_->Observe(delivery.key);
  return Append(std::move(delivery));
}

size_t WebhookQueue::Append(QueuedDelivery delivery) {
  last_key_ = delivery.key;
  return memory_.AppendNew(std::move(delivery));
}

int64_t WebhookQueue::AddArrivals(const std::vector<int64_t>& keys) {
  assert(shared_.has_value());
  return std::count_if(keys.begin(), keys.end(), [this](int64_t key) { return AddArrival(key); });
}

bool WebhookQueue::AddArrival(int64_t key) {
  if (Knows(key)) return false;
  const bool greatest = shared_->Observe(key);
  if (ordered_) {
    more_in_store_ = read_.left_to_store = true;
    if (key <= ReadFrom()) shared_->SetOverrun();
    return greatest;
  }
  if (key > last_key_ && read_.what != Reading::kNew) {
    more_in_store_ = true;
    return greatest;
  }
  return shared_->AddLate(key);
}

void WebhookQueue::AddRetry(absl::Time due) {
  absl::Time& next = read_.what == Reading::kRetries ? read_.next_due : next_due_;
  next = std::min(next, due);
}

size_t WebhookQueue::PutBack(QueuedDelivery delivery) {
  const bool as_new = ordered_ || delivery.due == absl::InfinitePast();
  return as_new ? memory_.InsertNew(std::move(delivery)) : memory_.InsertRetry(std::move(delivery));
}

// --- Deliveries that leave ---

QueuedDelivery WebhookQueue::Pop() {
  const bool is_retry = memory_.has_retries();
  QueuedDelivery delivery = memory_.Pop();
  if (shared_.has_value() || is_retry) Unsettle(delivery.key);
  return delivery;
}

void WebhookQueue::Settle(int64_t key) {
  const bool found_by_read = read_.what == Reading::kRetries || (shared_.has_value() && reading());
  if (unsettled_.erase(key) > 0 && found_by_read) read_.settled.insert(key);
  // Another process may have stored it as pending again.
  if (found_unsettled_.erase(key) > 0) AddRetry(absl::InfinitePast());
}

size_t WebhookQueue::Reload(bool ordered) {
  assert(unsettled_.empty() && !reading());
  const size_t bytes = Drop();
  const int64_t greatest_key = shared_.has_value() ? shared_->greatest_key() : 0;
  *this = WebhookQueue(ordered, shared_.has_value());
  if (shared_.has_value()) shared_.emplace(greatest_key);
  more_in_store_ = true;
  if (!ordered) next_due_ = absl::InfinitePast();
  return bytes;
}

// --- Reads ---

bool WebhookQueue::WantsLate() const { return HasLate() && size() < tuning::kQueueReadSize; }

int64_t WebhookQueue::ReadFrom() const {
  return last_key_ == 0 ? 0 : FirstKeyAt(TimeOfKey(last_key_) - limits::kMaxCommitLag);
}

absl::Time WebhookQueue::ReadAt(bool all) const {
  if (reading()) return absl::InfiniteFuture();
  if ((!memory_.has_new() && more_in_store_) || WantsLate()) return absl::InfinitePast();
  if (memory_.has_retries() || next_due_ == absl::InfiniteFuture()) return absl::InfiniteFuture();
  return all ? absl::InfinitePast() : next_due_;
}

PendingQuery WebhookQueue::BeginRead(int64_t webhook_key, absl::Time now, bool all, int limit) {
  assert(!reading());
  PendingQuery query{.webhook_key = webhook_key, .limit = limit};
  // Retries are older than late deliveries, and these are older than new ones.
  if (!memory_.has_retries() && (all ? next_due_ != absl::InfiniteFuture() : next_due_ <= now)) {
    read_ = {.what = Reading::kRetries};
    query.which = PendingQuery::Which::kDue;
    query.until = all ? absl::InfiniteFuture() : now;
    // The store still has those that are not settled as they were.
    query.limit += static_cast<int>(unsettled_.size());
    return query;
  }
  if (WantsLate()) {
    read_ = {.what = Reading::kLate};
    query.which = PendingQuery::Which::kThese;
    query.keys = shared_->BeginRead(static_cast<size_t>(limit));
    return query;
  }
  read_ = {.what = Reading::kNew};
  query.which = ordered_ ? PendingQuery::Which::kBoth : PendingQuery::Which::kNew;
  query.after_key = ordered_ && shared_.has_value() ? ReadFrom() : last_key_;
  if (ordered_) query.limit += static_cast<int>(unsettled_.size());
  return query;
}

ptrdiff_t WebhookQueue::EndRead(std::vector<QueuedDelivery> deliveries, bool more, absl::Time next_due) {
  assert(reading());
  Read read = std::exchange(read_, {});
  if (read.what == Reading::kRetries) {
    // If there are more of them, they are due already.
    return EndRetryRead(std::move(deliveries), more ? absl::InfinitePast() : next_due, read);
  }
  if (read.what == Reading::kLate) shared_->EndRead(deliveries, more);
  ptrdiff_t growth = 0;
  for (QueuedDelivery& delivery : deliveries) {
    if (read.what == Reading::kNew) last_key_ = std::max(last_key_, delivery.key);
    if (shared_.has_value() && (Knows(delivery.key) || read.settled.contains(delivery.key))) continue;
    growth += static_cast<ptrdiff_t>(memory_.InsertNew(std::move(delivery)));
  }
  if (read.what == Reading::kNew) {
    more_in_store_ = more;
    growth += AppendPushed(std::move(read));
  }
  DropLate();
  return growth;
}

ptrdiff_t WebhookQueue::EndRetryRead(std::vector<QueuedDelivery> deliveries, absl::Time next_due,
                                     const Read& read) {
  next_due_ = std::min(next_due, read.next_due);
  ptrdiff_t growth = 0;
  for (QueuedDelivery& delivery : deliveries) {
    if (unsettled_.contains(delivery.key)) {
      if (shared_.has_value()) found_unsettled_.insert(delivery.key);
    } else if (read.settled.contains(delivery.key)) {
      if (shared_.has_value()) AddRetry(absl::InfinitePast());
    } else {
      growth += static_cast<ptrdiff_t>(memory_.AppendRetry(std::move(delivery)));
    }
  }
  return growth;
}

ptrdiff_t WebhookQueue::FailRead() {
  Read read = std::exchange(read_, {});
  if (shared_.has_value()) shared_->FailRead();
  if (read.what == Reading::kRetries) next_due_ = std::min(next_due_, read.next_due);
  if (read.what != Reading::kNew) return 0;
  more_in_store_ = true;
  const ptrdiff_t growth = AppendPushed(std::move(read));
  DropLate();
  return growth;
}

ptrdiff_t WebhookQueue::AppendPushed(Read read) {
  ptrdiff_t growth = 0;
  for (QueuedDelivery& delivery : read.pushed) {
    // The read may have found it too, or others before it were left to the store.
    if (more_in_store_ || delivery.key <= last_key_) {
      growth -= static_cast<ptrdiff_t>(BytesOf(delivery));
    } else {
      Append(std::move(delivery));
    }
  }
  more_in_store_ |= read.left_to_store;
  return growth;
}

void WebhookQueue::DropLate() {
  if (!shared_.has_value()) return;
  more_in_store_ |= shared_->DropLate(last_key_, [this](int64_t key) { return Knows(key); });
}

}  // namespace hookd
