// Limits the rate of log lines of one kind, so that frequent lines do not fill the disk. The burst is as
// large as the number per second.
//
// Thread-safe.
#ifndef HOOKD_BASE_LINE_LIMITER_H_
#define HOOKD_BASE_LINE_LIMITER_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/rate_limiter.h"

namespace hookd {

class LineLimiter {
 public:
  explicit LineLimiter(int per_second)
      : limit_{.per_second = static_cast<double>(per_second), .burst = per_second} {}

  // Returns nothing if the line must be dropped; otherwise the number of lines that were dropped since the
  // last one. `now` is from Clock::Steady.
  std::optional<int64_t> Take(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (now < lines_.ReadyAt(limit_)) {
      ++left_out_;
      return std::nullopt;
    }
    lines_.Take(limit_, now);
    return std::exchange(left_out_, 0);
  }

 private:
  const RateLimit limit_;
  absl::Mutex mutex_;
  RateLimiter lines_ ABSL_GUARDED_BY(mutex_);
  int64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hookd

#endif  // HOOKD_BASE_LINE_LIMITER_H_
