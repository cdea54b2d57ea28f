#include "web/request_reader.h"

#include "api/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "web/routes/router.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RequestReaderTest : public ::testing::Test {
 protected:
  RequestReaderTest() {
    std::vector<const google::protobuf::MethodDescriptor*> methods;
    const google::protobuf::Message* const services[] = {&v1::EmitEventRequest::default_instance(),
                                                         &v1::CreateWebhookRequest::default_instance(),
                                                         &v1::GetDeliveryRequest::default_instance()};
    for (const auto* message : services) {
      const auto* service = message->GetDescriptor()->file()->service(0);
      for (int i = 0; i < service->method_count(); ++i) {
        if (!service->method(i)->client_streaming()) methods.push_back(service->method(i));
      }
    }
    router_ = Router::Create(methods).value();
  }

  // Reads a request for a target.
  absl::Status Read(const std::string& method, const std::string& target, const std::string& body,
                    google::protobuf::Message& request) {
    const size_t mark = target.find('?');
    const RouteMatch match = router_->Match(method, target.substr(0, mark));
    if (match.route == nullptr) return absl::NotFoundError(target);
    const std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
    return ReadRequest({.route = *match.route, .variables = match.variables, .query = query, .body = body},
                       request);
  }

  // The violations of an error, each as "field: description".
  static std::vector<std::string> Violations(const absl::Status& error) {
    google::rpc::Status proto;
    ToProto(error, proto);
    google::rpc::BadRequest bad_request;
    if (proto.details_size() == 0 || !proto.details(0).UnpackTo(&bad_request)) return {};
    std::vector<std::string> violations;
    for (const auto& violation : bad_request.field_violations()) {
      violations.push_back(violation.field() + ": " + violation.description());
    }
    return violations;
  }

  std::unique_ptr<const Router> router_;
};

constexpr char kWebhooks[] = "/v1/projects/p/webhooks";
constexpr char kWebhook[] = "/v1/projects/p/webhooks/w";
constexpr char kEmit[] = "/v1/projects/p/events:emit";
constexpr char kBatch[] = "/v1/projects/p/events:batchEmit";

TEST_F(RequestReaderTest, TakesThePathTheQueryAndTheBody) {
  v1::CreateWebhookRequest request;
  ASSERT_TRUE(Read("POST", std::string(kWebhooks) + "?webhookId=w&validate_only=true&requestId=a%20b",
                   R"({"url":"http://x/","eventTypes":["EVENT_TYPE_SENT"]})", request)
                  .ok());
  v1::CreateWebhookRequest expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "parent: 'projects/p' webhook { url: 'http://x/' event_types: EVENT_TYPE_SENT } webhook_id: 'w' "
      "validate_only: true request_id: 'a b'",
      &expected));
  EXPECT_EQ(request.DebugString(), expected.DebugString());
}

TEST_F(RequestReaderTest, TakesABodyThatIsAFieldThoughItIsEmpty) {
  v1::CreateWebhookRequest request;
  ASSERT_TRUE(Read("POST", kWebhooks, "", request).ok());
  EXPECT_TRUE(request.has_webhook());
}

TEST_F(RequestReaderTest, MayHaveInTheBodyWhatThePathHas) {
  v1::UpdateWebhookRequest request;
  ASSERT_TRUE(Read("PATCH", kWebhook, R"({"name":"projects/p/webhooks/w","displayName":"x"})", request).ok());
  EXPECT_EQ(request.webhook().name(), "projects/p/webhooks/w");
  v1::EmitEventRequest emit;
  EXPECT_TRUE(Read("POST", kEmit, R"({"parent":"projects/p","event":{}})", emit).ok());
}

TEST_F(RequestReaderTest, RefusesABodyThatContradictsThePath) {
  v1::UpdateWebhookRequest request;
  EXPECT_THAT(
      Violations(Read("PATCH", kWebhook, R"({"name":"projects/p/webhooks/v"})", request)),
      ElementsAre("webhook.name: is projects/p/webhooks/v in the body but projects/p/webhooks/w in the "
                  "path; leave it out of the body"));
  v1::EmitEventRequest emit;
  EXPECT_THAT(Violations(Read("POST", kEmit, R"({"parent":"projects/q"})", emit)),
              ElementsAre(HasSubstr("parent: is projects/q")));
}

TEST_F(RequestReaderTest, TakesFromTheQueryWhatTheBodyDoesNotHave) {
  v1::EmitEventRequest emit;
  ASSERT_TRUE(Read("POST", std::string(kEmit) + "?requestId=r&validateOnly=true",
                   R"({"event":{"sent":{"messageId":"m"}}})", emit)
                  .ok());
  EXPECT_EQ(emit.request_id(), "r");
  EXPECT_TRUE(emit.validate_only());
  v1::EmitEventRequest twice;
  EXPECT_THAT(
      Violations(Read("POST", std::string(kEmit) + "?requestId=r", R"({"requestId":"s","event":{}})", twice)),
      ElementsAre(HasSubstr("request_id")));
  v1::UpdateWebhookRequest update;
  EXPECT_THAT(Violations(Read("PATCH", std::string(kWebhook) + "?webhook.url=x", "{}", update)),
              ElementsAre(HasSubstr("webhook.url")));
  v1::GetWebhookRequest get;
  EXPECT_THAT(Violations(Read("GET", std::string(kWebhook) + "?name=projects/p/webhooks/v", "", get)),
              ElementsAre(HasSubstr("name")));
}

