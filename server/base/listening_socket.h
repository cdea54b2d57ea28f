// TCP sockets that listen. Thread-safe; no state.
#ifndef HOOKD_BASE_LISTENING_SOCKET_H_
#define HOOKD_BASE_LISTENING_SOCKET_H_

#include <sys/socket.h>

#include <string>
#include <vector>

namespace hookd {

// A socket, non-blocking and closed on exec, that listens on the address; -1, and errno, if it cannot be had.
// One that was used a moment ago can be, one that another process listens on cannot. `::` is for IPv4 too.
// The caller's to close.
int OpenListener(const sockaddr* address, socklen_t size, int backlog);

// The port that it listens on; 0 if it is no TCP socket.
int ListeningPort(int listener);

// Listens on `port`, or if that is 0 on one that is free, of each of the host's addresses that can be had.
// Empty, and errno, if none can.
std::vector<int> ListenOnHost(const std::string& host, int port, int backlog);

}  // namespace hookd

#endif  // HOOKD_BASE_LISTENING_SOCKET_H_
