#include "rpc/call_log.h"

#include <cstdint>
#include <optional>

#include "base/log.h"
#include "grpcpp/server_context.h"

namespace hookd {
namespace {

using grpc::experimental::InterceptionHookPoints;

class Interceptor : public grpc::experimental::Interceptor {
 public:
  Interceptor(grpc::experimental::ServerRpcInfo* call, CallLog* log) : call_(call), log_(log) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      log_->Ended(*call_, methods->GetSendStatus().error_code());
    }
    methods->Proceed();
  }

 private:
  grpc::experimental::ServerRpcInfo* const call_;
  CallLog* const log_;
};

}  // namespace

grpc::experimental::Interceptor* CallLog::CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) {
  return new Interceptor(call, this);
}

void CallLog::Ended(grpc::experimental::ServerRpcInfo& call, grpc::StatusCode code) {
  metrics_->CountCall(code);
  if (code == grpc::StatusCode::UNAUTHENTICATED || code == grpc::StatusCode::PERMISSION_DENIED) {
    const std::optional<int64_t> left_out = refusals_.Take(clock_->Steady());
    if (!left_out.has_value()) return;
    LogWarning("a caller was refused", {{"method", call.method()},
                                        {"code", Metrics::NameOfCode(code)},
                                        {"peer", call.server_context()->peer()},
                                        {"left_out", *left_out}});
  } else if (IsLogged(LogLevel::kDebug)) {
    LogDebug("a call ended", {{"method", call.method()},
                              {"code", Metrics::NameOfCode(code)},
                              {"peer", call.server_context()->peer()}});
  }
}

}  // namespace hookd
