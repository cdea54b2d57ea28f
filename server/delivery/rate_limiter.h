// Spaces attempts out: a token bucket, reckoned as the time at which it will be full again (the generic cell
// rate algorithm of ITU-T I.371).
//
// Not thread-safe: the dispatcher guards it. The limit is given with every call, so that it can be edited.
#ifndef HOOKD_DELIVERY_RATE_LIMITER_H_
#define HOOKD_DELIVERY_RATE_LIMITER_H_

#include "absl/time/time.h"
#include "store/records.h"

namespace hookd {

class RateLimiter {
 public:
  // From when on an attempt may begin.
  absl::Time ReadyAt(const RateLimit& limit) const { return full_ - Interval(limit) * (limit.burst - 1); }

  // An attempt begins.
  void Take(const RateLimit& limit, absl::Time now) { full_ = (full_ < now ? now : full_) + Interval(limit); }

 private:
  static absl::Duration Interval(const RateLimit& limit) { return absl::Seconds(1 / limit.per_second); }

  absl::Time full_ = absl::UnixEpoch();
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_RATE_LIMITER_H_
