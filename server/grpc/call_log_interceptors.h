// Reports the end of every gRPC call to the call log. Thread-safe; does not block.
#ifndef HOOKD_GRPC_CALL_LOG_INTERCEPTORS_H_
#define HOOKD_GRPC_CALL_LOG_INTERCEPTORS_H_

#include "api/call_log.h"
#include "grpcpp/support/server_interceptor.h"

namespace hookd {

class CallLogInterceptors : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // The log must outlive the calls.
  explicit CallLogInterceptors(CallLog* log) : log_(log) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override;

 private:
  CallLog* const log_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_CALL_LOG_INTERCEPTORS_H_
