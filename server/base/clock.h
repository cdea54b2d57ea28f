// Time, and being woken by it, asked for through an interface so that tests own both.
//
// Thread-safe. `Clock::Real()` lives for the whole process.
#ifndef HOOKD_BASE_CLOCK_H_
#define HOOKD_BASE_CLOCK_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"

namespace hookd {

// Calls back when time has come. Thread-safe. Made by a Clock, which must outlive it.
class Timer {
 public:
  // No call is under way when it returns, and none comes after. Not to be called from within the call back.
  virtual ~Timer() = default;

  // Asks to be called once, when the clock's Steady() has reached `due`; at once if it has. Replaces what was
  // asked for before; InfiniteFuture asks for nothing. Never blocks, and never calls back from within.
  virtual void Set(absl::Time due) = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time: what is stored and shown. It may jump either way.
  virtual absl::Time Now() = 0;

  // Wall time as it was when the process began, carried on by the monotonic clock: it never jumps and never
  // goes back. What pauses, limits and due times are reckoned with, in the process and in the store: only a
  // restart can move them, and by no more than the wall clock jumped.
  virtual absl::Time Steady() = 0;

  // A timer that calls `fire` on a thread of its own, one call at a time.
  virtual std::unique_ptr<Timer> NewTimer(std::function<void()> fire) = 0;

  // The machine's clocks.
  static Clock* Real();
};

}  // namespace hookd

#endif  // HOOKD_BASE_CLOCK_H_
