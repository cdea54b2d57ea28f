#include "base/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace hookd {

int OpenListener(const sockaddr* address, socklen_t size, int backlog) {
  const int listener = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  const int on = 1, off = 0;
  if (address->sa_family != AF_UNIX) setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address->sa_family == AF_INET6) {
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  if (bind(listener, address, size) == 0 && listen(listener, backlog) == 0) return listener;
  const int error = errno;
  close(listener);
  errno = error;
  return -1;
}

int ListeningPort(int listener) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return address.ss_family == AF_INET ? ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port) : 0;
}

std::vector<int> ListenOnHost(const std::string& host, int port, int backlog) {
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<int> listeners;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    errno = EADDRNOTAVAIL;
    return listeners;
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    sockaddr_storage address = {};
    std::memcpy(&address, each->ai_addr, each->ai_addrlen);
    in_port_t& its_port = each->ai_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                                      : reinterpret_cast<sockaddr_in&>(address).sin_port;
    // All addresses use the port that the first one got.
    its_port = htons(static_cast<in_port_t>(listeners.empty() ? port : ListeningPort(listeners.front())));
    const int listener = OpenListener(reinterpret_cast<const sockaddr*>(&address), each->ai_addrlen, backlog);
    if (listener >= 0) listeners.push_back(listener);
  }
  return listeners;
}

}  // namespace hookd
