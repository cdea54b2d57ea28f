// Holds a webhook's deliveries while hookd itself cannot send them: its proxy, its name servers, its network
// or its descriptors fail, and the endpoint sees no request (HttpFault::kHookd).
//
//   off      all attempts may begin. One that could not be sent begins a hold.
//   waiting  no attempt begins until a pause has passed.
//   probing  one attempt is in flight, the probe. If it could not be sent either, the hold waits again, for a
//            pause twice as long: limits::kHoldMinPause at first, limits::kHoldMaxPause at most. Between half
//            and all of a pause passes, by chance, so that many held webhooks do not probe together.
//
// In any state, an attempt that reached the endpoint, or that a policy forbade, ends the hold.
//
// Not thread-safe: the scheduler's. Times are Clock::Steady's.
#ifndef HOOKD_DELIVERY_ATTEMPTS_HOLD_H_
#define HOOKD_DELIVERY_ATTEMPTS_HOLD_H_

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace hookd {

class Hold {
 public:
  // When the next attempt may begin: InfinitePast while off, InfiniteFuture while probing.
  absl::Time ReadyAt() const { return ready_; }

  bool holding() const { return ready_ != absl::InfinitePast(); }

  // While holding: when the hold began, and why the last attempt could not be sent.
  absl::Time since() const { return since_; }
  const std::string& error() const { return error_; }

  // When the last hold ended; InfinitePast if there was none.
  absl::Time ended() const { return ended_; }

  // An attempt begins. Returns whether it is the probe, which the caller passes back when the attempt ends.
  bool Begin();

  // The attempt could not be sent. `jitter` is from [0, 1). Returns whether this begins a hold.
  bool OnNotSent(absl::Time now, bool probe, const std::string& error, double jitter);

  // The attempt ended without a result: if it was the probe, another may begin.
  void OnAbandoned(absl::Time now, bool probe);

  // The attempt was sent, or a policy forbade it. Returns the duration of the hold that this ends, if any.
  std::optional<absl::Duration> OnSent(absl::Time now);

 private:
  absl::Time ready_ = absl::InfinitePast();
  absl::Time since_ = absl::InfinitePast();
  absl::Time ended_ = absl::InfinitePast();
  absl::Duration pause_;
  std::string error_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_HOLD_H_
