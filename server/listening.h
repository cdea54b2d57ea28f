// The address of the gRPC server, its TLS credentials, and whether other machines may reach it. Thread-safe;
// no state.
#ifndef HOOKD_LISTENING_H_
#define HOOKD_LISTENING_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"

namespace hookd {

struct Listening {
  std::string address;             // host:port, or unix:path
  std::string tls_cert_file;       // PEM: certificate chain and key; both or neither
  std::string tls_key_file;        //
  std::string tls_client_ca_file;  // PEM: CAs of client certificates; empty: none is requested
  bool allow_insecure = false;     // other machines may call without TLS and tokens
};

// Returns INVALID_ARGUMENT, with one sentence for the operator, if the server cannot listen on such an
// address.
absl::Status CheckAddress(const Listening& listening);

// The address with the port that was bound instead of the port that was requested.
std::string AddressWithPort(const Listening& listening, int port);

// Whether other machines may reach a server on that address.
bool IsExposed(const std::string& address);

// Returns INVALID_ARGUMENT, with one sentence for the operator, if other machines could call in plaintext or
// without a token and `allow_insecure` is false.
absl::Status CheckExposure(const Listening& listening, bool tokens_required);

// Returns plaintext credentials if there is no certificate. Otherwise changed files are reloaded within
// limits::kTlsReload. Returns INVALID_ARGUMENT, with one sentence for the operator, if the files cannot be
// read or do not belong together.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const Listening& listening);

}  // namespace hookd

#endif  // HOOKD_LISTENING_H_
