#include "http/curl/loop_pulse.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "http/socket_calls.h"

namespace hookd {
namespace {

// Bytes that one read may return; and more bytes than any response has.
constexpr int64_t kFewPackets = 4096;
constexpr int64_t kMoreThanAnAnswer = limits::kMaxResponseHeaderBytes + limits::kMaxResponseBodyBytes +
                                      limits::kMaxDroppedResponseBodyBytes + limits::kMaxOverheadBytes;

}  // namespace

void LoopPulse::Begin() {
  clockid_t clock;
  if (pthread_getcpuclockid(pthread_self(), &clock) == 0) cpu_clock_ = clock;
}

std::chrono::nanoseconds LoopPulse::cpu() const {
  timespec time = {};
  clock_gettime(cpu_clock_, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void LoopPulse::Opened(int socket, std::string origin) {
  const absl::MutexLock lock(&mutex_);
  sockets_[socket] = {.origin = std::move(origin)};
}

bool LoopPulse::Close(int socket, DescriptorReserve& reserve) {
  // The lock keeps the watchdog from shutting down a new socket with the same number.
  const absl::MutexLock lock(&mutex_);
  const auto found = sockets_.find(socket);
  const bool cut = found != sockets_.end() && found->second.cut;
  if (found != sockets_.end()) sockets_.erase(found);
  reserve.Close(socket);
  return cut;
}

bool LoopPulse::WasCut(int socket) {
  const absl::MutexLock lock(&mutex_);
  const auto found = sockets_.find(socket);
  return found != sockets_.end() && found->second.cut;
}

void LoopPulse::Mark() {
  const absl::MutexLock lock(&mutex_);
  for (auto& [number, socket] : sockets_) socket.read = ReadBytes(number);
}

bool LoopPulse::CutBusiest() {
  const absl::MutexLock lock(&mutex_);
  const int of_call = socket_.load(std::memory_order_relaxed);
  int busiest = -1;
  int64_t most = 0;
  for (const auto& [number, socket] : sockets_) {
    const int64_t read = ReadBytes(number) - socket.read;
    if (read <= std::max(most, number == of_call ? kFewPackets : kMoreThanAnAnswer)) continue;
    most = read;
    busiest = number;
  }
  return CutLocked(busiest);
}

bool LoopPulse::Cut(int socket) {
  const absl::MutexLock lock(&mutex_);
  return CutLocked(socket);
}

bool LoopPulse::CutLocked(int socket) {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end() || std::exchange(found->second.cut, true)) return false;
  ShutDownUnread(socket);
  ++cut_;
  LogWarning("connection closed: it kept an HTTP loop busy without a response",
             {{"endpoint", found->second.origin}});
  return true;
}

}  // namespace hookd