TEST_F(RequestReaderTest, IgnoresTheBodyOfAMethodWithoutOne) {
  v1::GetWebhookRequest get;
  EXPECT_TRUE(Read("GET", kWebhook, R"({"name":"other"})", get).ok());
  EXPECT_EQ(get.name(), "projects/p/webhooks/w");
}

TEST_F(RequestReaderTest, NamesTheFieldsOfABodyBelowItsOwn) {
  v1::CreateWebhookRequest request;
  EXPECT_THAT(
      Violations(Read("POST", kWebhooks, R"({"retryPolicy":{"maxAttempts":"x"},"colour":1})", request)),
      UnorderedElementsAre(HasSubstr("webhook.retry_policy.max_attempts:"), HasSubstr("webhook.colour:")));
}

TEST_F(RequestReaderTest, OfAPatchWithoutAMaskWhatTheBodyHasIsTheMask) {
  v1::UpdateWebhookRequest request;
  ASSERT_TRUE(Read("PATCH", kWebhook,
                   R"({"displayName":"","retryPolicy":{"maxAttempts":3},"headers":{"x-api-key":"k"},
                       "rateLimit":null,"eventTypes":["EVENT_TYPE_SENT"],"timeout":"3s"})",
                   request)
                  .ok());
  EXPECT_THAT(request.update_mask().paths(),
              UnorderedElementsAre("display_name", "retry_policy.max_attempts", "headers.`x-api-key`",
                                   "rate_limit", "event_types", "timeout"));
}

TEST_F(RequestReaderTest, OfAPatchWithAMaskTheMaskCounts) {
  v1::UpdateWebhookRequest request;
  ASSERT_TRUE(Read("PATCH", std::string(kWebhook) + "?updateMask=retryPolicy.maxAttempts,displayName",
                   R"({"url":"http://x/"})", request)
                  .ok());
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("retry_policy.max_attempts", "display_name"));
}

TEST_F(RequestReaderTest, OfAnEmptyPatchTheMaskIsEmpty) {
  v1::UpdateWebhookRequest request;
  ASSERT_TRUE(Read("PATCH", kWebhook, "{}", request).ok());
  EXPECT_THAT(request.update_mask().paths(), IsEmpty());
}

TEST_F(RequestReaderTest, TakesADocumentedEvent) {
  const std::string body = R"( {"type":"sent","user":{"id":1.50}})";
  v1::EmitEventRequest request;
  ASSERT_TRUE(Read("POST", std::string(kEmit) + "?requestId=r", body, request).ok());
  EXPECT_EQ(request.document(), body);
  EXPECT_EQ(request.request_id(), "r");
  EXPECT_EQ(request.parent(), "projects/p");
}

TEST_F(RequestReaderTest, ADocumentedEventCannotBeReplacedByTheQuery) {
  v1::EmitEventRequest request;
  EXPECT_THAT(Violations(Read("POST", std::string(kEmit) + "?document=x", R"({"type":"sent"})", request)),
              ElementsAre(HasSubstr("document")));
}

TEST_F(RequestReaderTest, TakesAListOfDocumentedEventsAsABatch) {
  for (const char* target : {kBatch, kEmit}) {  // the handler has chosen the batch method
    v1::BatchEmitEventsRequest request;
    ASSERT_TRUE(Read("POST", std::string(target) + "?requestId=r", R"([{"type":"sent"}, 12])", request).ok());
    EXPECT_EQ(request.parent(), "projects/p");
    EXPECT_EQ(request.request_id(), "r");
    ASSERT_EQ(request.requests_size(), 2);
    EXPECT_EQ(request.requests(0).document(), R"({"type":"sent"})");
    EXPECT_EQ(request.requests(1).document(), "12");
  }
}

TEST_F(RequestReaderTest, ReportsAListThatIsNotJsonWithDetails) {
  v1::BatchEmitEventsRequest request;
  EXPECT_THAT(Violations(Read("POST", kBatch, "[{}", request)),
              ElementsAre(HasSubstr("body: is not valid JSON")));
}

TEST_F(RequestReaderTest, ADocumentIsNoBatch) {
  v1::BatchEmitEventsRequest request;
  EXPECT_THAT(Violations(Read("POST", kBatch, R"({"type":"sent"})", request)),
              ElementsAre(HasSubstr("type:")));
}

TEST_F(RequestReaderTest, TakesTimesMasksAndListsFromTheQuery) {
  v1::WatchDeliveriesRequest watch;
  ASSERT_TRUE(
      Read("GET",
           "/v1/projects/p/deliveries:watch?startTime=2023-11-14T22:13:20.042Z&filter=state%20%3D%20FAILED",
           "", watch)
          .ok());
  EXPECT_EQ(watch.start_time().nanos(), 42'000'000);
  EXPECT_EQ(watch.filter(), "state = FAILED");
  v1::ListDeliveriesRequest list;
  EXPECT_THAT(Violations(Read("GET", "/v1/projects/p/deliveries?pageSize=x&page=2", "", list)),
              UnorderedElementsAre(HasSubstr("page_size:"), HasSubstr("page:")));
}

}  // namespace
}  // namespace hookd
