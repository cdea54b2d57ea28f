// The TLS credentials of the gRPC server. Thread-safe; no state.
#ifndef HOOKD_GRPC_SERVER_CREDENTIALS_H_
#define HOOKD_GRPC_SERVER_CREDENTIALS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "http/tls_files.h"

namespace hookd {

// Returns plaintext credentials if there is no certificate. Otherwise changed files are reloaded within
// tuning::kTlsReload. Returns INVALID_ARGUMENT, with one sentence for the operator, if the files cannot be
// read or do not belong together.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const TlsFiles& files);

}  // namespace hookd

#endif  // HOOKD_GRPC_SERVER_CREDENTIALS_H_
