// How many calls of hookd's own services are in flight, so that a server that stops knows when nobody waits
// for it any more. Health watches and reflection do not count: they last as long as their callers like.
//
// Thread-safe. Must outlive the server that has its interceptors.
#ifndef HOOKD_GRPC_CALLS_IN_FLIGHT_H_
#define HOOKD_GRPC_CALLS_IN_FLIGHT_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/support/server_interceptor.h"

namespace hookd {

class CallsInFlight {
 public:
  // For grpc::ServerBuilder: gRPC makes one interceptor a call, and destroys it when the call is over.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeInterceptors();

  // Waits until there are none, or for `timeout`.
  void AwaitNone(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Call;
  class Calls;

  absl::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_CALLS_IN_FLIGHT_H_
