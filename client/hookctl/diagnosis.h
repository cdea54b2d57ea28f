// Finds out why hookd cannot be reached.
#ifndef HOOKCTL_DIAGNOSIS_H_
#define HOOKCTL_DIAGNOSIS_H_

#include <string>

#include "absl/time/time.h"

namespace hookctl {

// How hookctl connects.
struct Connection {
  std::string server;  // in gRPC's syntax
  bool tls = false;
  std::string roots;  // PEM of the CAs to trust; empty: the system's
};

// Connects to the server, without sending a token or a call, and returns why calls to it fail and what to do,
// such as "it uses TLS; add --tls". Empty if no reason was found: a gRPC server answers there. Blocks for
// `limit` at most, and for the resolution of the name. Thread-safe.
std::string Diagnose(const Connection& connection, absl::Duration limit);

}  // namespace hookctl

#endif  // HOOKCTL_DIAGNOSIS_H_
