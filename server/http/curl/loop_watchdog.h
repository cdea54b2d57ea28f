// Monitors the loops of an HTTP client: cuts a connection that keeps a loop busy, and reports when the client
// cannot send requests.
//
// A peer can send so fast that libcurl does not return from reading. If one call of libcurl has used
// limits::kMaxCallCpu of CPU, and then as much again, the watchdog cuts the connection from which most was
// read in between, so that the call ends. A loop that only waits for a CPU core is left alone.
//
// Thread-safe. Owns its thread, and nothing it is given.
#ifndef HOOKD_HTTP_CURL_LOOP_WATCHDOG_H_
#define HOOKD_HTTP_CURL_LOOP_WATCHDOG_H_

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
#include "http/curl/loop_pulse.h"

namespace hookd {

class LoopWatchdog {
 public:
  using OnAble = std::function<void(const std::string& unable)>;  // see CurlClient::Options

  // The pulses must outlive the watchdog.
  LoopWatchdog(std::vector<LoopPulse*> pulses, OnAble on_able);
  // Ends the thread.
  ~LoopWatchdog();

  // Starts the thread. Returns RESOURCE_EXHAUSTED if the system has none left.
  absl::Status Start();

  // Returns the largest delay of a loop since the last call.
  absl::Duration TakeLag() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Watched {
    LoopPulse* pulse;
    uint64_t call = 0;  // in progress at the last tick
    std::chrono::nanoseconds cpu =
        {};                // of the loop, when the call was first seen or last exceeded the limit
    bool in_call = false;  // whether the loop was in a call
    bool marked = false;   // LoopPulse::Mark was called
  };

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // The time until the next tick.
  absl::Duration Pause() const;
  void Look(Watched& watched);
  void NoteLag() ABSL_LOCKS_EXCLUDED(mutex_);
  // Why the client cannot send; empty if it can.
  std::string UnableReason() const;

  const OnAble on_able_;
  std::vector<Watched> watched_;
  bool able_ = true;
  absl::Mutex mutex_;
  absl::Duration lag_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_LOOP_WATCHDOG_H_
