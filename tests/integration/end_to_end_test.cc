// The main job on the real server: webhooks over gRPC, events over gRPC, JSON over HTTP.
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/samples.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Duration kPatience = absl::Seconds(30);

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string TypeName(v1::EventType type) {
  std::string name = v1::EventType_Name(type).substr(strlen("EVENT_TYPE_"));
  for (char& c : name) c = static_cast<char>(tolower(c));
  return name;
}

v1::Event SampleEvent(v1::EventType type) {
  v1::Event event;
  const std::string json(v1::SampleEventJson(TypeName(type)));
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &event).ok()) << json;
  return event;
}

// A real hookd on a data directory of its own, and calls that must succeed.
class EndToEndTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart(); }

  void Restart() {
    server_.reset();
    server_ = ServerProcess::Start(data_.path());
    ASSERT_NE(server_, nullptr);
    webhooks_ = v1::WebhookService::NewStub(server_->channel());
    events_ = v1::EventService::NewStub(server_->channel());
    deliveries_ = v1::DeliveryService::NewStub(server_->channel());
  }

  // The name of a new webhook for those types.
  std::string CreateWebhook(const std::string& url, std::vector<v1::EventType> types = {v1::EVENT_TYPE_SENT},
                            absl::Duration timeout = absl::Seconds(5)) {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/p");
    request.mutable_webhook()->set_url(url);
    for (v1::EventType type : types) request.mutable_webhook()->add_event_types(type);
    request.mutable_webhook()->mutable_timeout()->set_seconds(absl::ToInt64Seconds(timeout));
    v1::Webhook webhook;
    grpc::ClientContext context;
    const grpc::Status status = webhooks_->CreateWebhook(&context, request, &webhook);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return webhook.name();
  }

  v1::EmitEventResponse Emit(const v1::Event& event, const std::string& request_id = "") {
    v1::EmitEventRequest request;
    request.set_parent("projects/p");
    *request.mutable_event() = event;
    request.set_request_id(request_id);
    v1::EmitEventResponse response;
    grpc::ClientContext context;
    const grpc::Status status = events_->EmitEvent(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::vector<v1::Delivery> List(const std::string& filter) {
    v1::ListDeliveriesRequest request;
    request.set_parent("projects/p");
    request.set_page_size(1000);
    request.set_filter(filter);
    v1::ListDeliveriesResponse response;
    grpc::ClientContext context;
    const grpc::Status status = deliveries_->ListDeliveries(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.deliveries().begin(), response.deliveries().end()};
  }

  // Waits until an event's only delivery is done, and reads it.
  v1::Delivery Outcome(const std::string& event) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (absl::Now() < deadline) {
      const auto found = List("event = \"" + event + "\"");
      if (found.size() == 1 && found[0].state() != v1::DELIVERY_STATE_PENDING) {
        v1::GetDeliveryRequest request;
        request.set_name(found[0].name());
        v1::Delivery delivery;
        grpc::ClientContext context;
        EXPECT_TRUE(deliveries_->GetDelivery(&context, request, &delivery).ok());
        return delivery;
      }
      absl::SleepFor(absl::Milliseconds(5));
    }
    ADD_FAILURE() << "no outcome of " << event;
    return {};
  }

  TempDir data_;
  HttpReceiver receiver_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<v1::WebhookService::Stub> webhooks_;
  std::unique_ptr<v1::EventService::Stub> events_;
  std::unique_ptr<v1::DeliveryService::Stub> deliveries_;
};

TEST_F(EndToEndTest, EachOfTheTwelveTypesArrivesAsItsGoldenFile) {
  std::vector<v1::EventType> types;
  for (int type = v1::EventType_MIN + 1; v1::EventType_IsValid(type); ++type) {
    types.push_back(static_cast<v1::EventType>(type));
  }
  ASSERT_EQ(types.size(), 12u);
  CreateWebhook(receiver_.Url("/hook"), types);
  for (v1::EventType type : types) {
    const v1::EmitEventResponse emitted = Emit(SampleEvent(type));
    EXPECT_EQ(emitted.webhook_count(), 1);
    const v1::Delivery delivery = Outcome(emitted.event());
    EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_DELIVERED) << delivery.error();
    EXPECT_EQ(delivery.event_type(), type);

    const auto request = receiver_.requests().back();
    EXPECT_EQ(request.body,
              ReadFile(absl::StrCat(HOOKD_SOURCE_DIR, "/tests/payloads/", TypeName(type), ".json")));
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/hook");
    EXPECT_EQ(request.header("Content-Type"), "application/json");
    EXPECT_THAT(request.header("User-Agent"), StartsWith("hookd/"));
    EXPECT_EQ("projects/p/events/" + request.header("Webhook-Id"), emitted.event());
    EXPECT_THAT(request.header("Webhook-Timestamp"), ::testing::MatchesRegex("[0-9]{10}"));
    EXPECT_EQ(request.header("Expect"), "");
  }
}

