#include "delivery/backoff.h"

#include <algorithm>
#include <cmath>

namespace hookd {

bool IsRetried(const RetryPolicy& policy, int attempts, int response_status) {
  return attempts < policy.max_attempts && response_status != kHttpGone;
}

absl::Duration Backoff(const RetryPolicy& policy, int attempts, absl::Duration retry_after, Random& random) {
  // Infinite for large exponents, which the minimum takes care of.
  const absl::Duration bound =
      std::min(policy.max_backoff, policy.min_backoff * std::pow(policy.multiplier, attempts - 1));
  return std::max(bound * random.Uniform(), std::min(retry_after, policy.max_backoff));
}

}  // namespace hookd
