// A clock that corrects a machine clock that was behind when the process started.
//
// Thread-safe. The underlying clock must outlive it.
#ifndef HOOKD_BASE_AHEAD_CLOCK_H_
#define HOOKD_BASE_AHEAD_CLOCK_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "base/clock.h"

namespace hookd {

class AheadClock : public Clock {
 public:
  // Steady() is that of `clock`, moved forward so that it is now at least `at_least`. Now() is the unchanged
  // wall time.
  AheadClock(Clock* clock, absl::Time at_least);

  absl::Time Now() override { return clock_->Now(); }
  absl::Time Steady() override { return clock_->Steady() + ahead_; }
  std::unique_ptr<Timer> NewTimer(std::function<void()> fire) override;

  // By how much Steady() is ahead of the underlying clock; 0 if that was not behind.
  absl::Duration ahead() const { return ahead_; }

 private:
  Clock* const clock_;
  const absl::Duration ahead_;
};

}  // namespace hookd

#endif  // HOOKD_BASE_AHEAD_CLOCK_H_
