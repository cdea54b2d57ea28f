#include "rpc/peer_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

std::string Numbers(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size());
}

// As gRPC names it: a URI, whose brackets are escaped. A scope of IPv6 has none here.
std::string PeerName(const sockaddr_in& address) {
  return absl::StrCat("ipv4:", Numbers(AF_INET, &address.sin_addr), ":", ntohs(address.sin_port));
}

std::string PeerName(const sockaddr_in6& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
    sockaddr_in mapped{};
    mapped.sin_port = address.sin6_port;
    std::memcpy(&mapped.sin_addr, &address.sin6_addr.s6_addr[12], sizeof(mapped.sin_addr));
    return PeerName(mapped);
  }
  return absl::StrCat("ipv6:%5B", Numbers(AF_INET6, &address.sin6_addr), "%5D:", ntohs(address.sin6_port));
}

}  // namespace

std::optional<int> FindPeerSocket(absl::string_view peer) {
  if (!absl::StartsWith(peer, "ipv")) return std::nullopt;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    int descriptor;
    if (absl::SimpleAtoi(entry->path().filename().string(), &descriptor) && IsPeerSocket(descriptor, peer)) {
      return descriptor;
    }
  }
  return std::nullopt;
}

bool IsPeerSocket(int descriptor, absl::string_view peer) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return false;
  if (storage.ss_family == AF_INET) return peer == PeerName(reinterpret_cast<const sockaddr_in&>(storage));
  if (storage.ss_family == AF_INET6) return peer == PeerName(reinterpret_cast<const sockaddr_in6&>(storage));
  return false;
}

}  // namespace hookd
