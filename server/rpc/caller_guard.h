// Guards what gRPC itself serves beside hookd's methods, reflection and channelz, where callers have to show
// a token: the first is for all who have one, the second for administrators of all projects. Health is open.
//
// Thread-safe.
#ifndef HOOKD_RPC_CALLER_GUARD_H_
#define HOOKD_RPC_CALLER_GUARD_H_

#include "grpcpp/support/server_interceptor.h"
#include "rpc/caller_access.h"

namespace hookd {

class CallerGuard : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // What it points to must outlive the calls.
  explicit CallerGuard(const Callers& callers) : callers_(callers) {}

  // Null for calls that are guarded elsewhere, or open.
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override;

 private:
  const Callers callers_;
};

}  // namespace hookd

#endif  // HOOKD_RPC_CALLER_GUARD_H_
