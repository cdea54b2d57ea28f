#include "base/clock.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "base/thread_name.h"

namespace hookd {
namespace {

absl::Duration Monotonic() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

// A timerfd of the monotonic clock, and a thread that reads it. Jumps of the wall clock do not affect them.
class RealTimer : public Timer {
 public:
  RealTimer(Clock* clock, std::function<void()> fire)
      : clock_(clock), fire_(std::move(fire)), fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
    thread_ = std::thread([this] { Run(); });
  }

  ~RealTimer() override {
    stopping_ = true;
    Arm(absl::ZeroDuration());
    thread_.join();
    close(fd_);
  }

  void Set(absl::Time due) override {
    if (due != absl::InfiniteFuture()) return Arm(due - clock_->Steady());
    const itimerspec never = {};
    timerfd_settime(fd_, 0, &never, nullptr);
  }

 private:
  void Arm(absl::Duration in) {
    itimerspec when = {};
    when.it_value = absl::ToTimespec(std::clamp(in, absl::Nanoseconds(1), absl::Hours(24 * 365)));
    timerfd_settime(fd_, 0, &when, nullptr);
  }

  void Run() {
    NameThread("hookd-timer");
    // The callback may set the timer during destruction, which must not delay the end.
    while (!stopping_) {
      uint64_t count = 0;
      if (read(fd_, &count, sizeof(count)) != sizeof(count) && errno != EINTR) return;
      if (count > 0 && !stopping_) fire_();
    }
  }

  Clock* const clock_;
  const std::function<void()> fire_;
  const int fd_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class RealClock : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
  absl::Time Steady() override { return began_ + (Monotonic() - monotonic_began_); }
  std::unique_ptr<Timer> NewTimer(std::function<void()> fire) override {
    return std::make_unique<RealTimer>(this, std::move(fire));
  }

 private:
  const absl::Time began_ = absl::Now();
  const absl::Duration monotonic_began_ = Monotonic();
};

}  // namespace

Clock* Clock::Real() {
  static auto* clock = new RealClock;
  return clock;
}

}  // namespace hookd
