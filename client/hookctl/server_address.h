// The address of hookd on the command line: HOST:PORT, or another address in gRPC's syntax. Thread-safe; no
// state.
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

}  // namespace hookctl

#endif  // HOOKCTL_SERVER_ADDRESS_H_
