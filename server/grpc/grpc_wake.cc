#include "grpc/grpc_wake.h"

#include <utility>

#include "base/tuning.h"
#include "grpcpp/grpcpp.h"

namespace hookd {

struct GrpcWake::Call {
  grpc::ClientContext context;
  grpc::Slice nothing;
  grpc::ByteBuffer request{&nothing, 1};
  grpc::ByteBuffer response;
};

GrpcWake::GrpcWake(Clock* clock, std::function<void()> on_wake)
    : clock_(clock),
      on_wake_(std::move(on_wake)),
      // Every call on a channel without credentials fails.
      nowhere_(grpc::CreateChannel("", nullptr)),
      timer_(clock->NewTimer([this] { Wake(); })) {
  timer_->Set(clock_->Steady() + tuning::kGrpcWake);
}

GrpcWake::~GrpcWake() {
  const auto over = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !in_flight_; };
  absl::MutexLock lock(&mutex_);
  ending_ = true;
  mutex_.Await(absl::Condition(&over));
}

void GrpcWake::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_) return;
    in_flight_ = true;
  }
  call_ = std::make_unique<Call>();
  nowhere_.UnaryCall(&call_->context, "/nowhere", grpc::StubOptions(), &call_->request, &call_->response,
                     [this](const grpc::Status&) { OnCallEnd(); });
}

void GrpcWake::OnCallEnd() {
  if (on_wake_) on_wake_();
  absl::MutexLock lock(&mutex_);
  timer_->Set(clock_->Steady() + tuning::kGrpcWake);
  in_flight_ = false;
}

}  // namespace hookd
