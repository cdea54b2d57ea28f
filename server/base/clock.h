// Time, asked for through an interface so that tests own it.
//
// Thread-safe. `Clock::Real()` lives for the whole process.
#ifndef HOOKD_BASE_CLOCK_H_
#define HOOKD_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace hookd {

class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time: what is stored and shown. It may jump either way.
  virtual absl::Time Now() = 0;

  // Time since some fixed moment of this process: what intervals are measured with. It never goes back.
  virtual absl::Duration Monotonic() = 0;

  // The machine's clocks.
  static Clock* Real();
};

}  // namespace hookd

#endif  // HOOKD_BASE_CLOCK_H_
