// The three services on a real gRPC server within the process, over the real engine on a fake store and HTTP
// client. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_RPC_SERVICES_H_
#define HOOKD_TESTS_UNIT_RPC_SERVICES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "delivery/engine.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/client_unary_call.h"
#include "gtest/gtest.h"
#include "rpc/delivery_service.h"
#include "rpc/event_service.h"
#include "rpc/token_service.h"
#include "rpc/webhook_service.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_store.h"

namespace hookd {

// The detail of that type in a status; nothing set if it has none.
template <typename Detail>
Detail DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  Detail found;
  for (const auto& detail : details.details()) {
    if (detail.Is<Detail>()) detail.UnpackTo(&found);
  }
  return found;
}

// The fields that a BadRequest names.
inline std::vector<std::string> FieldsOf(const grpc::Status& status) {
  std::vector<std::string> fields;
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  for (const auto& violation : bad_request.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

class ServicesTest : public ::testing::Test {
 protected:
  ServicesTest() {
    EXPECT_TRUE(engine_->Start().ok());
    tokens_.OnVoid([this] {
      feed_.WakeAll();
      event_service_.EndVoidStreams();
    });
    grpc::ServerBuilder builder;
    builder.RegisterService(&token_service_);
    builder.RegisterService(&webhook_service_);
    builder.RegisterService(&event_service_);
    builder.RegisterService(&delivery_service_);
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel({});
    token_stub_ = v1::TokenService::NewStub(channel_);
    webhook_stub_ = v1::WebhookService::NewStub(channel_);
    event_stub_ = v1::EventService::NewStub(channel_);
    delivery_stub_ = v1::DeliveryService::NewStub(channel_);
  }
  ~ServicesTest() override {
    engine_->Drain(absl::ZeroDuration());
    http_.reset();
    event_service_.StopStreams();
    server_->Shutdown();
  }

  // A call of a stub's method: Call(&Stub::GetWebhook, *webhook_stub_, request, response).
  template <typename Stub, typename Request, typename Response>
  static grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                           Stub& stub, const Request& request, Response& response) {
    grpc::ClientContext context;
    return (stub.*method)(&context, request, &response);
  }

  grpc::Status Create(const v1::CreateWebhookRequest& request, v1::Webhook& webhook) {
    return Call(&v1::WebhookService::Stub::CreateWebhook, *webhook_stub_, request, webhook);
  }
  grpc::Status Get(const std::string& name, v1::Webhook& webhook) {
    v1::GetWebhookRequest request;
    request.set_name(name);
    return Call(&v1::WebhookService::Stub::GetWebhook, *webhook_stub_, request, webhook);
  }
  grpc::Status Update(const v1::UpdateWebhookRequest& request, v1::Webhook& webhook) {
    return Call(&v1::WebhookService::Stub::UpdateWebhook, *webhook_stub_, request, webhook);
  }
  grpc::Status Emit(const v1::EmitEventRequest& request, v1::EmitEventResponse& response) {
    return Call(&v1::EventService::Stub::EmitEvent, *event_stub_, request, response);
  }
  grpc::Status BatchEmit(const v1::BatchEmitEventsRequest& request, v1::BatchEmitEventsResponse& response) {
    return Call(&v1::EventService::Stub::BatchEmitEvents, *event_stub_, request, response);
  }
  grpc::Status List(const v1::ListDeliveriesRequest& request, v1::ListDeliveriesResponse& response) {
    return Call(&v1::DeliveryService::Stub::ListDeliveries, *delivery_stub_, request, response);
  }

  // Calls a method of hookd.v1 with bytes.
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

  // A request that is good as it is.
  static v1::CreateWebhookRequest GoodCreate(const std::string& id = "first",
                                             const std::string& project = "p") {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/" + project);
    request.set_webhook_id(id);
    request.mutable_webhook()->set_url("http://127.0.0.1:1/");
    request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
    return request;
  }
  static v1::EmitEventRequest GoodEmit(const std::string& project = "p") {
    v1::EmitEventRequest request;
    request.set_parent("projects/" + project);
    request.mutable_event()->mutable_sent()->set_message_id("m");
    request.mutable_event()->mutable_sent()->mutable_user()->mutable_id()->set_number(1);
    return request;
  }

  // Calls that must succeed.
  v1::Webhook MustCreate(const std::string& id = "first", const std::string& project = "p") {
    v1::Webhook webhook;
    const grpc::Status status = Create(GoodCreate(id, project), webhook);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return webhook;
  }
  v1::EmitEventResponse MustEmit(const std::string& project = "p") {
    v1::EmitEventResponse response;
    const grpc::Status status = Emit(GoodEmit(project), response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  FakeClock clock_;
  Metrics metrics_;
  FakeRandom random_;
  FakeStore store_{&clock_};
  std::unique_ptr<FakeHttpClient> http_ = std::make_unique<FakeHttpClient>();
  std::unique_ptr<Engine> engine_ =
      Engine::Create(
          {.store = &store_, .http = http_.get(), .clock = &clock_, .random = &random_, .metrics = &metrics_})
          .value();
  WebhookTable& table_ = *engine_->table();
  OutcomeFeed& feed_ = *engine_->feed();
  Tokens tokens_{&store_, &clock_};  // nobody asks for one, unless a test does
  const Callers callers_ = {.tokens = &tokens_, .clock = &clock_};
  TokenService token_service_{callers_, &tokens_, &clock_};
  const EgressGuard egress_ =
      *EgressGuard::Create({.allow = {"127.0.0.1"}, .deny = {}, .ports = {"1-65535"}});
  WebhookService webhook_service_{callers_, engine_->webhooks(), engine_->tester(), &egress_, &clock_};
  EventService event_service_{callers_, engine_->acceptor(), &store_};
  DeliveryService delivery_service_{callers_, &store_, engine_->redelivery(), &feed_, &clock_};
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::TokenService::Stub> token_stub_;
  std::unique_ptr<v1::WebhookService::Stub> webhook_stub_;
  std::unique_ptr<v1::EventService::Stub> event_stub_;
  std::unique_ptr<v1::DeliveryService::Stub> delivery_stub_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_RPC_SERVICES_H_
