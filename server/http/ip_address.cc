#include "http/ip_address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace hookd {

std::optional<IpAddress> IpAddress::Parse(const std::string& text) {
  IpAddress address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes_.data()) == 1) {
    address.family_ = AF_INET;
    return address;
  }
  const size_t zone = text.find('%');
  if (inet_pton(AF_INET6, text.substr(0, zone).c_str(), address.bytes_.data()) != 1) return std::nullopt;
  address.family_ = AF_INET6;
  if (zone != std::string::npos) address.scope_id_ = if_nametoindex(text.substr(zone + 1).c_str());
  return address;
}

IpAddress::IpAddress(const sockaddr* address) : family_(address->sa_family) {
  if (family_ == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, address, sizeof(ipv4));
    std::memcpy(bytes_.data(), &ipv4.sin_addr, sizeof(ipv4.sin_addr));
  } else {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, address, sizeof(ipv6));
    std::memcpy(bytes_.data(), &ipv6.sin6_addr, sizeof(ipv6.sin6_addr));
    scope_id_ = ipv6.sin6_scope_id;
  }
}

std::string IpAddress::ToString(int port) const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family_, bytes_.data(), text, sizeof(text));
  if (family_ == AF_INET) return absl::StrCat(text, ":", port);
  char zone[IF_NAMESIZE] = "";
  const bool has_zone = scope_id_ != 0 && if_indextoname(scope_id_, zone) != nullptr;
  return absl::StrCat("[", text, has_zone ? "%" : "", zone, "]:", port);
}

IpAddress::Socket IpAddress::WithPort(int port) const {
  Socket socket = {};
  if (family_ == AF_INET) {
    sockaddr_in ipv4 = {};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(static_cast<uint16_t>(port));
    std::memcpy(&ipv4.sin_addr, bytes_.data(), sizeof(ipv4.sin_addr));
    socket.size = sizeof(ipv4);
    std::memcpy(&socket.storage, &ipv4, sizeof(ipv4));
  } else {
    sockaddr_in6 ipv6 = {};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(static_cast<uint16_t>(port));
    ipv6.sin6_scope_id = scope_id_;
    std::memcpy(&ipv6.sin6_addr, bytes_.data(), sizeof(ipv6.sin6_addr));
    socket.size = sizeof(ipv6);
    std::memcpy(&socket.storage, &ipv6, sizeof(ipv6));
  }
  return socket;
}

}  // namespace hookd
