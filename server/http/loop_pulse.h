// What a loop shows of itself to the watchdog, which looks from another thread while the loop may be stuck.
//
// Thread-safe: the loop's thread writes, the watchdog reads.
#ifndef HOOKD_HTTP_LOOP_PULSE_H_
#define HOOKD_HTTP_LOOP_PULSE_H_

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

  // The calling thread is the loop's.
  void Begin();
  // It begins to work, and rests. The earliest deadline of its requests.
  void BeginTurn(Instant now) { turn_began_.store(now, std::memory_order_relaxed); }
  void EndTurn(Instant deadline) {
    deadline_.store(deadline, std::memory_order_relaxed);
    turn_began_.store(kNever, std::memory_order_relaxed);
  }
  // It goes into libcurl for that socket, -1 for none or many; and comes back.
  void BeginCall(int socket) {
    socket_.store(socket, std::memory_order_relaxed);
    call_.fetch_add(1, std::memory_order_relaxed);
  }
  void EndCall() { call_.fetch_add(1, std::memory_order_relaxed); }
  // libcurl's handle is broken, and there is no memory for another.
  void SetDead(bool dead) { dead_ = dead; }

  // A socket is libcurl's, to that endpoint; and is closed, by the reserve.
  void Opened(int socket, std::string origin) ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns whether it was cut.
  bool Close(int socket, DescriptorReserve& reserve) ABSL_LOCKS_EXCLUDED(mutex_);
  bool WasCut(int socket) ABSL_LOCKS_EXCLUDED(mutex_);

  // --- Either's ---

  // CPU that the loop's thread has taken.
  std::chrono::nanoseconds cpu() const;
  // Shuts the socket down, so that libcurl comes to its end; counts it, and says so in the log. False if
  // there is no such socket, or it was cut before.
  bool Cut(int socket) ABSL_LOCKS_EXCLUDED(mutex_);

  // --- The watchdog's ---

  Instant turn_began() const { return turn_began_.load(std::memory_order_relaxed); }
  Instant deadline() const { return deadline_.load(std::memory_order_relaxed); }
  // Odd within a call of libcurl's, and another for each.
  uint64_t call() const { return call_.load(std::memory_order_relaxed); }
  bool dead() const { return dead_; }

  // Notes how much has been read from each socket; and cuts the one that most has been read from since: more
  // than a few packets, if the call is for it, and more than any answer has otherwise, as libcurl serves
  // other sockets in the same call. Returns as Cut.
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

#endif  // HOOKD_HTTP_LOOP_PULSE_H_
