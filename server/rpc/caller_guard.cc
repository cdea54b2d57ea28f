#include "rpc/caller_guard.h"

#include <grpc/grpc.h>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace hookd {
namespace {

// Refuses a call before its handler sees any of it.
class Guard : public grpc::experimental::Interceptor {
 public:
  Guard(const Callers& callers, grpc::experimental::ServerRpcInfo* call) : callers_(callers), call_(call) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      const grpc::Status status = Check();
      if (!status.ok()) {
        // A server's interceptor cannot answer; of all statuses a call can end with, the caller gets this
        // one.
        grpc_call_cancel_with_status(call_->server_context()->c_call(),
                                     static_cast<grpc_status_code>(status.error_code()),
                                     status.error_message().c_str(), nullptr);
      }
    }
    methods->Proceed();
  }

 private:
  grpc::Status Check() const {
    CallerAccess access;
    const bool channelz = absl::StartsWith(call_->method(), "/grpc.channelz.");
    const grpc::Status status = CallerAccess::Admit(
        callers_, *call_->server_context(), channelz ? std::optional(Role::kAdmin) : std::nullopt, access);
    return status.ok() && channelz ? access.CheckAllProjects() : status;
  }

  const Callers& callers_;
  grpc::experimental::ServerRpcInfo* const call_;
};

}  // namespace

grpc::experimental::Interceptor* CallerGuard::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* call) {
  const absl::string_view method = call->method();
  if (absl::StartsWith(method, "/hookd.v1.") || absl::StartsWith(method, "/grpc.health.v1.")) return nullptr;
  if (callers_.tokens == nullptr || !callers_.tokens->required()) return nullptr;
  return new Guard(callers_, call);
}

}  // namespace hookd
