// Keeps one of gRPC's threads awake, so that callers do not wait for a sleeping thread.
//
// A thread of gRPC 1.51 that had no work for a second sleeps for a tenth of a second before it looks for work
// again (CallbackAlternativeCQ in completion_queue_cc.cc). A call that arrives while all threads sleep waits
// for the first to wake up, which can affect one call in ten on an idle server. A thread that had work does
// not sleep within the next second. So GrpcWake gives one of the threads work every tuning::kGrpcWake: a call
// that fails immediately and never leaves the process. Remove when gRPC >= 1.60, whose callback threads no
// longer sleep.
//
// Thread-safe. Only the destructor blocks. Does not own the clock, which must outlive it.
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
  // `on_wake`, if set, is called by the thread that ends a call, each time, and must not block.
  explicit GrpcWake(Clock* clock, std::function<void()> on_wake = nullptr);
  // Waits for the end of the call in flight.
  ~GrpcWake();
  GrpcWake(const GrpcWake&) = delete;
  GrpcWake& operator=(const GrpcWake&) = delete;

 private:
  struct Call;

  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCallEnd() ABSL_LOCKS_EXCLUDED(mutex_);

  Clock* const clock_;
  const std::function<void()> on_wake_;
  grpc::GenericStub nowhere_;
  // The last call. It owns a reference to the channel, which must not be released last by a thread of gRPC,
  // because gRPC would make that thread wait for itself.
  std::unique_ptr<Call> call_;
  absl::Mutex mutex_;
  bool in_flight_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  const std::unique_ptr<Timer> timer_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_WAKE_H_
