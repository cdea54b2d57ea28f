#include "delivery/attempts/circuit_breaker.h"

#include <algorithm>

#include "base/limits.h"

namespace hookd {

bool CircuitBreaker::Begin() {
  if (closed()) return false;
  ready_ = absl::InfiniteFuture();
  return true;
}

void CircuitBreaker::OnSuccess() { *this = CircuitBreaker(); }

void CircuitBreaker::OnFailure(absl::Time now, bool probe, bool abusive) {
  if (failures_++ == 0) first_failure_ = now;
  // While the circuit is open, only the probe shows something new: the others began before.
  if (probe || (closed() && abusive) ||
      (closed() && failures_ >= limits::kCircuitFailures &&
       now - first_failure_ >= limits::kCircuitStretch)) {
    Open(now);
  }
}

void CircuitBreaker::OnAbandoned(absl::Time now, bool probe) {
  // After an edit of the webhook, the probe may belong to an earlier circuit.
  if (probe && ready_ == absl::InfiniteFuture()) ready_ = now;
}

void CircuitBreaker::Open(absl::Time now) {
  pause_ = std::clamp(pause_ * 2, limits::kCircuitMinPause, limits::kCircuitMaxPause);
  ready_ = now + pause_;
}

}  // namespace hookd
