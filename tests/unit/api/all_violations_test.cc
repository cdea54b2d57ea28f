// Requests with several errors, all of which one response reports.
#include <string>

#include "gmock/gmock.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST_F(ApiTest, ListsEveryViolationAtOnce) {
  v1::CreateWebhookRequest request;
  request.set_parent("P");
  request.set_webhook_id("-");
  request.set_request_id("\n");
  request.mutable_webhook()->set_url("ftp://h/");
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_UNSPECIFIED);
  request.mutable_webhook()->set_display_name(std::string(300, 'a'));
  request.mutable_webhook()->mutable_timeout()->set_seconds(-1);
  request.mutable_webhook()->set_max_concurrency(-1);
  request.mutable_webhook()->mutable_rate_limit()->set_burst(-1);
  request.mutable_webhook()->mutable_retry_policy()->mutable_min_backoff();
  request.mutable_webhook()->mutable_retry_policy()->mutable_max_backoff();
  request.mutable_webhook()->mutable_retry_policy()->set_multiplier(-1);
  v1::Webhook webhook;
  const absl::Status status = Create(request, webhook);
  EXPECT_THAT(
      FieldsOf(status),
      UnorderedElementsAre("parent", "webhook_id", "request_id", "webhook.url", "webhook.event_types[0]",
                           "webhook.display_name", "webhook.timeout", "webhook.max_concurrency",
                           "webhook.rate_limit.per_second", "webhook.rate_limit.burst",
                           "webhook.retry_policy.max_attempts", "webhook.retry_policy.min_backoff",
                           "webhook.retry_policy.max_backoff", "webhook.retry_policy.multiplier"));
}

TEST_F(ApiTest, ListsEveryViolationOfHeadersAndCertificatesAtOnce) {
  const std::string too_long(20000, 'a');
  v1::CreateWebhookRequest request = GoodCreate();
  (*request.mutable_webhook()->mutable_headers())["A"] = too_long;
  (*request.mutable_webhook()->mutable_headers())["Host"] = "a";
  request.mutable_webhook()->mutable_client_certificate()->set_certificate_chain("a");
  request.mutable_webhook()->mutable_client_certificate()->set_private_key(too_long);
  v1::Webhook webhook;
  EXPECT_THAT(FieldsOf(Create(request, webhook)),
              UnorderedElementsAre("webhook.headers", R"(webhook.headers["Host"])",
                                   "webhook.client_certificate.certificate_chain",
                                   "webhook.client_certificate.private_key"));
}

TEST_F(ApiTest, ListsEveryViolationOfARetryAtOnce) {
  v1::RetryDeliveriesRequest request;
  request.set_webhook("w");
  request.mutable_start_time()->set_nanos(-1);
  request.mutable_end_time()->set_nanos(-1);
  request.add_event_types(v1::EVENT_TYPE_UNSPECIFIED);
  v1::RetryDeliveriesResponse response;
  const absl::Status status = Call("DeliveryService/RetryDeliveries", request, response);
  EXPECT_THAT(FieldsOf(status),
              UnorderedElementsAre("parent", "webhook", "start_time", "end_time", "event_types[0]"));
}

TEST_F(ApiTest, ABatchListsTheViolationsOfAllItsEvents) {
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  request.add_requests()->mutable_event()->mutable_sent()->set_sent_at(-1);
  *request.add_requests() = GoodEmit();
  request.add_requests();
  v1::BatchEmitEventsResponse response;
  EXPECT_THAT(
      FieldsOf(BatchEmit(request, response)),
      ElementsAre("requests[0].event.sent.user", "requests[0].event.sent.sent_at", "requests[2].event"));
}

}  // namespace
}  // namespace hookd
