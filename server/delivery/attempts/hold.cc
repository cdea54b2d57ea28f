#include "delivery/attempts/hold.h"

#include <algorithm>

#include "base/limits.h"

namespace hookd {

bool Hold::Begin() {
  if (!holding()) return false;
  ready_ = absl::InfiniteFuture();
  return true;
}

bool Hold::OnNotSent(absl::Time now, bool probe, const std::string& error, double jitter) {
  const bool begins = !holding();
  // Attempts that began before the hold show nothing new.
  if (!begins && !probe) return false;
  if (begins) since_ = now;
  error_ = error;
  pause_ = std::clamp(pause_ * 2, limits::kHoldMinPause, limits::kHoldMaxPause);
  ready_ = now + pause_ * (0.5 + jitter / 2);
  return begins;
}

void Hold::OnAbandoned(absl::Time now, bool probe) {
  // After an edit of the webhook, the probe may belong to an earlier hold.
  if (probe && ready_ == absl::InfiniteFuture()) ready_ = now;
}

std::optional<absl::Duration> Hold::OnSent(absl::Time now) {
  if (!holding()) return std::nullopt;
  const absl::Duration lasted = now - since_;
  *this = Hold();
  ended_ = now;
  return lasted;
}

}  // namespace hookd
