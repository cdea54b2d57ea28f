#include "rpc/call_log.h"

#include "base/log.h"
#include "grpcpp/server_context.h"

namespace hookd {
namespace {

using grpc::experimental::InterceptionHookPoints;

class Interceptor : public grpc::experimental::Interceptor {
 public:
  Interceptor(grpc::experimental::ServerRpcInfo* call, Metrics* metrics) : call_(call), metrics_(metrics) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      Ended(methods->GetSendStatus().error_code());
    }
    methods->Proceed();
  }

 private:
  void Ended(grpc::StatusCode code) const {
    metrics_->CountCall(code);
    const bool refused =
        code == grpc::StatusCode::UNAUTHENTICATED || code == grpc::StatusCode::PERMISSION_DENIED;
    const LogLevel level = refused ? LogLevel::kWarning : LogLevel::kDebug;
    if (!IsLogged(level)) return;
    Log(level, refused ? "a caller was refused" : "a call ended",
        {{"method", call_->method()},
         {"code", Metrics::NameOfCode(code)},
         {"peer", call_->server_context()->peer()}});
  }

  grpc::experimental::ServerRpcInfo* const call_;
  Metrics* const metrics_;
};

}  // namespace

grpc::experimental::Interceptor* CallLog::CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) {
  return new Interceptor(call, metrics_);
}

}  // namespace hookd
