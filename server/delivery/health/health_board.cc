#include "delivery/health/health_board.h"

#include <algorithm>
#include <bitset>
#include <iterator>
#include <utility>

#include "absl/synchronization/notification.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/tuning.h"

namespace hookd {

HealthBoard::HealthBoard(Store* store, Clock* clock)
    : store_(store), clock_(clock), shared_(store->cluster() != nullptr) {
  for (std::atomic<bool>& held : held_) held = !shared_;
  absl::MutexLock lock(&write_mutex_);
  timer_ = clock_->NewTimer([this] { OnTimer(); });
  timer_->Set(clock_->Steady() + limits::kHealthWriteInterval);
}

HealthBoard::~HealthBoard() {
  std::unique_ptr<Timer> timer;
  absl::MutexLock lock(&write_mutex_);
  timer = std::move(timer_);
}

std::shared_ptr<HealthRecord> HealthBoard::Get(int64_t webhook_key) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<HealthRecord>& record = records_[webhook_key];
  if (record == nullptr) record = std::make_shared<HealthRecord>(webhook_key);
  return record;
}

void HealthBoard::Restore(const std::vector<WebhookHealth>& stored) {
  for (const WebhookHealth& each : stored) Get(each.webhook_key)->Restore(each, /*epoch=*/0);
}

void HealthBoard::AcquireShards(const std::vector<Cluster::Shard>& shards,
                                const std::vector<WebhookHealth>& stored) {
  std::array<int64_t, kShards> epochs = {};
  for (const Cluster::Shard& shard : shards) epochs[static_cast<size_t>(shard.number)] = shard.epoch;
  for (const WebhookHealth& each : stored) {
    const int64_t epoch = epochs[static_cast<size_t>(ShardOf(each.webhook_key))];
    if (epoch == 0) continue;
    const std::shared_ptr<HealthRecord> record = Get(each.webhook_key);
    record->Restore(each, epoch);
    // This process counts pending deliveries itself, and begins with closed circuits.
    if (each.pending != 0 || each.circuit_ready != absl::InfinitePast()) Changed(record);
  }
  for (const Cluster::Shard& shard : shards) held_[static_cast<size_t>(shard.number)] = true;
}

void HealthBoard::ForgetShards(const std::vector<int>& shards) {
  std::bitset<kShards> among;
  for (const int shard : shards) {
    among.set(static_cast<size_t>(shard));
    held_[static_cast<size_t>(shard)] = false;
  }
  absl::MutexLock lock(&mutex_);
  absl::erase_if(records_, [&](const auto& each) { return among[static_cast<size_t>(ShardOf(each.first))]; });
}

void HealthBoard::Forget(int64_t webhook_key) {
  {
    absl::MutexLock lock(&mutex_);
    const auto found = records_.find(webhook_key);
    if (found != records_.end()) {
      found->second->SetDeleted();
      records_.erase(found);
    }
  }
  // Another process forgets it if that one holds its shard.
  if (!Holds(webhook_key)) return;
  absl::MutexLock lock(&write_mutex_);
  deleted_.push_back(webhook_key);
}

void HealthBoard::Read(std::vector<int64_t> webhook_keys, bool with_errors,
                       Done<absl::StatusOr<std::vector<WebhookHealth>>> done) const {
  std::vector<WebhookHealth> health(webhook_keys.size());
  std::vector<int64_t> elsewhere;
  {
    absl::ReaderMutexLock lock(&mutex_);
    for (size_t i = 0; i < webhook_keys.size(); ++i) {
      const int64_t key = webhook_keys[i];
      if (!Holds(key)) {
        elsewhere.push_back(key);
        continue;
      }
      const auto found = records_.find(key);
      if (found != records_.end()) health[i] = found->second->Read(with_errors);
      // Without an attempt, it is closed.
      if (found == records_.end()) health[i].circuit_ready = absl::InfinitePast();
      health[i].webhook_key = key;
    }
  }
  if (elsewhere.empty()) return done(std::move(health));
  store_->ReadHealth(std::move(elsewhere), with_errors,
                     [keys = std::move(webhook_keys), health = std::move(health),
                      done = std::move(done)](absl::StatusOr<std::vector<WebhookHealth>> stored) mutable {
                       if (!stored.ok()) return done(stored.status());
                       absl::flat_hash_map<int64_t, WebhookHealth*> by_key;
                       for (WebhookHealth& each : *stored) by_key[each.webhook_key] = &each;
                       for (size_t i = 0; i < keys.size(); ++i) {
                         if (health[i].webhook_key != 0) continue;
                         const auto found = by_key.find(keys[i]);
                         if (found != by_key.end()) health[i] = std::move(*found->second);
                         health[i].webhook_key = keys[i];
                       }
                       done(std::move(health));
                     });
}

