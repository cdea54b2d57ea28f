// The addresses that requests may go to: public ones, and those that the operator allows. It keeps the URLs
// of callers out of hookd's own network (server-side request forgery).
//
// The check applies to the address of each connection at the moment of connecting. Earlier or later results
// of name resolution do not matter, which defeats DNS rebinding.
//
// An IPv6 address that embeds an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) is denied if
// the IPv4 address is denied, because a gateway may forward to it.
//
// Thread-safe: immutable after construction.
#ifndef HOOKD_HTTP_EGRESS_GUARD_H_
#define HOOKD_HTTP_EGRESS_GUARD_H_

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

class EgressGuard {
 public:
  struct Options {
    // CIDR ranges or single addresses. `deny` overrides `allow`, and also denies IPv6 addresses that embed a
    // denied address. Allowed addresses need not be public.
    std::vector<std::string> allow, deny;
    // Such as `443` or `8000-8999`; empty: all ports.
    std::vector<std::string> ports;
  };

  // Allows only public addresses, on every port.
  EgressGuard() = default;

  // Returns INVALID_ARGUMENT, with a sentence that names the invalid value.
  static absl::StatusOr<EgressGuard> Create(const Options& options);

  // Whether a connection to this IPv4 or IPv6 address and port is allowed. Other families are not.
  bool Allows(const sockaddr* address) const;

  // Checks a normalized URL (url.h) before its host name is resolved. Returns INVALID_ARGUMENT, with a
  // sentence, if its port, or a host that is an address, is not allowed.
  absl::Status CheckUrl(const std::string& url) const;

 private:
  // IPv6, or IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2).
  using Address = std::array<uint8_t, 16>;
  struct Range {
    Address first;
    int prefix_length;
    bool Has(const Address& address) const;
  };

  static Address Mapped(const uint8_t* ipv4);
  static absl::StatusOr<Range> ParseRange(absl::string_view text);
  static bool IsPublic(const Address& address);
  static std::vector<Address> Embedded(const Address& address);
  static bool AddressOfHost(std::string host, Address& address);
  bool AllowsAddress(const Address& address) const;
  bool AllowsPort(int port) const;

  std::vector<Range> allow_, deny_;
  std::vector<std::pair<int, int>> ports_;  // first and last
};

}  // namespace hookd

#endif  // HOOKD_HTTP_EGRESS_GUARD_H_
