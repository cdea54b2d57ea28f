// Parses addresses to listen on. Thread-safe; no state.
#ifndef HOOKD_BASE_HOST_AND_PORT_H_
#define HOOKD_BASE_HOST_AND_PORT_H_

#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace hookd {

struct HostAndPort {
  std::string host;  // an IPv6 address without its brackets
  int port = 0;
};

// Parses one host and a port from 0 to 65535, such as "127.0.0.1:50051" or "[::1]:0"; nothing if the address
// has another form. Libraries interpret other forms differently: they cut the port to 16 bits, use 443 for a
// missing port, or all hosts for a missing host.
inline std::optional<HostAndPort> ParseHostAndPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos || colon == 0 ||
      address.find_first_of(", ") != absl::string_view::npos) {
    return std::nullopt;
  }
  HostAndPort parsed;
  absl::string_view host = address.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  parsed.host = std::string(host);
  if (!absl::SimpleAtoi(address.substr(colon + 1), &parsed.port)) return std::nullopt;
  if (parsed.port < 0 || parsed.port > 65535) return std::nullopt;
  return parsed;
}

}  // namespace hookd

#endif  // HOOKD_BASE_HOST_AND_PORT_H_
