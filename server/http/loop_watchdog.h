// Looks after the loops of an HTTP client: cuts the connection that keeps one busy, and says when the client
// cannot send any more.
//
// A peer can send so fast that libcurl does not come back from reading. Where one call of libcurl's has
// taken limits::kMaxCallCpu, and then as much again, the connection that most was read from in between is
// cut, so that the call ends. A loop that only waits for a core is left alone.
//
// Thread-safe. Owns its thread, and nothing it is given.
#ifndef HOOKD_HTTP_LOOP_WATCHDOG_H_
#define HOOKD_HTTP_LOOP_WATCHDOG_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/loop_pulse.h"

namespace hookd {

class LoopWatchdog {
 public:
  using OnAble = std::function<void(const std::string& unable)>;  // see CurlClient::Options

  // The pulses must outlive it.
  LoopWatchdog(std::vector<LoopPulse*> pulses, OnAble on_able);
  // Ends its thread.
  ~LoopWatchdog();

  // Begins its thread. RESOURCE_EXHAUSTED if the system gives none.
  absl::Status Start();

  // How late the latest loop was, since this was last asked.
  absl::Duration TakeLag() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Watched {
    LoopPulse* pulse;
    uint64_t call = 0;                  // that was under way at the last tick
    std::chrono::nanoseconds cpu = {};  // of the loop, when it was first seen, or last too much
    bool goes_on = false;               // it was within a call
    bool marked = false;                // what had been read from each socket is known
  };

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Until it looks again.
  absl::Duration Pause() const;
  void Look(Watched& watched);
  void NoteLag() ABSL_LOCKS_EXCLUDED(mutex_);
  // Why the client cannot send; empty if it can.
  std::string WhyUnable() const;

  const OnAble on_able_;
  std::vector<Watched> watched_;
  bool able_ = true;
  absl::Mutex mutex_;
  absl::Duration lag_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_LOOP_WATCHDOG_H_
