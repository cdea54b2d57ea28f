// The health of all webhooks: in memory of those that this process delivers for, in the store of all of them.
//
// Attempts change the records in memory. Every limits::kHealthWriteInterval the board stores those that
// changed, many in one write, at most limits::kHealthRowsPerInterval of them: those whose state changed
// first, then those that changed first. So a crash loses seconds, unless more webhooks have attempts than
// that. What other processes deliver for is read from the store, where they write it in the same way.
//
// Thread-safe; no method blocks, except Drain. Owns nothing that it is given; the store calls back into it
// until the store is destroyed, so destroy it after the store.
#ifndef HOOKD_DELIVERY_HEALTH_HEALTH_BOARD_H_
#define HOOKD_DELIVERY_HEALTH_HEALTH_BOARD_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "delivery/health/changed_records.h"
#include "delivery/health/health_record.h"
#include "store/cluster.h"
#include "store/store.h"

namespace hookd {

class HealthBoard {
 public:
  // Holds all shards, unless the store has a cluster.
  HealthBoard(Store* store, Clock* clock);
  ~HealthBoard();

  // --- Attempts ---

  // The record of a webhook, which is made if there is none.
  std::shared_ptr<HealthRecord> Get(int64_t webhook_key) ABSL_LOCKS_EXCLUDED(mutex_);

  // The record changed. Takes no lock.
  void Changed(const std::shared_ptr<HealthRecord>& record) { changed_.Add(record); }

  // Whether other processes read what is stored.
  bool shared() const { return shared_; }

  // --- Webhooks and shards ---

  // What was stored of webhooks before the start. Makes nothing due to be written. Call it before any
  // attempt.
  void Restore(const std::vector<WebhookHealth>& stored) ABSL_LOCKS_EXCLUDED(mutex_);

  // This process holds these shards, of whose webhooks that was stored (webhooks of other shards are
  // ignored); or holds them no longer. What another process wrote of pending deliveries and circuits is
  // corrected.
  void AcquireShards(const std::vector<Cluster::Shard>& shards, const std::vector<WebhookHealth>& stored)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void ForgetShards(const std::vector<int>& shards) ABSL_LOCKS_EXCLUDED(mutex_);

  // The webhook was deleted: what is stored of it is, too.
  void Forget(int64_t webhook_key) ABSL_LOCKS_EXCLUDED(mutex_);

  // --- Reads and writes ---

  // The health of these webhooks, in their order, with `last_error` if `with_errors`. A webhook of which
  // nothing is known has the defaults.
  void Read(std::vector<int64_t> webhook_keys, bool with_errors,
            Done<absl::StatusOr<std::vector<WebhookHealth>>> done) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Stores everything that changed. Calls `done` when it is stored or cannot be.
  void Write(std::function<void()> done) ABSL_LOCKS_EXCLUDED(write_mutex_);

  // Stores what changed, or for at most `timeout`, and then nothing more by itself. Blocks.
  void Drain(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(write_mutex_);

 private:
  using Records = std::vector<std::shared_ptr<HealthRecord>>;

  bool Holds(int64_t webhook_key) const {
    return held_[static_cast<size_t>(ShardOf(webhook_key))].load(std::memory_order_relaxed);
  }
  void OnTimer() ABSL_LOCKS_EXCLUDED(write_mutex_);
  // Begins the next write, if none is in progress and there is reason for one; otherwise ends the waiting of
  // Write's callers.
  void WriteNext() ABSL_LOCKS_EXCLUDED(write_mutex_);
  // The records of the next write, which are taken from `due_`.
  Records TakeSlice() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  void OnWritten(const absl::Status& status, const Records& written, const std::vector<int64_t>& deleted)
      ABSL_LOCKS_EXCLUDED(write_mutex_);

  Store* const store_;
  Clock* const clock_;
  const bool shared_;
  ChangedRecords changed_;
  std::array<std::atomic<bool>, kShards> held_;

  // Held for moments, by readers too: an attempt takes it only if its webhook had none before.
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<int64_t, std::shared_ptr<HealthRecord>> records_ ABSL_GUARDED_BY(mutex_);

  absl::Mutex write_mutex_;
  Records due_ ABSL_GUARDED_BY(write_mutex_);                   // to be written, the longest changed first
  std::vector<int64_t> deleted_ ABSL_GUARDED_BY(write_mutex_);  // webhooks that were
  int rows_left_ ABSL_GUARDED_BY(write_mutex_) = 0;             // that may be written in this interval
  bool writing_ ABSL_GUARDED_BY(write_mutex_) = false;
  bool failed_ ABSL_GUARDED_BY(write_mutex_) = false;                         // the last write
  std::vector<std::function<void()>> waiting_ ABSL_GUARDED_BY(write_mutex_);  // for everything to be written
  std::unique_ptr<Timer> timer_ ABSL_GUARDED_BY(write_mutex_);                // null once drained
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_HEALTH_HEALTH_BOARD_H_
