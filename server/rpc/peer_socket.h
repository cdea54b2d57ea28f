// The socket of a caller's connection, which gRPC keeps to itself: found among the process's descriptors by
// its other end.
//
// Thread-safe; no state.
#ifndef HOOKD_RPC_PEER_SOCKET_H_
#define HOOKD_RPC_PEER_SOCKET_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// The descriptor of the TCP connection with `peer`, as grpc::ServerContext::peer() names it; nothing if there
// is none, as there is not of a socket's file. Looks at every descriptor of the process.
std::optional<int> FindPeerSocket(absl::string_view peer);

// Whether that is what `descriptor` is: by now it may be another one's.
bool IsPeerSocket(int descriptor, absl::string_view peer);

}  // namespace hookd

#endif  // HOOKD_RPC_PEER_SOCKET_H_
