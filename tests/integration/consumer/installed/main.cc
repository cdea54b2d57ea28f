// Emits a documented sample through hookd::client to a stand-in for hookd that it starts itself, and reads an
// error.
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

#include "hookd/client.h"
#include "hookd/v1/samples.h"

namespace {

class StandIn : public hookd::v1::EventService::Service {
  grpc::Status EmitEvent(grpc::ServerContext*, const hookd::v1::EmitEventRequest* request,
                         hookd::v1::EmitEventResponse* response) override {
    if (!request->has_event()) return {grpc::StatusCode::INVALID_ARGUMENT, "event: is required"};
    response->set_event(request->parent() + "/events/first");
    return grpc::Status::OK;
  }
};

}  // namespace

int main() {
  StandIn service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();

  hookd::client::Options options;
  options.target = "127.0.0.1:" + std::to_string(port);
  const hookd::client::Client client(options);

  hookd::v1::EmitEventRequest request;
  hookd::v1::EmitEventResponse response;
  request.set_parent("projects/shop");
  request.set_request_id(hookd::client::NewRequestId());
  grpc::ClientContext without_event;
  const auto refused = client.events().EmitEvent(&without_event, request, &response);
  std::cout << hookd::client::Describe(refused) << "\n";
  if (refused.ok()) return 1;

  const std::string sample(hookd::v1::SampleEventJson("bounced"));
  if (!google::protobuf::util::JsonStringToMessage(sample, request.mutable_event()).ok()) return 1;
  grpc::ClientContext context;
  const auto status = client.events().EmitEvent(&context, request, &response);
  std::cout << (status.ok() ? "emitted " + response.event() : hookd::client::Describe(status)) << "\n";
  return response.event() == "projects/shop/events/first" ? 0 : 1;
}
