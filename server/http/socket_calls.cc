#include "http/socket_calls.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>

namespace hookd {

int64_t ReceivedBytes(int socket) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return static_cast<int64_t>(info.tcpi_bytes_received);
}

int64_t ReadBytes(int socket) {
  // The order matters: bytes that arrive in between must not count as read.
  const int64_t received = ReceivedBytes(socket);
  int unread = 0;
  if (ioctl(socket, SIOCINQ, &unread) != 0) return 0;
  return received - unread;
}

void ShutDownUnread(int socket) {
  shutdown(socket, SHUT_RDWR);
  // More data arrives only until the peer notices.
  std::array<char, 16384> dropped;
  for (int i = 0; i < 64; ++i) {
    if (recv(socket, dropped.data(), dropped.size(), MSG_DONTWAIT) <= 0) return;
  }
}

}  // namespace hookd
