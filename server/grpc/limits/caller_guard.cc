#include "grpc/limits/caller_guard.h"

#include <grpc/grpc.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "grpc/grpc_caller.h"

namespace hookd {
namespace {

// Refuses a call before its handler is called.
class Guard : public grpc::experimental::Interceptor {
 public:
  Guard(const Authentication& authentication, grpc::experimental::ServerRpcInfo* call)
      : authentication_(authentication), call_(call) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      const absl::Status status = Check();
      if (!status.ok()) {
        // An interceptor of a server cannot answer a call, but can cancel it with a status that the caller
        // gets.
        grpc_call_cancel_with_status(call_->server_context()->c_call(),
                                     static_cast<grpc_status_code>(status.code()),
                                     std::string(status.message()).c_str(), nullptr);
      }
    }
    methods->Proceed();
  }

 private:
  absl::Status Check() const {
    const bool channelz = absl::StartsWith(call_->method(), "/grpc.channelz.");
    const auto access = CallerAccess::Admit(authentication_, GrpcCaller(*call_->server_context()),
                                            channelz ? std::optional(Role::kAdmin) : std::nullopt);
    HOOKD_RETURN_IF_ERROR(access.status());
    return channelz ? access->CheckAllProjects() : absl::OkStatus();
  }

  const Authentication& authentication_;
  grpc::experimental::ServerRpcInfo* const call_;
};

}  // namespace

grpc::experimental::Interceptor* CallerGuard::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* call) {
  const absl::string_view method = call->method();
  if (absl::StartsWith(method, "/hookd.v1.") || absl::StartsWith(method, "/grpc.health.v1.")) return nullptr;
  if (authentication_.tokens == nullptr || !authentication_.tokens->required()) return nullptr;
  return new Guard(authentication_, call);
}

}  // namespace hookd
