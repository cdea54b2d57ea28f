#include "tests/support/health.h"

namespace hookd {

std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  grpc::ClientContext context;
  const grpc::Status status = grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
  if (!status.ok()) return status.error_message();
  return grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status());
}

HealthWatch::HealthWatch(const std::shared_ptr<grpc::Channel>& channel, const std::string& service)
    : stub_(grpc::health::v1::Health::NewStub(channel)) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  reader_ = stub_->Watch(&context_, request);
}

HealthWatch::~HealthWatch() {
  context_.TryCancel();
  grpc::health::v1::HealthCheckResponse rest;
  while (reader_->Read(&rest)) {
  }
  reader_->Finish();
}

std::string HealthWatch::Next() {
  grpc::health::v1::HealthCheckResponse response;
  if (!reader_->Read(&response)) return "the end";
  return grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status());
}

}  // namespace hookd
