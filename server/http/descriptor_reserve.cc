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
  while (free_.size() < wanted_) {
    const int copy = fcntl(idle_, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) break;
    free_.push_back(copy);
  }
}

DescriptorReserve::~DescriptorReserve() {
  for (const int copy : free_) close(copy);
  if (idle_ >= 0) close(idle_);
}

int DescriptorReserve::Open(int family, int type, int protocol) {
  type |= SOCK_NONBLOCK | SOCK_CLOEXEC;
  const absl::MutexLock lock(&mutex_);
  while (true) {
    const bool last = free_.empty();
    if (!last) {
      close(free_.back());
      free_.pop_back();
    }
    const int opened = socket(family, type, protocol);
    if (opened >= 0) ++open_;
    // Another thread can have taken the descriptor in between.
    if (opened >= 0 || last || errno != EMFILE) return opened;
  }
}

int DescriptorReserve::Close(int socket) {
  const absl::MutexLock lock(&mutex_);
  --open_;
  if (free_.size() + open_ >= wanted_) return close(socket);
  // In one step, so that no other thread gets the descriptor.
  if (dup3(idle_, socket, O_CLOEXEC) < 0) return close(socket);
  free_.push_back(socket);
  return 0;
}

size_t DescriptorReserve::free() const {
  const absl::MutexLock lock(&mutex_);
  return free_.size();
}

}  // namespace hookd
