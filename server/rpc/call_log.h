// Says in the log how calls ended, and counts them: callers that were refused as a warning, all else for
// debugging. A line has the method, the code and where the call came from; never the request, and never the
// message, which may quote it.
//
// Thread-safe.
#ifndef HOOKD_RPC_CALL_LOG_H_
#define HOOKD_RPC_CALL_LOG_H_

#include "grpcpp/support/server_interceptor.h"
#include "metrics/metrics.h"

namespace hookd {

class CallLog : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Must outlive the calls.
  explicit CallLog(Metrics* metrics) : metrics_(metrics) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override;

 private:
  Metrics* const metrics_;
};

}  // namespace hookd

#endif  // HOOKD_RPC_CALL_LOG_H_
