#include "tests/integration/api/api_test.h"

#include "absl/time/clock.h"
#include "google/protobuf/text_format.h"

namespace hookd {

using google::protobuf::Message;

void ApiTestBase::Start(std::vector<std::string> flags) {
  server_ = ServerProcess::Start(data_.path(), std::move(flags));
  ASSERT_NE(server_, nullptr);
  ASSERT_NE(server_->http_port(), 0);
}

std::unique_ptr<ApiClient> ApiTestBase::MakeClient(Transport transport, const std::string& token) {
  if (server_ == nullptr) Start();
  return transport == Transport::kGrpc ? MakeGrpcApiClient(server_->channel(), token)
                                       : MakeHttpApiClient(server_->http_port(), token);
}

std::unique_ptr<Message> ApiTestBase::Request(absl::string_view method, const std::string& text) {
  const auto* type = FindApiMethod(method).input_type();
  std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get())) << text;
  return request;
}

absl::Status ApiTest::Fail(absl::string_view method, const std::string& text) {
  const auto* type = FindApiMethod(method).output_type();
  const std::unique_ptr<Message> response(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  absl::Status status = Client()->Call(method, *Request(method, text), response.get());
  EXPECT_FALSE(status.ok()) << method << " " << text;
  return status;
}

v1::Webhook ApiTest::CreateWebhook(const std::string& id, const std::string& path, const std::string& more) {
  auto webhook = Call<v1::Webhook>("WebhookService.CreateWebhook",
                                   absl::StrCat("parent: 'projects/p' webhook_id: '", id,
                                                "' webhook { url: '", receiver_.Url(path), "' ", more, "}"));
  EXPECT_TRUE(webhook.ok()) << webhook.status();
  return webhook.value_or(v1::Webhook());
}

v1::Webhook ApiTest::GetWebhook(const std::string& id) {
  auto webhook =
      Call<v1::Webhook>("WebhookService.GetWebhook", absl::StrCat("name: 'projects/p/webhooks/", id, "'"));
  EXPECT_TRUE(webhook.ok()) << webhook.status();
  return webhook.value_or(v1::Webhook());
}

v1::EmitEventResponse ApiTest::Emit(const std::string& email) {
  auto response = Call<v1::EmitEventResponse>(
      "EventService.EmitEvent",
      absl::StrCat("parent: 'projects/p' event { sent { user { email: '", email, "' } } }"));
  EXPECT_TRUE(response.ok()) << response.status();
  return response.value_or(v1::EmitEventResponse());
}

std::vector<v1::Delivery> ApiTest::ListDeliveries(const std::string& filter) {
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_filter(filter);
  const auto response =
      Call<v1::ListDeliveriesResponse>("DeliveryService.ListDeliveries", request.DebugString());
  EXPECT_TRUE(response.ok()) << response.status();
  if (!response.ok()) return {};
  return {response->deliveries().begin(), response->deliveries().end()};
}

std::vector<v1::Delivery> ApiTest::AwaitDeliveries(size_t count, const std::string& filter) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (ListDeliveries(filter).size() != count && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  auto deliveries = ListDeliveries(filter);
  EXPECT_EQ(deliveries.size(), count) << filter;
  return deliveries;
}

}  // namespace hookd
