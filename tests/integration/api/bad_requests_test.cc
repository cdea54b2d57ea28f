// Requests that are wrong are refused in the same words over every transport.
#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAreArray;

struct BadRequest {
  const char* method;
  const char* text;
  std::vector<std::string> fields;
};

const BadRequest kBadRequests[] = {
    {"WebhookService.CreateWebhook",
     "parent: 'projects/P' webhook { }",
     {"webhook.url", "webhook.event_types", "parent"}},
    {"WebhookService.CreateWebhook",
     "parent: 'projects/p' webhook { url: 'http://10.0.0.5/' event_types: EVENT_TYPE_SENT } webhook_id: '-'",
     {"webhook.url", "webhook_id"}},
    {"WebhookService.CreateWebhook",
     "parent: 'projects/p' request_id: 'ä' webhook { url: 'ftp://example.com/' event_types: "
     "EVENT_TYPE_UNSPECIFIED "
     "timeout { seconds: 90 } max_concurrency: 999 retry_policy { max_attempts: -1 multiplier: 99 } "
     "rate_limit { per_second: 1e9 } headers { key: 'host' value: 'x' } headers { key: 'a b' value: 'x' } "
     "basic_auth { username: ':' } client_certificate { certificate_chain: 'x' } signing_secret: 'whsec_' }",
     {"webhook.url", "webhook.event_types[0]", "webhook.timeout", "webhook.max_concurrency",
      "webhook.rate_limit.per_second", "webhook.retry_policy.max_attempts", "webhook.retry_policy.multiplier",
      "webhook.headers[\"a b\"]", "webhook.headers[\"host\"]", "webhook.basic_auth.username",
      "webhook.client_certificate.certificate_chain", "webhook.client_certificate.private_key",
      "webhook.signing_secret", "request_id"}},
    {"WebhookService.GetWebhook", "name: 'projects/p/webhooks/W'", {"name"}},
    {"WebhookService.ListWebhooks",
     "parent: 'projects/p' page_size: -1 page_token: 'nonsense'",
     {"page_size", "page_token"}},
    {"WebhookService.UpdateWebhook",
     "webhook { name: 'projects/p/webhooks/W' url: 'x' } update_mask { paths: ['url', 'colour'] }",
     {"webhook.name", "update_mask", "webhook.url"}},
    {"WebhookService.RotateSigningSecret",
     "name: 'projects/p/webhooks/w' grace_period { seconds: -1 }",
     {"grace_period"}},
    {"EventService.EmitEvent", "parent: 'projects/p'", {"event"}},
    {"EventService.EmitEvent", "parent: 'projects/p' event { }", {"event.type"}},
    {"EventService.EmitEvent",
     "parent: 'projects/_' request_id: ' \\n' event { bounced { bounced_at: -5 "
     "bounce_type: BOUNCE_TYPE_UNSPECIFIED campaign { id { } } } }",
     {"parent", "request_id", "event.bounced.bounced_at", "event.bounced.bounce_type", "event.bounced.user",
      "event.bounced.campaign.id"}},
    {"EventService.EmitEvent",
     "parent: 'projects/p' document: '{\"type\":\"sent\",\"user\":{\"id\":{}},\"sent-at\":1}'",
     {"document.user.id", "document.sent-at"}},
    {"EventService.EmitEvent", "parent: 'projects/p' document: '[]'", {"document"}},
    {"EventService.EmitEvent",
     "parent: 'projects/p' event { user_updated { user { id { number: 1 } } changes_json: '{' } }",
     {"event.user_updated.changes_json"}},
    {"EventService.BatchEmitEvents",
     "parent: 'projects/p' requests { } requests { event { sent { user { email: 'e' } } } validate_only: "
     "true }",
     {"requests[0].event", "requests[1].validate_only"}},
    {"EventService.GetEvent", "name: 'projects/p/events/-'", {"name"}},
    {"DeliveryService.GetDelivery", "name: 'projects/P/deliveries/-'", {"name"}},
    {"DeliveryService.ListDeliveries", "parent: 'projects/p' filter: 'colour = RED'", {"filter"}},
    {"DeliveryService.ListAttempts",
     "parent: 'projects/p/deliveries/-' page_size: -7",
     {"parent", "page_size"}},
    {"DeliveryService.RetryDeliveries",
     "parent: 'projects/p' webhook: 'projects/q/webhooks/w' event_types: EVENT_TYPE_UNSPECIFIED "
     "start_time { seconds: 9 } end_time { seconds: 8 }",
     {"webhook", "end_time", "event_types[0]"}},
    {"TokenService.CreateToken",
     "token_id: 'T' token { projects: 'p' roles: ROLE_UNSPECIFIED expire_time { seconds: 1 } "
     "rate_limit { burst: -1 } }",
     {"token.projects[0]", "token.roles[0]", "token.expire_time", "token.rate_limit.per_second",
      "token.rate_limit.burst", "token_id"}},
    {"TokenService.GetToken", "name: 'tokens/T'", {"name"}},
};

// Requests that JSON cannot express, so that over HTTP the reader refuses them before the rest is checked.
const BadRequest kUnreadableRequests[] = {
    {"WebhookService.CreateWebhook",
     "parent: 'projects/p' webhook { url: 'http://127.0.0.1/' event_types: 99 }",
     {"webhook.event_types[0]"}},
    {"WebhookService.TestWebhook", "name: 'projects/p/webhooks/w' event_type: 99", {"event_type"}},
    {"EventService.EmitEvent",
     "parent: 'projects/p' event { bounced { bounce_type: 77 user { email: 'e' } } }",
     {"event.bounced.bounce_type"}},
    {"TokenService.CreateToken", "token { projects: 'projects/p' roles: 99 }", {"token.roles[0]"}},
};

class BadRequestsTest : public ApiTestBase {
 protected:
  static absl::Status Call(ApiClient& client, const BadRequest& bad) {
    const auto* type = FindApiMethod(bad.method).output_type();
    const std::unique_ptr<google::protobuf::Message> response(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    return client.Call(bad.method, *Request(bad.method, bad.text), response.get());
  }
};

TEST_F(BadRequestsTest, AreRefusedInTheSameWordsOverBothTransports) {
  const auto grpc = MakeClient(Transport::kGrpc);
  const auto http = MakeClient(Transport::kHttp);
  for (const BadRequest& bad : kBadRequests) {
    SCOPED_TRACE(absl::StrCat(bad.method, " ", bad.text));
    const absl::Status over_grpc = Call(*grpc, bad);
    const absl::Status over_http = Call(*http, bad);
    EXPECT_EQ(over_grpc.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(FindFields(over_grpc), UnorderedElementsAreArray(bad.fields));
    EXPECT_EQ(over_http.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(FindViolations(over_http), ElementsAreArray(FindViolations(over_grpc)));
    EXPECT_EQ(std::string(over_http.message()), std::string(over_grpc.message()));
  }
}

TEST_F(BadRequestsTest, ThatJsonCannotExpressAreRefusedByTheSameFields) {
  const auto grpc = MakeClient(Transport::kGrpc);
  const auto http = MakeClient(Transport::kHttp);
  for (const BadRequest& bad : kUnreadableRequests) {
    SCOPED_TRACE(absl::StrCat(bad.method, " ", bad.text));
    EXPECT_THAT(FindFields(Call(*grpc, bad)), ElementsAreArray(bad.fields));
    EXPECT_THAT(FindFields(Call(*http, bad)), ElementsAreArray(bad.fields));
  }
}

}  // namespace
}  // namespace hookd
