// A rate limit and its limiter: a token bucket, stored as the time when it will be full again (the generic
// cell rate algorithm of ITU-T I.371).
//
// Not thread-safe. Every call takes the limit, so that the limit can change.
#ifndef HOOKD_BASE_RATE_LIMITER_H_
#define HOOKD_BASE_RATE_LIMITER_H_

#include "absl/time/time.h"

namespace hookd {

// At most `per_second` on average, and at most `burst` at once.
struct RateLimit {
  double per_second = 0;
  int burst = 0;
  bool operator==(const RateLimit&) const = default;
};

class RateLimiter {
 public:
  // Returns the time from which the next one may begin.
  absl::Time ReadyAt(const RateLimit& limit) const { return full_ - Interval(limit) * (limit.burst - 1); }

  // Counts one that begins.
  void Take(const RateLimit& limit, absl::Time now) { full_ = (full_ < now ? now : full_) + Interval(limit); }

  // Reverts a Take, so that another one may begin instead.
  void GiveBack(const RateLimit& limit) { full_ -= Interval(limit); }

 private:
  static absl::Duration Interval(const RateLimit& limit) { return absl::Seconds(1 / limit.per_second); }

  absl::Time full_ = absl::UnixEpoch();
};

}  // namespace hookd

#endif  // HOOKD_BASE_RATE_LIMITER_H_
