// A clock that stands still until a test moves it, with timers that fire on the thread that moves it.
//
// Thread-safe.
#ifndef HOOKD_TESTS_SUPPORT_FAKE_CLOCK_H_
#define HOOKD_TESTS_SUPPORT_FAKE_CLOCK_H_

#include <functional>
#include <memory>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace hookd {

class FakeClock : public Clock {
 public:
  // It is noon of 31 January 2026, UTC.
  FakeClock();

  absl::Time Now() override;
  absl::Time Steady() override;

  // Its timers fire within Advance and FireDue alone.
  std::unique_ptr<Timer> NewTimer(std::function<void()> fire) override;

  // Time passes: timers fire in the order in which they are due, each at its time, those they set again too.
  void Advance(absl::Duration by);

  // Fires what is due now.
  void FireDue() { Advance(absl::ZeroDuration()); }

  // Somebody sets the wall clock; no time passes.
  void JumpTo(absl::Time now);

  // When the next timer is due; InfiniteFuture if none is set.
  absl::Time NextDue() const;

 private:
  class FakeTimer;

  // The timer that is due first, with its time; null if none is set.
  FakeTimer* First() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Time steady_ ABSL_GUARDED_BY(mutex_);
  std::set<FakeTimer*> timers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_FAKE_CLOCK_H_
