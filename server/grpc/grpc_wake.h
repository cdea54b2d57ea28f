// Keeps callers from waiting for gRPC's threads to wake.
//
// A thread of gRPC 1.51's that had nothing to do for a second sleeps for a tenth of one before it looks again
// (CallbackAlternativeCQ in its completion_queue_cc.cc), and a call that comes while all of them sleep waits
// for the first to wake: on a quiet server one in ten can. A thread that had something to do does not sleep
// within the next second. So one of them, whichever, is given something every tuning::kGrpcWake: a call that
// leads nowhere, fails at once and never leaves the process.
//
// Thread-safe. The clock must outlive it.
#ifndef HOOKD_GRPC_WAKE_H_
#define HOOKD_GRPC_WAKE_H_

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "grpcpp/generic/generic_stub.h"

namespace hookd {

class GrpcWake {
 public:
  // `on_wake`, if set, is called by the thread that was given something, each time, and must not block.
  explicit GrpcWake(Clock* clock, std::function<void()> on_wake = nullptr);
  // Waits for what a thread was given.
  ~GrpcWake();
  GrpcWake(const GrpcWake&) = delete;
  GrpcWake& operator=(const GrpcWake&) = delete;

 private:
  struct Call;

  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  void Woken() ABSL_LOCKS_EXCLUDED(mutex_);

  Clock* const clock_;
  const std::function<void()> on_wake_;
  grpc::GenericStub nowhere_;
  // The last one. It holds the channel, which a thread of gRPC's must not be the last to let go of: gRPC
  // would have that thread wait for itself.
  std::unique_ptr<Call> call_;
  absl::Mutex mutex_;
  bool under_way_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  const std::unique_ptr<Timer> timer_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_WAKE_H_
