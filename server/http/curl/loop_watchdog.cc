#include "http/curl/loop_watchdog.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/thread_name.h"
#include "base/tuning.h"

namespace hookd {

using Instant = LoopPulse::Instant;

LoopWatchdog::LoopWatchdog(std::vector<LoopPulse*> pulses, OnAble on_able) : on_able_(std::move(on_able)) {
  for (LoopPulse* pulse : pulses) watched_.push_back({.pulse = pulse});
}

LoopWatchdog::~LoopWatchdog() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status LoopWatchdog::Start() {
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot start the HTTP client: no thread: ", error.what()));
  }
  return absl::OkStatus();
}

absl::Duration LoopWatchdog::TakeLag() {
  NoteLag();
  const absl::MutexLock lock(&mutex_);
  return std::exchange(lag_, absl::ZeroDuration());
}

void LoopWatchdog::Run() {
  NameThread("hookd-watchdog");
  while (true) {
    {
      const absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), Pause());
      if (stopping_) return;
    }
    for (Watched& each : watched_) Look(each);
    NoteLag();
    const std::string unable = UnableReason();
    if (able_ == unable.empty()) continue;
    able_ = unable.empty();
    if (on_able_ != nullptr) on_able_(unable);
  }
}

absl::Duration LoopWatchdog::Pause() const {
  absl::Duration pause = tuning::kWatchdogRest;
  for (const Watched& each : watched_) {
    if (each.in_call) return limits::kMaxCallCpu;
    if (each.pulse->deadline() != LoopPulse::kNever || each.pulse->turn_began() != LoopPulse::kNever) {
      pause = tuning::kWatchdogTick;
    }
  }
  return pause;
}

void LoopWatchdog::Look(Watched& watched) {
  const uint64_t call = watched.pulse->call();
  const bool goes_on = call % 2 != 0 && call == watched.call;
  watched.in_call = call % 2 != 0;
  const std::chrono::nanoseconds cpu = call % 2 != 0 ? watched.pulse->cpu() : watched.cpu;
  if (!goes_on) {
    watched.call = call;
    watched.cpu = cpu;
    watched.marked = false;
    return;
  }
  // CPU time does not count the time that the loop waits for a core.
  if (cpu - watched.cpu < absl::ToChronoNanoseconds(limits::kMaxCallCpu)) return;
  watched.cpu = cpu;
  if (!std::exchange(watched.marked, true)) return watched.pulse->Mark();
  if (watched.pulse->CutBusiest()) watched.pulse->Mark();
}

void LoopWatchdog::NoteLag() {
  const Instant now = std::chrono::steady_clock::now();
  absl::Duration lag;
  for (const Watched& each : watched_) {
    const Instant began = each.pulse->turn_began();
    if (began < now) lag = std::max(lag, absl::FromChrono(now - began));
  }
  const absl::MutexLock lock(&mutex_);
  lag_ = std::max(lag_, lag);
}

std::string LoopWatchdog::UnableReason() const {
  const Instant late = std::chrono::steady_clock::now() - absl::ToChronoNanoseconds(limits::kLoopDead);
  for (const Watched& each : watched_) {
    if (each.pulse->dead()) return "libcurl's handle is broken and there is no memory for a new one";
    if (each.pulse->turn_began() < late) {
      return absl::StrCat("an HTTP loop has been stuck for ", absl::FormatDuration(limits::kLoopDead));
    }
    if (each.pulse->deadline() < late) {
      return absl::StrCat("requests exceed their timeout by ", absl::FormatDuration(limits::kLoopDead));
    }
  }
  return "";
}

}  // namespace hookd
