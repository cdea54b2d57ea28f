// Whether and when a failed attempt is retried. Thread-safe; no state.
#ifndef HOOKD_DELIVERY_ATTEMPTS_BACKOFF_H_
#define HOOKD_DELIVERY_ATTEMPTS_BACKOFF_H_

#include "absl/time/time.h"
#include "base/random.h"
#include "store/records.h"

namespace hookd {

// HTTP's "410 Gone" (RFC 9110, 15.5.11): the endpoint wants no more requests.
inline constexpr int kHttpGone = 410;

// Whether a failure is retried after `attempts` attempts: every failure but 410 is, as long as the policy
// allows another attempt.
bool IsRetried(const RetryPolicy& policy, int attempts, int response_status);

// The pause after `attempts` attempts: exponential with full jitter, and at least what the endpoint asked for
// (`retry_after`, 0 if it did not), up to the policy's max_backoff.
absl::Duration Backoff(const RetryPolicy& policy, int attempts, absl::Duration retry_after, Random& random);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_BACKOFF_H_
