// Hostile requests: too many events, too large, nested too deeply, and bytes that no stub sends.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/unit/grpc/grpc_api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

TEST_F(GrpcApiTest, ABatchOfTooManyIsRefused) {
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  for (int i = 0; i < 1001; ++i) *request.add_requests() = GoodEmit();
  v1::BatchEmitEventsResponse response;
  EXPECT_THAT(FieldsOf(GrpcBatchEmit(request, response)), ElementsAre("requests"));
  EXPECT_EQ(store_.size(), 0u);
}

TEST_F(GrpcApiTest, AnEventTooLargeAsJsonIsRefused) {
  v1::EmitEventRequest request = GoodEmit();
  request.mutable_event()->mutable_user_created()->mutable_user()->set_email("e");
  auto& properties = *request.mutable_event()->mutable_user_created()->mutable_user()->mutable_properties();
  for (int i = 0; i < 20; ++i) {
    (*properties.mutable_fields())[absl::StrCat("p", i)].set_string_value(std::string(16000, 'a'));
  }
  v1::EmitEventResponse response;
  EXPECT_THAT(FieldsOf(GrpcEmit(request, response)), ElementsAre("event"));
  EXPECT_EQ(store_.size(), 0u);
}

TEST_F(GrpcApiTest, FreeFormDataThatNestsTooDeeplyIsRefusedByItsPath) {
  for (int levels : {17, 30, 200}) {
    v1::EmitEventRequest request = GoodEmit();
    request.mutable_event()->mutable_user_updated()->mutable_user()->set_email("e");
    auto* data = request.mutable_event()->mutable_user_updated()->mutable_changes();
    for (int i = 0; i < levels; ++i) data = (*data->mutable_fields())["a"].mutable_struct_value();
    v1::EmitEventResponse response;
    const grpc::Status status = GrpcEmit(request, response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << levels;
    ASSERT_FALSE(FieldsOf(status).empty()) << levels;
    EXPECT_THAT(FieldsOf(status)[0], ::testing::StartsWith("event.user_updated.changes[\"a\"]")) << levels;
  }
}

TEST_F(GrpcApiTest, AFieldThatIsNotKnownIsRefusedByItsPathAndNumber) {
  v1::EmitEventRequest request = GoodEmit();
  v1::Sent& sent = *request.mutable_event()->mutable_sent();
  sent.GetReflection()->MutableUnknownFields(&sent)->AddVarint(99, 1);
  sent.mutable_user()
      ->GetReflection()
      ->MutableUnknownFields(sent.mutable_user())
      ->AddLengthDelimited(98, "x");
  v1::EmitEventResponse response;
  EXPECT_THAT(FieldsOf(GrpcEmit(request, response)), ElementsAre("event.sent.99", "event.sent.user.98"));
  EXPECT_EQ(store_.size(), 0u);

  v1::BatchEmitEventsRequest batch;
  batch.set_parent("projects/p");
  *batch.add_requests() = GoodEmit();
  *batch.add_requests() = request;
  v1::BatchEmitEventsResponse answers;
  EXPECT_THAT(FieldsOf(GrpcBatchEmit(batch, answers)),
              ElementsAre("requests[1].event.sent.99", "requests[1].event.sent.user.98"));

  v1::CreateWebhookRequest create = GoodCreate();
  create.GetReflection()->MutableUnknownFields(&create)->AddVarint(77, 1);
  v1::Webhook webhook;
  EXPECT_THAT(FieldsOf(GrpcCreate(create, webhook)), ElementsAre("77"));
}

// A message with one field of type bytes, with the number `tag`.
std::string Field(int tag, const std::string& bytes) {
  std::string field(1, static_cast<char>(tag << 3 | 2));
  field += static_cast<char>(bytes.size());
  return field + bytes;
}

TEST_F(GrpcApiTest, AStringThatIsNotUtf8IsRefusedByItsPath) {
  const std::string bad = "\xff\xfe";
  struct Case {
    const char* method;
    std::string bytes;
    const char* field;
  };
  for (const Case& each : {
           Case{"WebhookService/CreateWebhook", Field(1, bad), "parent"},
           Case{"WebhookService/CreateWebhook", Field(2, Field(2, bad)), "webhook.url"},
           Case{"WebhookService/CreateWebhook", Field(2, Field(5, bad)), "webhook.display_name"},
           Case{"WebhookService/GetWebhook", Field(1, bad), "name"},
           Case{"WebhookService/UpdateWebhook", Field(2, Field(1, bad)), "update_mask.paths[0]"},
           Case{"EventService/EmitEvent", Field(3, bad), "request_id"},
           Case{"EventService/EmitEvent", Field(2, Field(11, Field(4, bad))), "event.sent.message_id"},
           Case{"DeliveryService/ListDeliveries", Field(4, bad), "filter"},
           Case{"DeliveryService/RetryDelivery", Field(1, bad), "name"},
           Case{"DeliveryService/RetryDeliveries", Field(2, bad), "webhook"},
       }) {
    const grpc::Status status = CallRaw(each.method, each.bytes);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << each.method << " " << each.field;
    EXPECT_THAT(FieldsOf(status), ElementsAre(each.field)) << each.method;
  }
  EXPECT_EQ(store_.size(), 0u);
}

TEST_F(GrpcApiTest, BytesThatAreNoMessageAreRefused) {
  const grpc::Status status = CallRaw("EventService/EmitEvent", "\x0a\xff\xff\xff");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_FALSE(status.error_message().empty());
}

}  // namespace
}  // namespace hookd
