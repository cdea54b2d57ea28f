// Descriptors that are kept for requests, so that callers who take all others cannot stop deliveries.
//
// It opens so many descriptors of one idle file at the start. A socket takes the place of one of them, and
// gives it back when it is closed, so that their number never shrinks for long. Past the reserve, sockets are
// opened while the system has descriptors left.
//
// Thread-safe. Must outlive the sockets that were opened by it.
#ifndef HOOKD_HTTP_DESCRIPTOR_RESERVE_H_
#define HOOKD_HTTP_DESCRIPTOR_RESERVE_H_

#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hookd {

class DescriptorReserve {
 public:
  // Reserves `wanted` descriptors, or half of those that the process may have, if that is less.
  explicit DescriptorReserve(size_t wanted);
  ~DescriptorReserve();
  DescriptorReserve(const DescriptorReserve&) = delete;
  DescriptorReserve& operator=(const DescriptorReserve&) = delete;

  // A socket that does not block and is not inherited, as socket(2); -1, with errno, if there is none.
  int Open(int family, int type, int protocol) ABSL_LOCKS_EXCLUDED(mutex_);

  // Closes a socket that Open gave. Returns what close(2) does.
  int Close(int socket) ABSL_LOCKS_EXCLUDED(mutex_);

  // Descriptors of the reserve that no socket has taken.
  size_t free() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Makes up for what others took.
  void Refill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int idle_;  // an eventfd that nothing happens to
  size_t wanted_ = 0;
  mutable absl::Mutex mutex_;
  std::vector<int> free_ ABSL_GUARDED_BY(mutex_);  // copies of idle_
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;        // sockets
};

}  // namespace hookd

#endif  // HOOKD_HTTP_DESCRIPTOR_RESERVE_H_
