#include "base/ahead_clock.h"

#include <algorithm>

namespace hookd {
namespace {

class AheadTimer : public Timer {
 public:
  AheadTimer(std::unique_ptr<Timer> timer, absl::Duration ahead) : timer_(std::move(timer)), ahead_(ahead) {}
  void Set(absl::Time due) override { timer_->Set(due - ahead_); }

 private:
  const std::unique_ptr<Timer> timer_;
  const absl::Duration ahead_;
};

}  // namespace

AheadClock::AheadClock(Clock* clock, absl::Time at_least)
    : clock_(clock), ahead_(std::max(at_least - clock->Steady(), absl::ZeroDuration())) {}

std::unique_ptr<Timer> AheadClock::NewTimer(std::function<void()> fire) {
  auto timer = clock_->NewTimer(std::move(fire));
  if (ahead_ == absl::ZeroDuration()) return timer;
  return std::make_unique<AheadTimer>(std::move(timer), ahead_);
}

}  // namespace hookd
