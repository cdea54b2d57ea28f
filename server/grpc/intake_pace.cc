#include "grpc/intake_pace.h"

#include <thread>

#include "absl/time/time.h"
#include "base/tuning.h"

namespace hookd {
namespace {

// The time from one event to the next in a thread that did not wait: gRPC's and hookd's work for a usual
// event.
constexpr auto kMaxWorkTime = std::chrono::microseconds(50);

// The time to read the events that arrived on all connections during a pause.
constexpr auto kReadTime = std::chrono::microseconds(200);

}  // namespace

bool IntakePace::AfterEvent(Time now) {
  if (++count_ == tuning::kBusyIntakeEvents) {
    busy_ = now - counted_from_ < absl::ToChronoNanoseconds(tuning::kBusyIntakeSpan);
    counted_from_ = now;
    count_ = 0;
  }
  const bool waited = now - last_ >= kMaxWorkTime;
  last_ = now;
  return busy_ && waited && now - paused_ >= kReadTime;
}

void IntakePace::AfterPause(Time now) { last_ = paused_ = now; }

void PaceIntake() {
  thread_local IntakePace pace;
  if (!pace.AfterEvent(std::chrono::steady_clock::now())) return;
  std::this_thread::sleep_for(absl::ToChronoNanoseconds(tuning::kIntakeRest));
  pace.AfterPause(std::chrono::steady_clock::now());
}

}  // namespace hookd
