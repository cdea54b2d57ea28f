#include "http/loop_pulse.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <utility>

namespace hookd {
namespace {

// Bytes that are read at once, whatever they are; and those of many answers.
constexpr uint64_t kFewPackets = 4096;
constexpr uint64_t kManyAnswers = uint64_t{256} * 1024;

uint64_t Received(int socket) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

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
  // Under the lock, so that the watchdog does not shut down another's socket of the same number.
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
  for (auto& [number, socket] : sockets_) socket.received = Received(number);
}

std::string LoopPulse::CutBusiest() {
  const absl::MutexLock lock(&mutex_);
  int busiest = -1;
  const int read = socket_.load(std::memory_order_relaxed);
  uint64_t most = read >= 0 ? kFewPackets : kManyAnswers;
  for (const auto& [number, socket] : sockets_) {
    if (read >= 0 && number != read) continue;
    const uint64_t received = Received(number) - socket.received;
    if (received > most) {
      most = received;
      busiest = number;
    }
  }
  if (busiest < 0) return "";
  shutdown(busiest, SHUT_RDWR);
  ++cut_;
  sockets_[busiest].cut = true;
  return sockets_[busiest].origin;
}

}  // namespace hookd
