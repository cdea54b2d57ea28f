// A clock that is right where the machine's was behind when the process began.
//
// Thread-safe. The clock it is made from must outlive it.
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
  // Steady() is that of `clock`, carried forward so that it is not before `at_least` now. Now() is the wall
  // clock's, as it stands.
  AheadClock(Clock* clock, absl::Time at_least);

  absl::Time Now() override { return clock_->Now(); }
  absl::Time Steady() override { return clock_->Steady() + ahead_; }
  std::unique_ptr<Timer> NewTimer(std::function<void()> fire) override;

  // By how much Steady() is ahead of the other clock's: 0 where that was right.
  absl::Duration ahead() const { return ahead_; }

 private:
  Clock* const clock_;
  const absl::Duration ahead_;
};

}  // namespace hookd

#endif  // HOOKD_BASE_AHEAD_CLOCK_H_
