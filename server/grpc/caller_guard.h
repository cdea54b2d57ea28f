// Guards what gRPC itself serves beside the API, reflection and channelz, where tokens are required:
// reflection is for every caller with a token, channelz for administrators of all projects. Health is open.
//
// Thread-safe.
#ifndef HOOKD_GRPC_CALLER_GUARD_H_
#define HOOKD_GRPC_CALLER_GUARD_H_

#include "api/caller_access.h"
#include "grpcpp/support/server_interceptor.h"

namespace hookd {

class CallerGuard : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // What it points to must outlive the calls.
  explicit CallerGuard(const Authentication& authentication) : authentication_(authentication) {}

  // Null for calls that are guarded elsewhere, or open.
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override;

 private:
  const Authentication authentication_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_CALLER_GUARD_H_
