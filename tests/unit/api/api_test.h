// A fixture with the API on the real engine, a fake store and a fake HTTP client, called in process. Not
// thread-safe.
#ifndef HOOKD_TESTS_UNIT_API_API_TEST_H_
#define HOOKD_TESTS_UNIT_API_API_TEST_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/api.h"
#include "api/status.h"
#include "delivery/engine.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_store.h"
#include "tests/unit/api/in_process.h"

namespace hookd {

// A complete status as callers get it, serialized.
inline std::string SerializedDetails(const absl::Status& status) {
  google::rpc::Status details;
  ToProto(status, details);
  return details.SerializeAsString();
}

// The detail of that type in a status; an empty message if it has none.
template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  google::rpc::Status details;
  ToProto(status, details);
  Detail found;
  for (const auto& detail : details.details()) {
    if (detail.Is<Detail>()) detail.UnpackTo(&found);
  }
  return found;
}

// The fields that a BadRequest names.
inline std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  for (const auto& violation : bad_request.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    EXPECT_TRUE(engine_->Start().ok());
    tokens_.OnVoid([this] { api_.EndStreamsWithoutToken(); });
  }
  ~ApiTest() override {
    engine_->Drain(absl::ZeroDuration());
    http_.reset();
    api_.StopStreams();
  }

  // Calls `Service/Method` and waits for its response.
  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message& response) {
    return CallInProcess(api_, TestCaller(), method, request, response);
  }

  absl::Status Create(const v1::CreateWebhookRequest& request, v1::Webhook& webhook) {
    return Call("WebhookService/CreateWebhook", request, webhook);
  }
  absl::Status Get(const std::string& name, v1::Webhook& webhook) {
    v1::GetWebhookRequest request;
    request.set_name(name);
    return Call("WebhookService/GetWebhook", request, webhook);
  }
  absl::Status Update(const v1::UpdateWebhookRequest& request, v1::Webhook& webhook) {
    return Call("WebhookService/UpdateWebhook", request, webhook);
  }
  absl::Status Emit(const v1::EmitEventRequest& request, v1::EmitEventResponse& response) {
    return Call("EventService/EmitEvent", request, response);
  }
  absl::Status BatchEmit(const v1::BatchEmitEventsRequest& request, v1::BatchEmitEventsResponse& response) {
    return Call("EventService/BatchEmitEvents", request, response);
  }
  absl::Status List(const v1::ListDeliveriesRequest& request, v1::ListDeliveriesResponse& response) {
    return Call("DeliveryService/ListDeliveries", request, response);
  }

  // A valid request.
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
    const absl::Status status = Create(GoodCreate(id, project), webhook);
    EXPECT_TRUE(status.ok()) << status.message();
    return webhook;
  }
  v1::EmitEventResponse MustEmit(const std::string& project = "p") {
    v1::EmitEventResponse response;
    const absl::Status status = Emit(GoodEmit(project), response);
    EXPECT_TRUE(status.ok()) << status.message();
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
  Tokens tokens_{&store_, &clock_};  // not required, unless a test requires them
  const EgressGuard egress_ =
      *EgressGuard::Create({.allow = {"127.0.0.1"}, .deny = {}, .ports = {"1-65535"}});
  // The parts of a cluster, if a test has one.
  AdminService::NodeLister list_nodes_;
  // What GetServer answers.
  absl::StatusOr<v1::Server> server_ = v1::Server();
  Api api_{{.clock = &clock_,
            .store = &store_,
            .tokens = &tokens_,
            .engine = engine_.get(),
            .egress = &egress_,
            .list_nodes = [this](auto done) { list_nodes_(std::move(done)); },
            .read_server = [this] { return server_; }}};
  Reports reports_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_API_API_TEST_H_
