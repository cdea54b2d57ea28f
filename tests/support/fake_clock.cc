#include "tests/support/fake_clock.h"

#include <algorithm>
#include <utility>

#include "absl/time/civil_time.h"

namespace hookd {

// Guarded by the clock's mutex, but for what never changes.
class FakeClock::FakeTimer : public Timer {
 public:
  FakeTimer(FakeClock* clock, std::function<void()> fire) : clock_(clock), fire_(std::move(fire)) {}
  ~FakeTimer() override {
    absl::MutexLock lock(&clock_->mutex_);
    clock_->timers_.erase(this);
    clock_->mutex_.Await(absl::Condition(
        +[](FakeTimer* self) { return !self->firing; }, this));
  }
  void Set(absl::Time due_at) override {
    absl::MutexLock lock(&clock_->mutex_);
    due = due_at;
  }
  void Fire() { fire_(); }

  absl::Time due = absl::InfiniteFuture();
  bool firing = false;

 private:
  FakeClock* const clock_;
  const std::function<void()> fire_;
};

FakeClock::FakeClock()
    : now_(absl::FromCivil(absl::CivilSecond(2026, 1, 31, 12, 0, 0), absl::UTCTimeZone())), steady_(now_) {}

absl::Time FakeClock::Now() {
  absl::MutexLock lock(&mutex_);
  return now_;
}

absl::Time FakeClock::Steady() {
  absl::MutexLock lock(&mutex_);
  return steady_;
}

std::unique_ptr<Timer> FakeClock::NewTimer(std::function<void()> fire) {
  auto timer = std::make_unique<FakeTimer>(this, std::move(fire));
  absl::MutexLock lock(&mutex_);
  timers_.insert(timer.get());
  return timer;
}

FakeClock::FakeTimer* FakeClock::First() const {
  FakeTimer* first = nullptr;
  for (FakeTimer* timer : timers_) {
    if (timer->due != absl::InfiniteFuture() && (first == nullptr || timer->due < first->due)) first = timer;
  }
  return first;
}

void FakeClock::Advance(absl::Duration by) {
  absl::MutexLock lock(&mutex_);
  const absl::Time end = steady_ + by;
  while (true) {
    FakeTimer* const timer = First();
    if (timer == nullptr || timer->due > end) break;
    const absl::Duration passed = std::max(absl::ZeroDuration(), timer->due - steady_);
    now_ += passed;
    steady_ += passed;
    timer->due = absl::InfiniteFuture();
    timer->firing = true;
    mutex_.Unlock();
    timer->Fire();
    mutex_.Lock();
    timer->firing = false;
  }
  now_ += end - steady_;
  steady_ = end;
}

void FakeClock::JumpTo(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  now_ = now;
}

absl::Time FakeClock::NextDue() const {
  absl::MutexLock lock(&mutex_);
  const FakeTimer* const first = First();
  return first == nullptr ? absl::InfiniteFuture() : first->due;
}

}  // namespace hookd
