// How often something may begin, and what sees to it: a token bucket, reckoned as the time at which it will
// be full again (the generic cell rate algorithm of ITU-T I.371).
//
// Not thread-safe. The limit is given with every call, so that it can be edited.
#ifndef HOOKD_BASE_RATE_LIMITER_H_
#define HOOKD_BASE_RATE_LIMITER_H_

#include "absl/time/time.h"

namespace hookd {

// How many may begin in a time: `per_second`, after at most `burst` at once.
struct RateLimit {
  double per_second = 0;
  int burst = 0;
  bool operator==(const RateLimit&) const = default;
};

class RateLimiter {
 public:
  // From when on one may begin.
  absl::Time ReadyAt(const RateLimit& limit) const { return full_ - Interval(limit) * (limit.burst - 1); }

  // One begins.
  void Take(const RateLimit& limit, absl::Time now) { full_ = (full_ < now ? now : full_) + Interval(limit); }

  // One that was taken did not happen: another may begin in its place.
  void GiveBack(const RateLimit& limit) { full_ -= Interval(limit); }

 private:
  static absl::Duration Interval(const RateLimit& limit) { return absl::Seconds(1 / limit.per_second); }

  absl::Time full_ = absl::UnixEpoch();
};

}  // namespace hookd

#endif  // HOOKD_BASE_RATE_LIMITER_H_
