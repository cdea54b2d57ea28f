#include "tests/support/black_hole.h"

#include <poll.h>
#include <unistd.h>

#include "tests/support/loopback_socket.h"

namespace hookd {
namespace {

// Within this a connection on loopback is established, or its SYN was dropped: the kernel repeats a SYN after
// one second.
constexpr int kEstablishedMilliseconds = 200;

}  // namespace

BlackHole::BlackHole(const std::string& address, int port)
    : listener_(ListenOn(address, port, 0)), port_(PortOf(listener_)) {
  while (true) {
    fillers_.push_back(BeginConnect(address, port_));
    pollfd waited = {fillers_.back(), POLLOUT, 0};
    if (poll(&waited, 1, kEstablishedMilliseconds) == 0) return;
  }
}

BlackHole::~BlackHole() {
  for (const int filler : fillers_) close(filler);
  close(listener_);
}

}  // namespace hookd
