// What the system says of a TCP socket, and does to it.
//
// Thread-safe.
#ifndef HOOKD_HTTP_SOCKET_CALLS_H_
#define HOOKD_HTTP_SOCKET_CALLS_H_

#include <cstdint>

namespace hookd {

// Bytes that came by it; and those of them that were read. 0 if the system does not say.
int64_t ReceivedBytes(int socket);
int64_t ReadBytes(int socket);

// Ends both directions, and drops what can still be read, which may be much. A read of it returns its end.
void ShutDownUnread(int socket);

}  // namespace hookd

#endif  // HOOKD_HTTP_SOCKET_CALLS_H_
