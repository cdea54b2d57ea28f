// The part of FakeStore for the health of webhooks.
#include "tests/support/fake_store.h"

namespace hookd {

void FakeStore::RecordHealth(std::vector<WebhookHealth> health, std::vector<int64_t> deleted,
                             Done<absl::Status> done) {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = write_error_;
    if (status.ok()) {
      std::vector<int64_t>& written = health_writes_.emplace_back();
      for (const int64_t key : deleted) health_.erase(key);
      for (const WebhookHealth& each : health) {
        written.push_back(each.webhook_key);
        const auto stored = health_.find(each.webhook_key);
        if (stored != health_.end() && stored->second.epoch > each.epoch) continue;
        if (webhooks_.contains(each.webhook_key)) health_[each.webhook_key] = each;
      }
    }
  }
  AnswerWrite([done = std::move(done), status] { done(status); });
}

std::vector<std::vector<int64_t>> FakeStore::health_writes() const {
  absl::MutexLock lock(&mutex_);
  return health_writes_;
}

void FakeStore::ReadHealth(std::vector<int64_t> webhook_keys, bool with_errors,
                           Done<absl::StatusOr<std::vector<WebhookHealth>>> done) {
  absl::StatusOr<std::vector<WebhookHealth>> health = std::vector<WebhookHealth>();
  {
    absl::MutexLock lock(&mutex_);
    for (const int64_t key : webhook_keys) {
      const auto stored = health_.find(key);
      if (stored == health_.end()) continue;
      health->push_back(stored->second);
      if (!with_errors) health->back().last_error.clear();
    }
    if (!read_error_.ok()) health = read_error_;
  }
  done(std::move(health));
}

void FakeStore::FindOldestPending(std::vector<int64_t> webhook_keys,
                                  Done<absl::StatusOr<std::vector<int64_t>>> done) {
  absl::StatusOr<std::vector<int64_t>> oldest = std::vector<int64_t>(webhook_keys.size());
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [webhook_key, time, key] : waiting_) {
      for (size_t i = 0; i < webhook_keys.size(); ++i) {
        int64_t& least = (*oldest)[i];
        if (webhook_keys[i] == webhook_key && (least == 0 || key < least)) least = key;
      }
    }
    if (!read_error_.ok()) oldest = read_error_;
  }
  done(std::move(oldest));
}

absl::StatusOr<std::vector<WebhookHealth>> FakeStore::LoadHealth() {
  absl::MutexLock lock(&mutex_);
  if (!read_error_.ok()) return read_error_;
  std::vector<WebhookHealth> health;
  health.reserve(health_.size());
  for (const auto& [key, each] : health_) health.push_back(each);
  return health;
}

}  // namespace hookd
