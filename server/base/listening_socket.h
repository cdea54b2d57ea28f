// Opens listening TCP sockets. Thread-safe; no state.
#ifndef HOOKD_BASE_LISTENING_SOCKET_H_
#define HOOKD_BASE_LISTENING_SOCKET_H_

#include <sys/socket.h>

#include <string>
#include <vector>

namespace hookd {

// Opens a non-blocking, close-on-exec socket that listens on the address, or returns -1 and sets errno. An
// address that was used recently is available; one on which another process listens is not. `::` also accepts
// IPv4. The caller owns the socket.
int OpenListener(const sockaddr* address, socklen_t size, int backlog);

// Returns the port of the socket; 0 if it is not a TCP socket.
int ListeningPort(int listener);

// Listens on `port`, or on a free port if it is 0, of each available address of the host. Returns an empty
// list and sets errno if there is none.
std::vector<int> ListenOnHost(const std::string& host, int port, int backlog);

}  // namespace hookd

#endif  // HOOKD_BASE_LISTENING_SOCKET_H_
