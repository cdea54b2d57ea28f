// grpc.health.v1 of a server, as load balancers ask for it. A service is given by its full name; without one
// it is the server as a whole.
#ifndef HOOKD_TESTS_SUPPORT_HEALTH_H_
#define HOOKD_TESTS_SUPPORT_HEALTH_H_

#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace hookd {

// What Check answers: SERVING, NOT_SERVING, or its error's message.
std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "");

// Not thread-safe. Its call ends with it.
class HealthWatch {
 public:
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

#endif  // HOOKD_TESTS_SUPPORT_HEALTH_H_
