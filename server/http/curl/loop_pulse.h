// The state that a loop publishes for its watchdog, which reads it from another thread even if the loop is
// stuck.
//
// Thread-safe: the loop's thread writes and the watchdog reads.
#ifndef HOOKD_HTTP_CURL_LOOP_PULSE_H_
#define HOOKD_HTTP_CURL_LOOP_PULSE_H_

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "http/descriptor_reserve.h"

namespace hookd {

class LoopPulse {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr Instant kNever = Instant::max();

  // --- The loop's thread ---

  // Registers the calling thread as the loop's thread.
  void Begin();
  // A turn begins; it ends, with the earliest deadline of the requests.
  void BeginTurn(Instant now) { turn_began_.store(now, std::memory_order_relaxed); }
  void EndTurn(Instant deadline) {
    deadline_.store(deadline, std::memory_order_relaxed);
    turn_began_.store(kNever, std::memory_order_relaxed);
  }
  // A call of libcurl for this socket, -1 for none or several, begins and ends.
  void BeginCall(int socket) {
    socket_.store(socket, std::memory_order_relaxed);
    call_.fetch_add(1, std::memory_order_relaxed);
  }
  void EndCall() { call_.fetch_add(1, std::memory_order_relaxed); }
  // libcurl's handle is broken, and there is no memory for a new one.
  void SetDead(bool dead) { dead_ = dead; }

  // libcurl gets a socket, which is connected to `origin`.
  void Opened(int socket, std::string origin) ABSL_LOCKS_EXCLUDED(mutex_);
  // Closes the socket with the reserve. Returns whether it was cut.
  bool Close(int socket, DescriptorReserve& reserve) ABSL_LOCKS_EXCLUDED(mutex_);
  bool WasCut(int socket) ABSL_LOCKS_EXCLUDED(mutex_);

  // --- Both threads ---

  // The CPU time of the loop's thread.
  std::chrono::nanoseconds cpu() const;
  // Cuts a connection: shuts the socket down so that libcurl stops reading, counts it, and logs it. Returns
  // false if there is no such socket or it was cut before.
  bool Cut(int socket) ABSL_LOCKS_EXCLUDED(mutex_);

  // --- The watchdog's thread ---

  Instant turn_began() const { return turn_began_.load(std::memory_order_relaxed); }
  Instant deadline() const { return deadline_.load(std::memory_order_relaxed); }
  // The number of the call of libcurl: odd during a call, and different for each call.
  uint64_t call() const { return call_.load(std::memory_order_relaxed); }
  bool dead() const { return dead_; }

  // Mark records how much was read from each socket. CutBusiest cuts the socket from which most was read
  // since then, if that is more than a few packets for the socket of the call, or more than any response for
  // another socket, because libcurl serves other sockets in the same call. It returns the result of Cut.
  void Mark() ABSL_LOCKS_EXCLUDED(mutex_);
  bool CutBusiest() ABSL_LOCKS_EXCLUDED(mutex_);
  int64_t cut() const { return cut_; }

 private:
  struct Socket {
    std::string origin;
    int64_t read = 0;
    bool cut = false;
  };

  bool CutLocked(int socket) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<Instant> turn_began_ = kNever;
  std::atomic<Instant> deadline_ = kNever;
  std::atomic<uint64_t> call_ = 0;
  std::atomic<int> socket_ = -1;  // of the call
  std::atomic<bool> dead_ = false;
  std::atomic<int64_t> cut_ = 0;
  std::atomic<clockid_t> cpu_clock_ = CLOCK_MONOTONIC;
  absl::Mutex mutex_;
  absl::flat_hash_map<int, Socket> sockets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_LOOP_PULSE_H_
