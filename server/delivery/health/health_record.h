// How the attempts of one webhook fare, while this process delivers for it.
//
// One thread at a time changes it: the scheduler does, under the dispatcher's lock. Any thread reads it. A
// success costs a few atomic stores; a failure also takes a lock that only readers share. A reader may see an
// attempt half: state and counts agree with each other, times may be those of the attempt before.
#ifndef HOOKD_DELIVERY_HEALTH_HEALTH_RECORD_H_
#define HOOKD_DELIVERY_HEALTH_HEALTH_RECORD_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "store/health_store.h"

namespace hookd {

class HealthRecord {
 public:
  explicit HealthRecord(int64_t webhook_key) : webhook_key_(webhook_key) {}

  int64_t webhook_key() const { return webhook_key_; }

  // An attempt succeeded or failed at `now`; `epoch` is that of its shard. A long error is cut.
  void OnSuccess(absl::Time now, int64_t epoch);
  void OnFailure(absl::Time now, absl::string_view error, int64_t epoch) ABSL_LOCKS_EXCLUDED(mutex_);

  // Sets how many deliveries are pending, and when the circuit lets the next attempt begin
  // (CircuitBreaker::ReadyAt). Returns whether that changed anything.
  bool SetPending(int64_t pending, absl::Time circuit_ready, int64_t epoch);

  // Sets what was stored of earlier attempts, and the epoch of the shard. Leaves pending deliveries and the
  // circuit.
  void Restore(const WebhookHealth& stored, int64_t epoch) ABSL_LOCKS_EXCLUDED(mutex_);

  // The webhook has another URL: what is known of its attempts is of another endpoint. Leaves pending
  // deliveries and the circuit.
  void OnNewUrl(int64_t epoch) ABSL_LOCKS_EXCLUDED(mutex_);

  // The health now, with `last_error` if `with_error`.
  WebhookHealth Read(bool with_error) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The webhook was deleted: nothing more of it is to be stored.
  void SetDeleted() { deleted_.store(true, std::memory_order_relaxed); }
  bool deleted() const { return deleted_.load(std::memory_order_relaxed); }

  // Whether its state changed, from healthy to failing or back, since TakeUrgent was last called.
  bool urgent() const { return urgent_.load(std::memory_order_relaxed); }
  void TakeUrgent() { urgent_.store(false, std::memory_order_relaxed); }

 private:
  friend class ChangedRecords;

  const int64_t webhook_key_;
  // Microseconds since the Unix epoch; 0 for none. The circuit's as it is stored (store/health_sql.h).
  std::atomic<int64_t> last_success_ = 0;
  std::atomic<int64_t> last_failure_ = 0;
  std::atomic<int64_t> failing_since_ = 0;
  std::atomic<int64_t> consecutive_failures_ = 0;
  std::atomic<int64_t> circuit_ready_ = 0;
  std::atomic<int64_t> pending_ = 0;
  std::atomic<int64_t> epoch_ = 0;
  std::atomic<bool> urgent_ = false;
  std::atomic<bool> deleted_ = false;
  mutable absl::Mutex mutex_;
  std::string last_error_ ABSL_GUARDED_BY(mutex_);

  // ChangedRecords'.
  std::atomic<bool> listed_ = false;
  HealthRecord* next_ = nullptr;
  std::shared_ptr<HealthRecord> kept_;  // itself, while it is listed
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_HEALTH_HEALTH_RECORD_H_
