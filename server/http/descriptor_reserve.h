// File descriptors that are reserved for deliveries, so that callers who exhaust all others cannot stop them.
//
// The reserve opens descriptors of one idle file at the start. Each socket replaces one of them and returns
// it when it is closed. Beyond the reserve, sockets are opened as long as the system has descriptors left.
//
// Thread-safe. Must outlive the sockets that it opened.
#ifndef HOOKD_HTTP_DESCRIPTOR_RESERVE_H_
#define HOOKD_HTTP_DESCRIPTOR_RESERVE_H_

#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hookd {

class DescriptorReserve {
 public:
  // Reserves `wanted` descriptors, but at most half of the limit of the process.
  explicit DescriptorReserve(size_t wanted);
  ~DescriptorReserve();
  DescriptorReserve(const DescriptorReserve&) = delete;
  DescriptorReserve& operator=(const DescriptorReserve&) = delete;

  // Opens a non-blocking, close-on-exec socket, as socket(2) does; returns -1 and sets errno if that fails.
  int Open(int family, int type, int protocol) ABSL_LOCKS_EXCLUDED(mutex_);

  // Closes a socket from Open. Returns the result of close(2).
  int Close(int socket) ABSL_LOCKS_EXCLUDED(mutex_);

  // The number of reserved descriptors that no socket uses.
  size_t free() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Reopens descriptors that other threads took.
  void Refill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int idle_;  // an eventfd without events
  size_t wanted_ = 0;
  mutable absl::Mutex mutex_;
  std::vector<int> free_ ABSL_GUARDED_BY(mutex_);  // copies of idle_
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;        // sockets
};

}  // namespace hookd

#endif  // HOOKD_HTTP_DESCRIPTOR_RESERVE_H_