// --- Writes ---

void HealthBoard::OnTimer() {
  {
    absl::MutexLock lock(&write_mutex_);
    if (timer_ == nullptr) return;
    rows_left_ = limits::kHealthRowsPerInterval;
    timer_->Set(clock_->Steady() + limits::kHealthWriteInterval);
  }
  WriteNext();
}

void HealthBoard::Write(std::function<void()> done) {
  {
    absl::MutexLock lock(&write_mutex_);
    waiting_.push_back(std::move(done));
  }
  WriteNext();
}

void HealthBoard::Drain(absl::Duration timeout) {
  std::unique_ptr<Timer> timer;
  {
    absl::MutexLock lock(&write_mutex_);
    timer = std::move(timer_);
  }
  timer.reset();
  const auto written = std::make_shared<absl::Notification>();
  Write([written] { written->Notify(); });
  written->WaitForNotificationWithTimeout(timeout);
}

HealthBoard::Records HealthBoard::TakeSlice() {
  Records changed = changed_.Take();
  due_.insert(due_.end(), std::make_move_iterator(changed.begin()), std::make_move_iterator(changed.end()));
  const size_t most = waiting_.empty()
                          ? std::min(tuning::kHealthRowsPerWrite, static_cast<size_t>(rows_left_))
                          : tuning::kHealthRowsPerWrite;
  if (due_.size() > most) {
    std::stable_partition(due_.begin(), due_.end(), [](const auto& record) { return record->urgent(); });
  }
  const auto end = due_.begin() + static_cast<ptrdiff_t>(std::min(due_.size(), most));
  Records slice(std::make_move_iterator(due_.begin()), std::make_move_iterator(end));
  due_.erase(due_.begin(), end);
  rows_left_ = std::max(0, rows_left_ - static_cast<int>(slice.size()));
  return slice;
}

void HealthBoard::WriteNext() {
  Records slice;
  std::vector<int64_t> deleted;
  std::vector<std::function<void()>> written;
  {
    absl::MutexLock lock(&write_mutex_);
    if (writing_) return;
    slice = TakeSlice();
    deleted.swap(deleted_);
    writing_ = !slice.empty() || !deleted.empty();
    if (!writing_) written.swap(waiting_);
  }
  for (const auto& done : written) done();
  if (slice.empty() && deleted.empty()) return;
  std::vector<WebhookHealth> health;
  health.reserve(slice.size());
  for (const std::shared_ptr<HealthRecord>& record : slice) {
    record->TakeUrgent();
    ChangedRecords::TakeOff(*record);
    if (!record->deleted()) health.push_back(record->Read(/*with_error=*/true));
  }
  store_->RecordHealth(std::move(health), deleted,
                       [this, slice = std::move(slice), deleted](const absl::Status& status) {
                         OnWritten(status, slice, deleted);
                       });
}

void HealthBoard::OnWritten(const absl::Status& status, const Records& written,
                            const std::vector<int64_t>& deleted) {
  std::vector<std::function<void()>> waiting;
  bool first_failure = false;
  {
    absl::MutexLock lock(&write_mutex_);
    writing_ = false;
    first_failure = !std::exchange(failed_, !status.ok()) && !status.ok();
    if (!status.ok()) {
      deleted_.insert(deleted_.end(), deleted.begin(), deleted.end());
      rows_left_ = 0;
      waiting.swap(waiting_);
    }
  }
  if (status.ok()) return WriteNext();
  // They are written with those of the next interval.
  for (const std::shared_ptr<HealthRecord>& record : written) Changed(record);
  if (first_failure) LogWarning("health of webhooks not stored: retrying", {{"error", status.message()}});
  for (const auto& done : waiting) done();
}

}  // namespace hookd
