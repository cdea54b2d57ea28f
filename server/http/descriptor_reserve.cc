#include "http/descriptor_reserve.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hookd {

DescriptorReserve::DescriptorReserve(size_t wanted) : idle_(eventfd(0, EFD_CLOEXEC)) {
  rlimit limit;
  if (idle_ < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  wanted_ = std::min<size_t>(wanted, limit.rlim_cur / 2);
  const absl::MutexLock lock(&mutex_);
  Refill();
}

DescriptorReserve::~DescriptorReserve() {
  for (const int copy : free_) close(copy);
  if (idle_ >= 0) close(idle_);
}

int DescriptorReserve::Open(int family, int type, int protocol) {
  type |= SOCK_NONBLOCK | SOCK_CLOEXEC;
  const absl::MutexLock lock(&mutex_);
  int opened = -1;
  // Another thread can take the descriptor between close and socket.
  for (int tries = 0; tries < 3 && opened < 0; ++tries) {
    const bool reserved = !free_.empty();
    if (reserved) {
      close(free_.back());
      free_.pop_back();
    }
    opened = socket(family, type, protocol);
    if (opened < 0 && (!reserved || errno != EMFILE)) break;
  }
  if (opened >= 0) ++open_;
  const int error = errno;
  Refill();
  errno = error;
  return opened;
}

void DescriptorReserve::Refill() {
  while (free_.size() + open_ < wanted_) {
    const int copy = fcntl(idle_, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return;
    free_.push_back(copy);
  }
}

int DescriptorReserve::Close(int socket) {
  const absl::MutexLock lock(&mutex_);
  --open_;
  if (free_.size() + open_ >= wanted_) return close(socket);
  // One atomic step, so that no other thread gets the descriptor.
  if (dup3(idle_, socket, O_CLOEXEC) < 0) return close(socket);
  free_.push_back(socket);
  Refill();
  return 0;
}

size_t DescriptorReserve::free() const {
  const absl::MutexLock lock(&mutex_);
  return free_.size();
}

}  // namespace hookd
