#include "grpc/intake_pace.h"

#include <thread>

#include "absl/time/time.h"
#include "base/tuning.h"

namespace hookd {
namespace {

// From one event to the next in a thread that finds it there: gRPC's part of a usual event, and hookd's.
constexpr auto kAtHand = std::chrono::microseconds(50);

// After a rest, what came meanwhile is read from one connection after another.
constexpr auto kReading = std::chrono::microseconds(200);

}  // namespace

bool IntakePace::AfterEvent(Time now) {
  if (++count_ == tuning::kBusyIntakeEvents) {
    busy_ = now - counted_from_ < absl::ToChronoNanoseconds(tuning::kBusyIntakeSpan);
    counted_from_ = now;
    count_ = 0;
  }
  const bool waited = now - last_ >= kAtHand;
  last_ = now;
  return busy_ && waited && now - rested_ >= kReading;
}

void IntakePace::Rested(Time now) { last_ = rested_ = now; }

void PaceIntake() {
  thread_local IntakePace pace;
  if (!pace.AfterEvent(std::chrono::steady_clock::now())) return;
  std::this_thread::sleep_for(absl::ToChronoNanoseconds(tuning::kIntakeRest));
  pace.Rested(std::chrono::steady_clock::now());
}

}  // namespace hookd
