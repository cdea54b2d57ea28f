// Whether and when a failed attempt is made again. Thread-safe; no state.
#ifndef HOOKD_DELIVERY_BACKOFF_H_
#define HOOKD_DELIVERY_BACKOFF_H_

#include "absl/time/time.h"
#include "base/random.h"
#include "store/records.h"

namespace hookd {

// HTTP's "410 Gone" (RFC 9110, 15.5.11): the endpoint wants no more.
inline constexpr int kHttpGone = 410;

// Whether a failure is worth another attempt once `attempts` were made: all but 410 are, as long as the
// policy has attempts left.
bool IsRetried(const RetryPolicy& policy, int attempts, int response_status);

// The pause after `attempts` were made: exponential with full jitter, and no shorter than what the endpoint
// asked for (`retry_after`, 0 if it did not), as far as the policy's max_backoff goes.
absl::Duration Backoff(const RetryPolicy& policy, int attempts, absl::Duration retry_after, Random& random);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_BACKOFF_H_
