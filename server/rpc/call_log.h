// Says in the log how calls ended, and counts them: callers that were refused as a warning, all else for
// debugging. A line has the method, the code and where the call came from; never the request, and never the
// message, which may quote it. Of refused callers at most so many lines a second are written as
// limits::kRefusalsLoggedPerSecond says; the next line tells how many were left out.
//
// Thread-safe.
#ifndef HOOKD_RPC_CALL_LOG_H_
#define HOOKD_RPC_CALL_LOG_H_

#include "base/clock.h"
#include "base/limits.h"
#include "base/line_limiter.h"
#include "grpcpp/support/server_interceptor.h"
#include "metrics/metrics.h"

namespace hookd {

class CallLog : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Must outlive the calls. Neither is owned.
  CallLog(Metrics* metrics, Clock* clock) : metrics_(metrics), clock_(clock) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override;

  // A call ended with that code.
  void Ended(grpc::experimental::ServerRpcInfo& call, grpc::StatusCode code);

 private:
  Metrics* const metrics_;
  Clock* const clock_;
  LineLimiter refusals_{limits::kRefusalsLoggedPerSecond};
};

}  // namespace hookd

#endif  // HOOKD_RPC_CALL_LOG_H_
