// Sockets on loopback addresses, IPv4 and IPv6. Plain functions; what must not fail ends the test's program.
#ifndef HOOKD_TESTS_SUPPORT_LOOPBACK_SOCKET_H_
#define HOOKD_TESTS_SUPPORT_LOOPBACK_SOCKET_H_

#include <string>

namespace hookd {

// A non-blocking socket that listens on `port` of `address`, or on a free one if `port` is 0, and that port.
int ListenOn(const std::string& address, int port, int backlog);
// Likewise, but does not listen.
int BindTo(const std::string& address, int port);
int PortOf(int descriptor);

// A non-blocking socket that connects to `port` of `address`.
int BeginConnect(const std::string& address, int port);

// Whether this machine has the address, as one without IPv6 has no ::1.
bool HasAddress(const std::string& address);

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_LOOPBACK_SOCKET_H_
