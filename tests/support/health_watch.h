// A watch of a server's grpc.health.v1, as load balancers have.
//
// Not thread-safe. Its call ends with it.
#ifndef HOOKD_TESTS_SUPPORT_HEALTH_WATCH_H_
#define HOOKD_TESTS_SUPPORT_HEALTH_WATCH_H_

#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace hookd {

class HealthWatch {
 public:
  // Of a service by its full name, or of the server as a whole.
  explicit HealthWatch(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "");
  ~HealthWatch();

  // Waits for the next status, such as "SERVING"; "the end" when the stream has ended.
  std::string Next();

 private:
  std::unique_ptr<grpc::health::v1::Health::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<grpc::health::v1::HealthCheckResponse>> reader_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_HEALTH_WATCH_H_
