#include "tests/support/loopback_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hookd {
namespace {

void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "loopback_socket: %s: %s\n", what, std::strerror(errno));
  std::abort();
}

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;

  const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress ToSocketAddress(const std::string& address, int port) {
  SocketAddress result;
  if (address.find(':') == std::string::npos) {
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    Check(inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1, "reading an address");
    result.size = sizeof(*v4);
  } else {
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    Check(inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1, "reading an address");
    result.size = sizeof(*v6);
  }
  return result;
}

int MakeSocket(const SocketAddress& address) {
  const int made = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  Check(made >= 0, "making a socket");
  return made;
}

}  // namespace

int ListenOn(const std::string& address, int port, int backlog) {
  const int listener = BindTo(address, port);
  Check(listen(listener, backlog) == 0, "listening");
  return listener;
}

int BindTo(const std::string& address, int port) {
  const SocketAddress at = ToSocketAddress(address, port);
  const int made = MakeSocket(at);
  const int on = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  Check(bind(made, at.generic(), at.size) == 0, "binding");
  return made;
}

int PortOf(int descriptor) {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(storage);
  Check(getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) == 0, "asking for the port");
  return ntohs(storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&storage)->sin_port
                                            : reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
}

int BeginConnect(const std::string& address, int port) {
  const SocketAddress to = ToSocketAddress(address, port);
  const int made = MakeSocket(to);
  Check(connect(made, to.generic(), to.size) == 0 || errno == EINPROGRESS, "connecting");
  return made;
}

bool HasAddress(const std::string& address) {
  const SocketAddress at = ToSocketAddress(address, 0);
  const int made = socket(at.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return false;
  const bool has = bind(made, at.generic(), at.size) == 0;
  close(made);
  return has;
}

}  // namespace hookd
