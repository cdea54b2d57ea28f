// Counts calls that are in flight. Thread-safe.
#ifndef HOOKD_TESTS_BENCH_DRIVE_IN_FLIGHT_H_
#define HOOKD_TESTS_BENCH_DRIVE_IN_FLIGHT_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hookd::bench {

class InFlight {
 public:
  void Add() ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    ++count_;
  }
  void Remove() ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    --count_;
  }
  void WaitForNone() ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int64_t* count) { return *count == 0; }, &count_));
  }

 private:
  absl::Mutex mutex_;
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_IN_FLIGHT_H_
