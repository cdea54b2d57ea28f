// Authorizes calls of the services that gRPC itself serves in addition to the API, if tokens are required:
// reflection is for every caller with a token, channelz for administrators of all projects. Health is open to
// everyone.
//
// Thread-safe; does not block.
#ifndef HOOKD_GRPC_LIMITS_CALLER_GUARD_H_
#define HOOKD_GRPC_LIMITS_CALLER_GUARD_H_

#include "api/caller_access.h"
#include "grpcpp/support/server_interceptor.h"

namespace hookd {

class CallerGuard : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // The objects in `authentication` must outlive the calls.
  explicit CallerGuard(const Authentication& authentication) : authentication_(authentication) {}

  // Returns null for calls that are authorized elsewhere or open.
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override;

 private:
  const Authentication authentication_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_LIMITS_CALLER_GUARD_H_
