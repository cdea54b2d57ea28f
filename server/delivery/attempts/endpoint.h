// What is known of a webhook's endpoint, and when an attempt to it may begin.
//
// Not thread-safe: the scheduler's. Times are Clock::Steady's.
#ifndef HOOKD_DELIVERY_ATTEMPTS_ENDPOINT_H_
#define HOOKD_DELIVERY_ATTEMPTS_ENDPOINT_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/rate_limiter.h"
#include "delivery/attempts/circuit_breaker.h"
#include "delivery/attempts/concurrency_window.h"
#include "delivery/attempts/hold.h"
#include "delivery/health/health_record.h"
#include "store/records.h"

namespace hookd {

class Endpoint {
 public:
  // Whether an attempt is the probe of an open circuit or of a hold. The caller passes it back when the
  // attempt has ended.
  struct Probe {
    bool of_circuit = false;
    bool of_hold = false;
  };

  // What an attempt changed.
  struct Change {
    bool is_current = true;   // the attempt was to the URL that the webhook has now: set by the scheduler
    bool was_proven = false;  // the last attempt before it is known to have succeeded
    bool circuit_opened = false;
    bool circuit_closed = false;
    std::optional<absl::Duration> resumed_after;  // the duration of the hold that it ended
  };

  // `health` is the record of the webhook's attempts.
  explicit Endpoint(std::shared_ptr<HealthRecord> health) : health_(std::move(health)) {}

  // When the next attempt may begin, as far as the endpoint and the webhook's rate limit are concerned.
  absl::Time ReadyAt(const Webhook& webhook) const {
    const absl::Time ready = std::max(circuit_.ReadyAt(), hold_.ReadyAt());
    return webhook.rate_limit.has_value() ? std::max(ready, rate_.ReadyAt(*webhook.rate_limit)) : ready;
  }

  // An attempt begins.
  Probe Begin(const Webhook& webhook, absl::Time now);

  // An attempt has reached the endpoint, or was forbidden by a policy. An `abusive` one failed in a way that
  // cost other endpoints time.
  Change OnEnded(const Probe& probe, bool failed, bool abusive, absl::Duration took, absl::Time now);

  // An attempt was not made, or not to its end: it shows nothing, and does not count towards the rate limit
  // of the webhook that it was for.
  void OnAbandoned(const Probe& probe, const Webhook& webhook, absl::Time now);

  // hookd could not send an attempt, which is abandoned. `jitter` is from [0, 1). Returns whether this begins
  // a hold.
  bool OnNotSent(const Probe& probe, const Webhook& webhook, const std::string& error, double jitter,
                 absl::Time now);

  const CircuitBreaker& circuit() const { return circuit_; }
  const ConcurrencyWindow& window() const { return window_; }
  const Hold& hold() const { return hold_; }
  const std::shared_ptr<HealthRecord>& health() const { return health_; }

 private:
  CircuitBreaker circuit_;
  ConcurrencyWindow window_;
  RateLimiter rate_;
  Hold hold_;
  std::shared_ptr<HealthRecord> health_;  // never null
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_ENDPOINT_H_
