// Stops attempts to an endpoint while all of them fail.
//
//   closed     all attempts may begin. Once limits::kCircuitFailures in a row have failed within
//              limits::kCircuitStretch or longer, or one was abusive, the circuit opens.
//   open       no attempt begins until a pause has passed.
//   half open  one attempt is in flight, the probe. If it fails, the circuit opens again, for a pause twice
//   as
//              long: limits::kCircuitMinPause at first, limits::kCircuitMaxPause at most.
//
// In any state, a success closes the circuit.
//
// Not thread-safe: the scheduler's. Times are Clock::Steady's.
#ifndef HOOKD_DELIVERY_ATTEMPTS_CIRCUIT_BREAKER_H_
#define HOOKD_DELIVERY_ATTEMPTS_CIRCUIT_BREAKER_H_

#include "absl/time/time.h"

namespace hookd {

class CircuitBreaker {
 public:
  // When the next attempt may begin: InfinitePast while closed, InfiniteFuture while half open.
  absl::Time ReadyAt() const { return ready_; }

  bool closed() const { return ready_ == absl::InfinitePast(); }

  // An attempt begins. Returns whether it is the probe, which the caller passes back when the attempt ends.
  bool Begin();

  void OnSuccess();
  // An `abusive` failure opens a closed circuit at once.
  void OnFailure(absl::Time now, bool probe, bool abusive = false);

  // The attempt ended without a result: if it was the probe, another may begin.
  void OnAbandoned(absl::Time now, bool probe);

 private:
  void Open(absl::Time now);

  int failures_ = 0;  // attempts in a row that have failed
  absl::Time first_failure_;
  absl::Duration pause_;
  absl::Time ready_ = absl::InfinitePast();
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_CIRCUIT_BREAKER_H_
