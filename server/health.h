// What grpc.health.v1 answers, for hookd as a whole and for each of its services: SERVING once what waited
// from before has been taken up, as long as the store can be written and requests can be sent, until it
// drains.
//
// Thread-safe. Does not own gRPC's service, which must outlive the last call.
#ifndef HOOKD_HEALTH_H_
#define HOOKD_HEALTH_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/health_check_service_interface.h"

namespace hookd {

class Health {
 public:
  // Services by their full names.
  explicit Health(std::vector<std::string> services) : services_(std::move(services)) {}

  // From now on `grpc` is told. Once.
  void Tell(grpc::HealthCheckServiceInterface* grpc) ABSL_LOCKS_EXCLUDED(mutex_);

  // What waited from before has been taken up.
  void SetRecovered() ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the last write of the store succeeded.
  void SetWritable(bool writable) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the HTTP client can send requests.
  void SetSending(bool sending) ABSL_LOCKS_EXCLUDED(mutex_);

  // It stops, for good.
  void SetDraining() ABSL_LOCKS_EXCLUDED(mutex_);

  bool serving() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool writable() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool sending() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool Serving() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellIt() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::vector<std::string> services_;
  mutable absl::Mutex mutex_;
  grpc::HealthCheckServiceInterface* grpc_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool recovered_ ABSL_GUARDED_BY(mutex_) = false;
  bool writable_ ABSL_GUARDED_BY(mutex_) = true;
  bool sending_ ABSL_GUARDED_BY(mutex_) = true;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_HEALTH_H_
