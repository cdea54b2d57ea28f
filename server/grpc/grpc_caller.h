// The caller of a gRPC call, identified by its metadata and its TLS certificate.
//
// Not thread-safe, as Caller. Does not own the context.
#ifndef HOOKD_GRPC_GRPC_CALLER_H_
#define HOOKD_GRPC_GRPC_CALLER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "api/caller.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"

namespace hookd {

class GrpcCaller : public Caller {
 public:
  // The context must outlive this object.
  explicit GrpcCaller(const grpc::ServerContextBase& context) : context_(context) {}

  absl::string_view Authorization() const override;
  std::vector<std::string> Identities() const override;
  std::shared_ptr<const TraceContext> Trace() const override;
  std::string Peer() const override { return context_.peer(); }

 private:
  const grpc::ServerContextBase& context_;
};

// Returns Caller::Identities of a connection.
std::vector<std::string> NamesOfCertificate(const grpc::AuthContext& auth);

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_CALLER_H_
