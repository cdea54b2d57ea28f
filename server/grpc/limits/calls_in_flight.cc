#include "grpc/limits/calls_in_flight.h"

#include <cstring>

namespace hookd {
namespace {

constexpr char kHookdServices[] = "/hookd.";

}  // namespace

class CallsInFlight::Call : public grpc::experimental::Interceptor {
 public:
  explicit Call(CallsInFlight* calls) : calls_(calls) {
    absl::MutexLock lock(&calls_->mutex_);
    ++calls_->count_;
  }
  ~Call() override {
    absl::MutexLock lock(&calls_->mutex_);
    --calls_->count_;
  }
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override { methods->Proceed(); }

 private:
  CallsInFlight* const calls_;
};

class CallsInFlight::CallFactory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallFactory(CallsInFlight* calls) : calls_(calls) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    const bool counts = strncmp(info->method(), kHookdServices, strlen(kHookdServices)) == 0;
    return counts ? new Call(calls_) : nullptr;
  }

 private:
  CallsInFlight* const calls_;
};

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> CallsInFlight::MakeInterceptors() {
  return std::make_unique<CallFactory>(this);
}

void CallsInFlight::AwaitNone(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(
                              +[](int* count) { return *count == 0; }, &count_),
                          timeout);
}

}  // namespace hookd
