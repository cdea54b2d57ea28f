// The address that hookd serves callers on, its TLS files, and whether other machines may reach it.
// Thread-safe; no state.
#ifndef HOOKD_LISTEN_OPTIONS_H_
#define HOOKD_LISTEN_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "http/tls_files.h"

namespace hookd {

struct ListenOptions {
  std::string address;  // host:port, or unix:path
  TlsFiles tls;
  bool allow_insecure = false;  // allow callers on other machines without TLS or tokens
};

// Returns INVALID_ARGUMENT, with one sentence for the operator, if no server can listen on the address.
absl::Status CheckAddress(const std::string& address);

// The address with the port that was bound instead of the port that was requested.
std::string AddressWithPort(const std::string& address, int port);

// The URL with which a browser on this machine opens what is served over HTTP there, such as
// http://127.0.0.1:50080/; empty for a socket file. Requires: `port` is the bound port.
std::string BrowserUrl(const ListenOptions& options, int port);

// Whether other machines may reach a server on that address.
bool IsExposed(const std::string& address);

// Whether the address is a port that every program on this machine can reach, browsers too, and no other
// machine.
bool IsLoopbackPort(const std::string& address);

// Returns INVALID_ARGUMENT, with one sentence for the operator, if other machines could call in plaintext or
// without a token and `allow_insecure` is false.
absl::Status CheckExposure(const ListenOptions& options, bool tokens_required);

}  // namespace hookd

#endif  // HOOKD_LISTEN_OPTIONS_H_
