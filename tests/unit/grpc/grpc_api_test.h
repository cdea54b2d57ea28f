// A fixture with the API on a real gRPC server in the process, the real engine, a fake store and a fake HTTP
// client. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_GRPC_GRPC_API_TEST_H_
#define HOOKD_TESTS_UNIT_GRPC_GRPC_API_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/api_service.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/client_unary_call.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/unit/api/api_test.h"

namespace hookd {

// The fields that a BadRequest names.
inline std::vector<std::string> FieldsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  std::vector<std::string> fields;
  for (const auto& detail : details.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) fields.push_back(violation.field());
  }
  return fields;
}

class GrpcApiTest : public ApiTest {
 protected:
  GrpcApiTest() {
    grpc::ServerBuilder builder;
    for (const auto& service : services_) builder.RegisterService(service.get());
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel({});
    event_stub_ = v1::EventService::NewStub(channel_);
    webhook_stub_ = v1::WebhookService::NewStub(channel_);
  }
  ~GrpcApiTest() override {
    engine_->Drain(absl::ZeroDuration());
    http_.reset();
    api_.StopStreams();
    server_->Shutdown();
  }

  // A channel to the same server over TCP.
  std::shared_ptr<grpc::Channel> TcpChannel() {
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials());
  }

  grpc::Status GrpcCreate(const v1::CreateWebhookRequest& request, v1::Webhook& webhook) {
    grpc::ClientContext context;
    return webhook_stub_->CreateWebhook(&context, request, &webhook);
  }
  grpc::Status GrpcEmit(const v1::EmitEventRequest& request, v1::EmitEventResponse& response) {
    grpc::ClientContext context;
    return event_stub_->EmitEvent(&context, request, &response);
  }
  grpc::Status GrpcBatchEmit(const v1::BatchEmitEventsRequest& request,
                             v1::BatchEmitEventsResponse& response) {
    grpc::ClientContext context;
    return event_stub_->BatchEmitEvents(&context, request, &response);
  }

  // Calls a method of hookd.v1 with these bytes as its request.
  grpc::Status CallRaw(const std::string& method, const std::string& bytes) {
    const std::string path = "/hookd.v1." + method;
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, channel_);
    grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    return grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer, grpc::ByteBuffer,
                                             grpc::ByteBuffer>(channel_.get(), rpc, &context, request,
                                                               &response);
  }

  const std::vector<std::unique_ptr<ApiService>> services_ = MakeApiServices(api_);
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::EventService::Stub> event_stub_;
  std::unique_ptr<v1::WebhookService::Stub> webhook_stub_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_GRPC_GRPC_API_TEST_H_
