// grpc.health.v1 of a server, without its protos.
#ifndef HOOKD_TESTS_SUPPORT_HEALTH_CHECK_H_
#define HOOKD_TESTS_SUPPORT_HEALTH_CHECK_H_

#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"

namespace hookd {

// What Check answers for a service: SERVING, NOT_SERVING or its error; without one, of all.
std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "");

// A HealthCheckRequest for a service, and the status in a HealthCheckResponse.
grpc::ByteBuffer HealthRequest(const std::string& service);
std::string HealthStatus(const grpc::ByteBuffer& response);

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_HEALTH_CHECK_H_
