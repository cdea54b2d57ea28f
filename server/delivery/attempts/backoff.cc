#include "delivery/attempts/backoff.h"

#include <algorithm>
#include <cmath>

namespace hookd {

bool IsRetried(const RetryPolicy& policy, int attempts, int response_status) {
  return attempts < policy.max_attempts && response_status != kHttpGone;
}

absl::Duration Backoff(const RetryPolicy& policy, int attempts, absl::Duration retry_after, Random& random) {
  // The power is infinite for large exponents, and the minimum is finite all the same.
  const absl::Duration bound =
      std::min(policy.max_backoff, policy.min_backoff * std::pow(policy.multiplier, attempts - 1));
  return std::max(bound * random.Uniform(), std::min(retry_after, policy.max_backoff));
}

}  // namespace hookd
