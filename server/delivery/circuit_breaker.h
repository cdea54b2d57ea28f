// Spares an endpoint of which every attempt fails, and hookd the attempts.
//
// Closed, it lets all attempts through. Once limits::kCircuitFailures in a row have failed over
// limits::kCircuitStretch, or one was abusive, it opens: no attempt for a pause. Then it is half open: one
// attempt, the probe, goes through. A success closes it; a failed probe opens it again, for twice the pause.
//
// Not thread-safe: the dispatcher guards it. Times are Clock::Steady's.
#ifndef HOOKD_DELIVERY_CIRCUIT_BREAKER_H_
#define HOOKD_DELIVERY_CIRCUIT_BREAKER_H_

#include "absl/time/time.h"

namespace hookd {

class CircuitBreaker {
 public:
  // From when on an attempt may begin: InfinitePast while it is closed, InfiniteFuture while a probe is under
  // way.
  absl::Time ReadyAt() const { return ready_; }

  bool closed() const { return ready_ == absl::InfinitePast(); }

  // An attempt begins; true if it is the probe, which is to be said of it when it ends.
  bool Begin();

  void OnSuccess();
  // One that was `abusive` opens it at once.
  void OnFailure(absl::Time now, bool probe, bool abusive = false);

  // The attempt ended without showing anything of the endpoint: if it was the probe, another may begin.
  void OnAbandoned(absl::Time now, bool probe);

 private:
  void Open(absl::Time now);

  int failures_ = 0;  // attempts in a row that failed until now
  absl::Time first_failure_;
  absl::Duration pause_;
  absl::Time ready_ = absl::InfinitePast();
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_CIRCUIT_BREAKER_H_