TEST_F(EndToEndTest, AnEventGoesToTheWebhooksThatWantItAndNoOthers) {
  CreateWebhook(receiver_.Url("/one"), {v1::EVENT_TYPE_SENT, v1::EVENT_TYPE_OPENED});
  CreateWebhook(receiver_.Url("/two"), {v1::EVENT_TYPE_OPENED});
  EXPECT_EQ(Emit(SampleEvent(v1::EVENT_TYPE_OPENED)).webhook_count(), 2);
  EXPECT_EQ(Emit(SampleEvent(v1::EVENT_TYPE_SENT)).webhook_count(), 1);
  EXPECT_EQ(Emit(SampleEvent(v1::EVENT_TYPE_CLICKED)).webhook_count(), 0);
  ASSERT_TRUE(receiver_.WaitForRequests(3, kPatience));
}

TEST_F(EndToEndTest, AFailureIsRecordedWithItsAnswerAndNotSentAgain) {
  receiver_.SetDefault({.status = 500, .body = "database on fire"});
  CreateWebhook(receiver_.Url("/"));
  const v1::Delivery delivery = Outcome(Emit(SampleEvent(v1::EVENT_TYPE_SENT)).event());
  EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_EQ(delivery.response_status(), 500);
  EXPECT_THAT(delivery.error(), HasSubstr("500"));
  ASSERT_EQ(delivery.attempts_size(), 1);
  EXPECT_EQ(delivery.attempts(0).response_body(), "database on fire");
  EXPECT_EQ(receiver_.requests().size(), 1u);
}

TEST_F(EndToEndTest, AnEndpointThatIsNotThereIsSaidToRefuse) {
  std::string url;
  {
    HttpReceiver gone;
    url = gone.Url("/");
  }
  CreateWebhook(url);
  const v1::Delivery delivery = Outcome(Emit(SampleEvent(v1::EVENT_TYPE_SENT)).event());
  EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_EQ(delivery.error(), "could not connect: connection refused");
}

TEST_F(EndToEndTest, AHangingEndpointDoesNotHoldUpAnother) {
  receiver_.Set("/hang", {.hang = true});
  CreateWebhook(receiver_.Url("/hang"), {v1::EVENT_TYPE_OPENED}, absl::Seconds(30));
  CreateWebhook(receiver_.Url("/sound"), {v1::EVENT_TYPE_SENT});
  for (int i = 0; i < 100; ++i) Emit(SampleEvent(v1::EVENT_TYPE_OPENED));
  for (int i = 0; i < 100; ++i) {
    const v1::Delivery delivery = Outcome(Emit(SampleEvent(v1::EVENT_TYPE_SENT)).event());
    ASSERT_EQ(delivery.state(), v1::DELIVERY_STATE_DELIVERED) << delivery.error();
  }
  // All of the hanging one's still wait.
  EXPECT_EQ(List("event_type = OPENED AND state = PENDING").size(), 100u);
}

