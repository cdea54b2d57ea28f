#include "rpc/peer_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
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

// These are as gRPC names them: URIs, whose brackets are escaped. A scope of IPv6 has none here.
std::string IPv4Name(const void* address, in_port_t port) {
  return absl::StrCat("ipv4:", Numbers(AF_INET, address), ":", ntohs(port));
}

std::string IPv6Name(const in6_addr& address, in_port_t port) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) return IPv4Name(&address.s6_addr[12], port);
  return absl::StrCat("ipv6:%5B", Numbers(AF_INET6, &address), "%5D:", ntohs(port));
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
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    return peer == IPv4Name(&address.sin_addr, address.sin_port);
  }
  if (storage.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
    return peer == IPv6Name(address.sin6_addr, address.sin6_port);
  }
  return false;
}

}  // namespace hookd
