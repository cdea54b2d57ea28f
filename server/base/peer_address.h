// The addresses of callers as text. Thread-safe; no state.
#ifndef HOOKD_BASE_PEER_ADDRESS_H_
#define HOOKD_BASE_PEER_ADDRESS_H_

#include <sys/socket.h>

#include <string>

namespace hookd {

// The network of all callers of a Unix socket.
inline constexpr char kSocketFileNetwork[] = "unix";

// Returns the network that limits apply to: an IPv4 address, an IPv6 /64 network, or
// kSocketFileNetwork.
std::string NetworkOfPeer(const sockaddr_storage& peer);

// Returns the address for log lines, as gRPC writes it: "ipv4:192.0.2.1:5000", "ipv6:[2001:db8::1]:5000" or
// "unix:".
std::string PeerText(const sockaddr_storage& peer);

}  // namespace hookd

#endif  // HOOKD_BASE_PEER_ADDRESS_H_
