// Counts the requests in flight and limits them. Thread-safe.
#ifndef HOOKD_WEB_CONNECTION_REQUEST_COUNT_H_
#define HOOKD_WEB_CONNECTION_REQUEST_COUNT_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hookd {

class RequestCount {
 public:
  explicit RequestCount(int64_t limit) : limit_(limit) {}
  RequestCount(const RequestCount&) = delete;
  RequestCount& operator=(const RequestCount&) = delete;

  // Returns false if the limit is reached. Otherwise Remove must follow.
  bool TryAdd() {
    if (count_.fetch_add(1) < limit_) return true;
    Remove();
    return false;
  }
  void Remove() ABSL_LOCKS_EXCLUDED(mutex_) {
    if (count_.fetch_sub(1) != 1 || waiting_ == 0) return;
    absl::MutexLock lock(&mutex_);
    none_.SignalAll();
  }
  int64_t count() const { return count_; }

  // Blocks until there is none, for `timeout` at most.
  void AwaitNone(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::Time deadline = absl::Now() + timeout;
    absl::MutexLock lock(&mutex_);
    ++waiting_;
    while (count_ > 0 && !none_.WaitWithDeadline(&mutex_, deadline)) {
    }
    --waiting_;
  }

 private:
  const int64_t limit_;
  std::atomic<int64_t> count_ = 0;
  std::atomic<int> waiting_ = 0;
  absl::Mutex mutex_;
  absl::CondVar none_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_REQUEST_COUNT_H_
