// To which addresses requests may go: those of the public Internet, and what an operator allows. It keeps
// other people's URLs out of hookd's own network (server-side request forgery).
//
// What counts is the address that is being connected to, at the moment of connecting: what a name resolved to
// before, or resolves to afterwards (DNS rebinding), is neither asked nor trusted.
//
// An IPv6 address that embeds an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) is denied if
// that is: a gateway may lead there.
//
// Thread-safe: immutable once made.
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
    // Ranges in CIDR notation, or single addresses. What is denied is not reached even if it is allowed, nor
    // through an IPv6 address that embeds it; what is allowed need not be public.
    std::vector<std::string> allow, deny;
    // `443` or `8000-8999`; none: all ports.
    std::vector<std::string> ports;
  };

  // Public addresses alone, on every port.
  EgressGuard() = default;

  // INVALID_ARGUMENT, with a sentence that names what is wrong.
  static absl::StatusOr<EgressGuard> Create(const Options& options);

  // Whether a connection to that IPv4 or IPv6 address and port may be opened; to no other kind.
  bool Allows(const sockaddr* address) const;

  // What can be told from a normalised URL (url.h) before its name is resolved: INVALID_ARGUMENT, with a
  // sentence, if its port, or the address that is its host, is not allowed.
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
