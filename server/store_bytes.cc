#include "store_bytes.h"

#include "base/tuning.h"

namespace hookd {

StoreBytes::StoreBytes(Store* store, Clock* clock)
    : store_(store),
      clock_(clock),
      bytes_(std::make_shared<std::atomic<int64_t>>(-1)),
      timer_(clock->NewTimer([this] { Measure(); })) {
  timer_->Set(clock_->Steady());
}

std::optional<int64_t> StoreBytes::Get() const {
  const int64_t bytes = *bytes_;
  if (bytes < 0) return std::nullopt;
  return bytes;
}

void StoreBytes::Measure() {
  // If the store cannot be reached, the last measurement stays.
  store_->MeasureBytes([bytes = bytes_](const absl::StatusOr<int64_t>& measured) {
    if (measured.ok()) *bytes = *measured;
  });
  timer_->Set(clock_->Steady() + tuning::kStoreMeasured);
}

}  // namespace hookd
