// How the gRPC port is guarded: TLS, and whether it may be open to other machines at all. Thread-safe; no
// state.
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
  std::string tls_client_ca_file;  // PEM: callers may show a certificate of these; empty: none is asked for
  bool allow_insecure = false;     // other machines may call without TLS and tokens: somebody said so
};

// INVALID_ARGUMENT, with one sentence for the operator, if the address is none to listen on.
absl::Status CheckAddress(const Listening& listening);

// The address, with the port that was taken in the place of the one that was asked for.
std::string AddressWithPort(const Listening& listening, int port);

// Whether other machines may reach what listens on that address.
bool IsExposed(const std::string& address);

// INVALID_ARGUMENT, with one sentence for the operator, if other machines could call in clear text or without
// a token, and nobody said that they may.
absl::Status CheckExposure(const Listening& listening, bool tokens_required);

// Of clear text if there is no certificate. With one, files that change are read anew within
// limits::kTlsReload. INVALID_ARGUMENT, with one sentence for the operator, if they cannot be read or do not
// belong together.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const Listening& listening);

}  // namespace hookd

#endif  // HOOKD_LISTENING_H_
