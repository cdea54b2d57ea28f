#include "grpc/call_log_interceptors.h"

#include "grpc/grpc_caller.h"
#include "grpcpp/server_context.h"

namespace hookd {
namespace {

using grpc::experimental::InterceptionHookPoints;

class Interceptor : public grpc::experimental::Interceptor {
 public:
  Interceptor(grpc::experimental::ServerRpcInfo* call, CallLog* log) : call_(call), log_(log) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      log_->Ended(call_->method(), methods->GetSendStatus().error_code(),
                  GrpcCaller(*call_->server_context()));
    }
    methods->Proceed();
  }

 private:
  grpc::experimental::ServerRpcInfo* const call_;
  CallLog* const log_;
};

}  // namespace

grpc::experimental::Interceptor* CallLogInterceptors::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* call) {
  return new Interceptor(call, log_);
}

}  // namespace hookd
