// System calls on TCP sockets.
//
// Thread-safe.
#ifndef HOOKD_HTTP_SOCKET_CALLS_H_
#define HOOKD_HTTP_SOCKET_CALLS_H_

#include <cstdint>

namespace hookd {

// The number of bytes that the socket received, and how many of them were read. 0 if the system does not say.
int64_t ReceivedBytes(int socket);
int64_t ReadBytes(int socket);

// Shuts both directions down and drops the unread data, so that the next read returns the end of the stream.
void ShutDownUnread(int socket);

}  // namespace hookd

#endif  // HOOKD_HTTP_SOCKET_CALLS_H_