TEST_F(EndToEndTest, WhatWaitsIsDeliveredAfterARestart) {
  receiver_.SetDefault({.hang = true});
  CreateWebhook(receiver_.Url("/"), {v1::EVENT_TYPE_SENT}, absl::Seconds(30));
  for (int i = 0; i < 50; ++i) Emit(SampleEvent(v1::EVENT_TYPE_SENT));
  server_->Kill();
  receiver_.SetDefault({});
  Restart();
  const absl::Time deadline = absl::Now() + kPatience;
  while (List("state = DELIVERED").size() < 50 && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(List("state = DELIVERED").size(), 50u);
}

TEST_F(EndToEndTest, ARequestIdGivesTheFirstAnswerAgainAfterARestartAndDeliversNothingTwice) {
  CreateWebhook(receiver_.Url("/"));
  const v1::EmitEventResponse first = Emit(SampleEvent(v1::EVENT_TYPE_SENT), "once");
  Outcome(first.event());
  Restart();
  const v1::EmitEventResponse again = Emit(SampleEvent(v1::EVENT_TYPE_SENT), "once");
  EXPECT_EQ(again.event(), first.event());
  EXPECT_EQ(again.webhook_count(), 1);
  const v1::EmitEventResponse other = Emit(SampleEvent(v1::EVENT_TYPE_SENT), "another");
  EXPECT_NE(other.event(), first.event());
  Outcome(other.event());
  EXPECT_EQ(receiver_.requests().size(), 2u);
}

TEST_F(EndToEndTest, DeliveriesThatWaitWhenTheirWebhookIsDisabledAreCanceled) {
  receiver_.SetDefault({.hang = true});
  const std::string name = CreateWebhook(receiver_.Url("/"), {v1::EVENT_TYPE_SENT}, absl::Seconds(30));
  for (int i = 0; i < 40; ++i) Emit(SampleEvent(v1::EVENT_TYPE_SENT));
  constexpr size_t kUnderWay = limits::kFirstConcurrency;
  ASSERT_TRUE(receiver_.WaitForRequests(kUnderWay, kPatience));
  v1::DisableWebhookRequest request;
  request.set_name(name);
  v1::Webhook webhook;
  grpc::ClientContext context;
  ASSERT_TRUE(webhooks_->DisableWebhook(&context, request, &webhook).ok());
  EXPECT_TRUE(webhook.disabled());
  const absl::Time deadline = absl::Now() + kPatience;
  while (List("state = CANCELED").size() < 40 - kUnderWay && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(5));
  const auto canceled = List("state = CANCELED");
  ASSERT_EQ(canceled.size(), 40 - kUnderWay);
  EXPECT_THAT(canceled[0].error(), HasSubstr("disabled"));
  EXPECT_EQ(receiver_.requests().size(), kUnderWay);
}

TEST_F(EndToEndTest, AnEditedWebhookGetsWhatWaitsAtItsNewUrl) {
  receiver_.Set("/old", {.hang = true});
  const std::string name = CreateWebhook(receiver_.Url("/old"), {v1::EVENT_TYPE_SENT}, absl::Seconds(1));
  for (int i = 0; i < 20; ++i) Emit(SampleEvent(v1::EVENT_TYPE_SENT));
  ASSERT_TRUE(receiver_.WaitForRequests(limits::kFirstConcurrency, kPatience));
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(name);
  request.mutable_webhook()->set_url(receiver_.Url("/new"));
  request.mutable_update_mask()->add_paths("url");
  v1::Webhook webhook;
  grpc::ClientContext context;
  ASSERT_TRUE(webhooks_->UpdateWebhook(&context, request, &webhook).ok());
  const absl::Time deadline = absl::Now() + kPatience;
  while (List("state = PENDING").size() > 0 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  int at_new = 0;
  for (const auto& arrived : receiver_.requests()) at_new += arrived.path == "/new" ? 1 : 0;
  EXPECT_EQ(at_new, 20 - limits::kFirstConcurrency);
}

TEST_F(EndToEndTest, ATestReachesADisabledWebhookAndLeavesNoTrace) {
  const std::string name = CreateWebhook(receiver_.Url("/"), {v1::EVENT_TYPE_BOUNCED});
  {
    v1::DisableWebhookRequest request;
    request.set_name(name);
    v1::Webhook webhook;
    grpc::ClientContext context;
    ASSERT_TRUE(webhooks_->DisableWebhook(&context, request, &webhook).ok());
  }
  v1::TestWebhookRequest request;
  request.set_name(name);
  v1::TestWebhookResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(webhooks_->TestWebhook(&context, request, &response).ok());
  EXPECT_TRUE(response.success()) << response.message();
  EXPECT_EQ(response.event_type(), v1::EVENT_TYPE_BOUNCED);
  EXPECT_EQ(response.attempt().response_status(), 200);
  EXPECT_EQ(response.request().body(), ReadFile(HOOKD_SOURCE_DIR "/tests/payloads/bounced.json"));
  EXPECT_EQ(receiver_.requests().back().body, response.request().body());
  EXPECT_TRUE(List("").empty());
}

TEST_F(EndToEndTest, StopsWhenToldToAndLeavesNothingUnderWayUnrecorded) {
  receiver_.SetDefault({.delay = absl::Milliseconds(300)});
  CreateWebhook(receiver_.Url("/"));
  const std::string event = Emit(SampleEvent(v1::EVENT_TYPE_SENT)).event();
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(server_->Stop().exit_code, 0);
  Restart();
  EXPECT_EQ(Outcome(event).state(), v1::DELIVERY_STATE_DELIVERED);
  EXPECT_EQ(receiver_.requests().size(), 1u);
}

}  // namespace
}  // namespace hookd
