// Counts the calls in flight of hookd's own services, so that a shutdown knows when no caller waits any more.
// Health watches and reflection do not count, because they last as long as their callers want.
//
// Thread-safe. Must outlive the server that uses its interceptors.
#ifndef HOOKD_GRPC_LIMITS_CALLS_IN_FLIGHT_H_
#define HOOKD_GRPC_LIMITS_CALLS_IN_FLIGHT_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/support/server_interceptor.h"

namespace hookd {

class CallsInFlight {
 public:
  // For grpc::ServerBuilder. gRPC creates one interceptor per call and destroys it at the end of the call.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeInterceptors();

  // Blocks until no call is in flight, for `timeout` at most.
  void AwaitNone(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Call;
  class CallFactory;

  absl::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_LIMITS_CALLS_IN_FLIGHT_H_
