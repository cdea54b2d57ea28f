// The addresses of hookd on the command line: for gRPC HOST:PORT, or another address in gRPC's syntax; for
// its web console a URL. Thread-safe; no state.
#ifndef HOOKCTL_SERVER_ADDRESS_H_
#define HOOKCTL_SERVER_ADDRESS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookctl {

// Where to connect to.
struct HostAndPort {
  std::string host;  // a name or an IP address, without brackets
  std::string port;
};

// Returns what is wrong with the address and what to use instead, such as "must be HOST:PORT, without
// https://: use hookd.internal:50051 and --tls"; empty if it is valid.
std::string CheckServerAddress(absl::string_view address);

// Returns the host and port of a valid address; nothing if it has none, such as `unix:/run/hookd`.
std::optional<HostAndPort> SplitServerAddress(absl::string_view address);

// Returns what is wrong with the URL of a console; empty if it is valid: http:// or https://, a host, perhaps
// a port, and perhaps a slash. hookd serves the console at / alone.
std::string CheckConsoleUrl(absl::string_view url);

// Returns where the console of a hookd with that valid address for gRPC is by default: the same host, and the
// default port of --http_listen. Ends with a slash.
std::string DefaultConsoleUrl(absl::string_view server_address, bool tls);

}  // namespace hookctl

#endif  // HOOKCTL_SERVER_ADDRESS_H_
