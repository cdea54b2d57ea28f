#include "base/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

std::string Text(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size());
}

}  // namespace

std::string NetworkOfPeer(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) return Text(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr);
  if (peer.ss_family != AF_INET6) return kSocketFileNetwork;
  in6_addr address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return Text(AF_INET, &address.s6_addr[12]);
  if (!IN6_IS_ADDR_LOOPBACK(&address)) std::fill(&address.s6_addr[8], &address.s6_addr[16], 0);
  return Text(AF_INET6, &address);
}

std::string PeerText(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(peer);
    return absl::StrCat("ipv4:", Text(AF_INET, &address.sin_addr), ":", ntohs(address.sin_port));
  }
  if (peer.ss_family != AF_INET6) return "unix:";
  const auto& address = reinterpret_cast<const sockaddr_in6&>(peer);
  if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
    return absl::StrCat("ipv4:", Text(AF_INET, &address.sin6_addr.s6_addr[12]), ":",
                        ntohs(address.sin6_port));
  }
  return absl::StrCat("ipv6:[", Text(AF_INET6, &address.sin6_addr), "]:", ntohs(address.sin6_port));
}

}  // namespace hookd
