// Where hookd listens for callers, and whether it may be open to other machines. Thread-safe; no state.
#ifndef HOOKD_LISTEN_OPTIONS_H_
#define HOOKD_LISTEN_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "grpc/server_credentials.h"

namespace hookd {

struct ListenOptions {
  std::string address;  // host:port, or unix:path
  TlsFiles tls;
  bool allow_insecure = false;  // other machines may call without TLS and tokens, as the operator said
};

// INVALID_ARGUMENT, with one sentence for the operator, if the address is none to listen on.
absl::Status CheckAddress(const std::string& address);

// The address, with the port that was taken in the place of the one that was asked for.
std::string AddressWithPort(const std::string& address, int port);

// Whether other machines may reach what listens on that address.
bool IsExposed(const std::string& address);

// INVALID_ARGUMENT, with one sentence for the operator, if other machines could call in clear text or without
// a token, and the operator has not allowed that.
absl::Status CheckExposure(const ListenOptions& options, bool tokens_required);

}  // namespace hookd

#endif  // HOOKD_LISTEN_OPTIONS_H_
