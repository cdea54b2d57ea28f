// TLS for callers. Thread-safe; no state.
#ifndef HOOKD_GRPC_SERVER_CREDENTIALS_H_
#define HOOKD_GRPC_SERVER_CREDENTIALS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"

namespace hookd {

struct TlsFiles {
  std::string cert_file;       // PEM: certificate chain, and key; both or neither
  std::string key_file;        //
  std::string client_ca_file;  // PEM: callers may present a certificate of these; empty: none is asked for
};

// Credentials for clear text if there is no certificate. With one, files that change are read again within
// limits::kTlsReload. INVALID_ARGUMENT, with one sentence for the operator, if they cannot be read or do not
// belong together.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const TlsFiles& files);

}  // namespace hookd

#endif  // HOOKD_GRPC_SERVER_CREDENTIALS_H_
