// Time and timers behind an interface, so that tests control both.
//
// Thread-safe. `Clock::Real()` lives for the whole process.
#ifndef HOOKD_BASE_CLOCK_H_
#define HOOKD_BASE_CLOCK_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"

namespace hookd {

// Calls back at a given time. Thread-safe. Created by a Clock, which must outlive it.
class Timer {
 public:
  // When it returns, no callback is running and none will run. Must not be called from the callback.
  virtual ~Timer() = default;

  // Schedules one callback for when the clock's Steady() reaches `due`, at once if it already has. Replaces
  // the previous schedule; InfiniteFuture cancels it. Never blocks, and never calls back from within.
  virtual void Set(absl::Time due) = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time, for values that are stored and shown. It may jump in either direction.
  virtual absl::Time Now() = 0;

  // Wall time at the start of the process, advanced by the monotonic clock: it never jumps or goes back.
  // Pauses, limits and due times use it, in the process and in the store, so that only a restart can move
  // them, by at most the jump of the wall clock.
  virtual absl::Time Steady() = 0;

  // Returns a timer that calls `fire` on a separate thread, one call at a time.
  virtual std::unique_ptr<Timer> NewTimer(std::function<void()> fire) = 0;

  // The clocks of the machine.
  static Clock* Real();
};

}  // namespace hookd

#endif  // HOOKD_BASE_CLOCK_H_
