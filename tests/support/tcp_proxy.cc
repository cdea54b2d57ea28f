#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace hookd {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

TcpProxy::TcpProxy(int to_port)
    : to_port_(to_port), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, any, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "a proxy's port");
  }
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

TcpProxy::~TcpProxy() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  close(listener_);
  std::vector<std::thread> relays;
  std::vector<int> sockets;
  {
    absl::MutexLock lock(&mutex_);
    relays.swap(relays_);
    sockets.swap(sockets_);
  }
  for (const int each : sockets) shutdown(each, SHUT_RDWR);
  for (std::thread& relay : relays) relay.join();
  for (const int each : sockets) close(each);
}

void TcpProxy::Cut() {
  absl::MutexLock lock(&mutex_);
  cut_ = true;
}

void TcpProxy::Mend() {
  absl::MutexLock lock(&mutex_);
  cut_ = false;
}

void TcpProxy::SetDelay(absl::Duration delay) {
  absl::MutexLock lock(&mutex_);
  delay_ = delay;
}

bool TcpProxy::Passes() {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&ending_), delay_);
  const auto passes_or_ends = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !cut_ || ending_; };
  mutex_.Await(absl::Condition(&passes_or_ends));
  return !ending_;
}

void TcpProxy::Accept() {
  while (true) {
    const int from = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (from < 0) return;
    const int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(to_port_);
    if (connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      close(from);
      close(to);
      continue;
    }
    absl::MutexLock lock(&mutex_);
    sockets_.insert(sockets_.end(), {from, to});
    relays_.emplace_back([this, from, to] { Relay(from, to); });
    relays_.emplace_back([this, from, to] { Relay(to, from); });
  }
}

void TcpProxy::Relay(int from, int to) {
  char bytes[65536];
  while (true) {
    const ssize_t size = recv(from, bytes, sizeof(bytes), 0);
    if (!Passes()) return;
    if (size <= 0) break;
    for (ssize_t sent = 0; sent < size;) {
      const ssize_t more = send(to, bytes + sent, static_cast<size_t>(size - sent), MSG_NOSIGNAL);
      if (more <= 0) break;
      sent += more;
    }
  }
  shutdown(to, SHUT_WR);
}

}  // namespace hookd
