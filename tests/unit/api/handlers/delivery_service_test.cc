#include "api/handlers/delivery_service.h"

#include "absl/strings/str_cat.h"
#include "api/conversion/event_content.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeliveryServiceTest : public ApiTest {
 protected:
  std::vector<v1::Delivery> ListWith(const std::string& filter) {
    v1::ListDeliveriesRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    v1::ListDeliveriesResponse response;
    const absl::Status status = List(request, response);
    EXPECT_TRUE(status.ok()) << status.message();
    return {response.deliveries().begin(), response.deliveries().end()};
  }
  absl::Status Retry(const std::string& name, v1::Delivery& delivery) {
    v1::RetryDeliveryRequest request;
    request.set_name(name);
    return Call("DeliveryService/RetryDelivery", request, delivery);
  }
  absl::Status RetryAll(const v1::RetryDeliveriesRequest& request, v1::RetryDeliveriesResponse& response) {
    return Call("DeliveryService/RetryDeliveries", request, response);
  }
  // Selects all deliveries of webhook `first`.
  static v1::RetryDeliveriesRequest GoodRetryAll() {
    v1::RetryDeliveriesRequest request;
    request.set_parent("projects/p");
    request.set_webhook("projects/p/webhooks/first");
    return request;
  }
  void AnswerAllWith(int status) {
    HttpResult result;
    result.status = status;
    while (http_->AnswerNext(result)) {
    }
  }
};

TEST_F(DeliveryServiceTest, ADeliveryIsReadWithItsAttempts) {
  MustCreate();
  const v1::EmitEventResponse emitted = MustEmit();
  HttpResult result;
  result.status = 500;
  result.body = "oops";
  result.first_byte = absl::Microseconds(1500);
  result.headers = {{"X-Name", "caf\xe9"}, {"Via", "a"}};
  http_->AnswerNext(result);
  v1::GetDeliveryRequest request;
  request.set_name(ListWith("").at(0).name());
  v1::Delivery delivery;
  ASSERT_TRUE(Call("DeliveryService/GetDelivery", request, delivery).ok());
  EXPECT_EQ(delivery.event(), emitted.event());
  EXPECT_EQ(delivery.webhook(), "projects/p/webhooks/first");
  EXPECT_EQ(delivery.event_type(), v1::EVENT_TYPE_SENT);
  EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_EQ(delivery.create_time().seconds(), emitted.emit_time().seconds());
  EXPECT_EQ(delivery.attempt_count(), 1);
  EXPECT_EQ(delivery.response_status(), 500);
  ASSERT_THAT(delivery.attempts(), SizeIs(1));
  EXPECT_EQ(delivery.attempts(0).response_body(), "oops");
  EXPECT_EQ(delivery.attempts(0).first_byte_duration().nanos(), 1'500'000);
  EXPECT_FALSE(delivery.has_next_attempt_time());
  ASSERT_THAT(delivery.attempts(0).response_headers(), SizeIs(2));
  EXPECT_EQ(delivery.attempts(0).response_headers(0).name(), "X-Name");
  EXPECT_EQ(delivery.attempts(0).response_headers(0).value(), "caf\xef\xbf\xbd");
  EXPECT_EQ(delivery.attempts(0).response_headers(1).value(), "a");
  ASSERT_FALSE(delivery.attempts(0).request_headers().empty());
  EXPECT_EQ(delivery.attempts(0).request_headers(0).name(), "Content-Type");
  EXPECT_EQ(delivery.attempts(0).request_headers(0).value(), "application/json");
}

TEST_F(DeliveryServiceTest, ADeliveryIsReadWithWhatWasSentAndWhere) {
  const std::string url = MustCreate().url();
  MustEmit();
  const std::string sent = *http_->waiting().at(0).body;
  HttpResult result;
  result.status = 503;
  result.remote_address = "203.0.113.7:443";
  result.http_version = "2";
  result.retry_after = absl::Seconds(30);
  http_->AnswerNext(result);
  v1::GetDeliveryRequest request;
  request.set_name(ListWith("").at(0).name());
  EXPECT_EQ(ListWith("").at(0).request_body(), "");
  v1::Delivery delivery;
  ASSERT_TRUE(Call("DeliveryService/GetDelivery", request, delivery).ok());
  EXPECT_EQ(delivery.request_body(), sent);
  EXPECT_EQ(delivery.error_class(), v1::ERROR_CLASS_STATUS);
  const v1::Attempt& attempt = delivery.attempts(0);
  EXPECT_EQ(attempt.url(), url);
  EXPECT_EQ(attempt.remote_address(), "203.0.113.7:443");
  EXPECT_EQ(attempt.http_version(), "2");
  EXPECT_EQ(attempt.trigger(), v1::ATTEMPT_TRIGGER_AUTOMATIC);
  EXPECT_EQ(attempt.node(), "nodes/only");
  EXPECT_EQ(attempt.retry_after().seconds(), 30);
  EXPECT_EQ(attempt.error_class(), v1::ERROR_CLASS_STATUS);
}

TEST_F(DeliveryServiceTest, ASuccessHasNoErrorClassAndNoPause) {
  MustCreate();
  MustEmit();
  AnswerAllWith(200);
  v1::GetDeliveryRequest request;
  request.set_name(ListWith("").at(0).name());
  v1::Delivery delivery;
  ASSERT_TRUE(Call("DeliveryService/GetDelivery", request, delivery).ok());
  EXPECT_EQ(delivery.error_class(), v1::ERROR_CLASS_UNSPECIFIED);
  EXPECT_EQ(delivery.attempts(0).error_class(), v1::ERROR_CLASS_UNSPECIFIED);
  EXPECT_FALSE(delivery.attempts(0).has_retry_after());
}

TEST_F(DeliveryServiceTest, OfManyAttemptsTheFirstAndTheNewestAreReadAndAllArePaged) {
  v1::CreateWebhookRequest create = GoodCreate();
  create.mutable_webhook()->mutable_retry_policy()->set_max_attempts(1000);
  v1::Webhook webhook;
  create.mutable_webhook()->set_url("http://127.0.0.1:1/" + std::string(2000, 'u'));
  ASSERT_TRUE(Create(create, webhook).ok());
  MustEmit();
  HttpResult result;
  result.status = 500;
  result.body = std::string(limits::kMaxResponseBodyBytes, 'x');
  result.headers = {{"X-Long", std::string(4000, 'y')}};
  v1::GetDeliveryRequest request;
  request.set_name(ListWith("").at(0).name());
  v1::Delivery delivery;
  constexpr int kAttempts = 450;
  while (delivery.attempt_count() < kAttempts) {
    ASSERT_TRUE(http_->AnswerNext(result));
    clock_.Advance(absl::Hours(1));
    delivery.Clear();
    ASSERT_TRUE(Call("DeliveryService/GetDelivery", request, delivery).ok());
  }
  EXPECT_LT(delivery.ByteSizeLong() + limits::kMaxPayloadBytes, size_t{4} << 20);
  ASSERT_THAT(delivery.attempts(), SizeIs(100));
  EXPECT_EQ(delivery.attempts(0).number(), 1);
  EXPECT_EQ(delivery.attempts(1).number(), kAttempts - 98);
  EXPECT_EQ(delivery.attempts(99).number(), kAttempts);

  v1::ListAttemptsRequest list;
  list.set_parent(request.name());
  list.set_page_size(1000);
  int read = 0, pages = 0;
  do {
    v1::ListAttemptsResponse page;
    ASSERT_TRUE(Call("DeliveryService/ListAttempts", list, page).ok());
    for (const v1::Attempt& attempt : page.attempts()) EXPECT_EQ(attempt.number(), ++read);
    EXPECT_LT(page.ByteSizeLong(), size_t{4} << 20);
    list.set_page_token(page.next_page_token());
    ++pages;
  } while (!list.page_token().empty());
  EXPECT_EQ(read, kAttempts);
  EXPECT_EQ(pages, 2);
}

TEST_F(DeliveryServiceTest, ADeliveryThatIsTriedAgainTellsWhen) {
  v1::CreateWebhookRequest request = GoodCreate();
  request.mutable_webhook()->mutable_retry_policy()->set_max_attempts(2);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(request, webhook).ok());
  MustEmit();
  EXPECT_FALSE(ListWith("").at(0).has_next_attempt_time());
  AnswerAllWith(500);
  const v1::Delivery delivery = ListWith("").at(0);
  EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_PENDING);
  EXPECT_GE(delivery.next_attempt_time().seconds(), absl::ToUnixSeconds(clock_.Steady()));
  EXPECT_LE(delivery.next_attempt_time().seconds(), absl::ToUnixSeconds(clock_.Steady()) + 5);
}

TEST_F(DeliveryServiceTest, OneIsRetriedAndAnsweredAsItStandsThen) {
  MustCreate();
  MustEmit();
  AnswerAllWith(500);
  v1::Delivery delivery;
  const absl::Status status = Retry(ListWith("").at(0).name(), delivery);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(delivery.name(), ListWith("").at(0).name());
  EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_PENDING);
  EXPECT_EQ(delivery.attempt_count(), 1);
  EXPECT_TRUE(delivery.has_next_attempt_time());
  AnswerAllWith(200);
  EXPECT_EQ(ListWith("").at(0).state(), v1::DELIVERY_STATE_DELIVERED);
  EXPECT_EQ(ListWith("").at(0).attempt_count(), 2);
}

TEST_F(DeliveryServiceTest, WhatCannotBeRetriedIsAFailedPrecondition) {
  MustCreate();
  MustEmit();
  const std::string name = ListWith("").at(0).name();
  v1::Delivery delivery;
  EXPECT_EQ(Retry(name, delivery).code(), absl::StatusCode::kFailedPrecondition);  // in flight
  AnswerAllWith(500);
  v1::DisableWebhookRequest disable;
  disable.set_name("projects/p/webhooks/first");
  v1::Webhook webhook;
  ASSERT_TRUE(Call("WebhookService/DisableWebhook", disable, webhook).ok());
  const absl::Status status = Retry(name, delivery);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("disabled"));
  v1::RetryDeliveriesResponse response;
  EXPECT_EQ(RetryAll(GoodRetryAll(), response).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(DeliveryServiceTest, AllAreRetriedOrOnlyCounted) {
  MustCreate();
  for (int i = 0; i < 3; ++i) MustEmit();
  AnswerAllWith(500);
  v1::RetryDeliveriesRequest request = GoodRetryAll();
  request.set_validate_only(true);
  v1::RetryDeliveriesResponse response;
  ASSERT_TRUE(RetryAll(request, response).ok());
  EXPECT_EQ(response.delivery_count(), 3);
  EXPECT_THAT(ListWith("state = PENDING"), IsEmpty());
  request.set_validate_only(false);
  ASSERT_TRUE(RetryAll(request, response).ok());
  EXPECT_EQ(response.delivery_count(), 3);
  AnswerAllWith(200);
  EXPECT_THAT(ListWith("state = DELIVERED"), SizeIs(3));
}

TEST_F(DeliveryServiceTest, OnlyThoseOfTheTypesAndTimesAskedForAreRetried) {
  MustCreate();
  MustEmit();
  AnswerAllWith(500);
  const int64_t seconds = absl::ToUnixSeconds(clock_.Now());
  const auto count = [&](const std::string& fields) {
    v1::RetryDeliveriesRequest request = GoodRetryAll();
    request.set_validate_only(true);
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(fields, &request)) << fields;
    v1::RetryDeliveriesResponse response;
    const absl::Status status = RetryAll(request, response);
    EXPECT_TRUE(status.ok()) << status.message();
    return response.delivery_count();
  };
  EXPECT_EQ(count("event_types: EVENT_TYPE_OPENED"), 0);
  EXPECT_EQ(count("event_types: EVENT_TYPE_SENT event_types: EVENT_TYPE_SENT"), 1);
  // start_time includes the time of the delivery and end_time excludes it, with a precision of nanoseconds.
  EXPECT_EQ(count(absl::StrCat("start_time { seconds: ", seconds, " }")), 1);
  EXPECT_EQ(count(absl::StrCat("start_time { seconds: ", seconds, " nanos: 1 }")), 0);
  EXPECT_EQ(count(absl::StrCat("end_time { seconds: ", seconds, " }")), 0);
  EXPECT_EQ(count(absl::StrCat("end_time { seconds: ", seconds, " nanos: 1 }")), 1);
  EXPECT_EQ(count("start_time { seconds: -62135596800 } end_time { seconds: 253402300799 nanos: 999999999 }"),
            1);
}

TEST_F(DeliveryServiceTest, ThoseThatAFilterSelectsAreRetriedWhicheverTheirWebhooks) {
  MustCreate("first");
  MustCreate("second");
  MustCreate("off");
  MustEmit();
  AnswerAllWith(503);
  MustEmit();
  AnswerAllWith(404);
  v1::DisableWebhookRequest disable;
  disable.set_name("projects/p/webhooks/off");
  v1::Webhook webhook;
  ASSERT_TRUE(Call("WebhookService/DisableWebhook", disable, webhook).ok());
  const auto retry = [&](const std::string& fields) {
    v1::RetryDeliveriesRequest request;
    request.set_parent("projects/p");
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(fields, &request)) << fields;
    v1::RetryDeliveriesResponse response;
    const absl::Status status = RetryAll(request, response);
    EXPECT_TRUE(status.ok()) << status.message();
    return response;
  };
  v1::RetryDeliveriesResponse counted = retry("filter: 'status_code = 5xx' validate_only: true");
  EXPECT_EQ(counted.delivery_count(), 2);
  EXPECT_EQ(counted.skipped_count(), 1);
  EXPECT_EQ(retry("filter: 'status_code = 5xx' event_types: EVENT_TYPE_OPENED").delivery_count(), 0);
  EXPECT_EQ(retry("filter: 'event_type = OPENED' event_types: EVENT_TYPE_SENT").delivery_count(), 0);
  counted = retry("filter: 'status_code = 5xx' webhook: 'projects/p/webhooks/second' validate_only: true");
  EXPECT_EQ(counted.delivery_count(), 1);
  EXPECT_EQ(counted.skipped_count(), 0);
  EXPECT_EQ(retry("filter: 'state = FAILED OR state = DELIVERED' validate_only: true").delivery_count(), 4);
  EXPECT_THAT(ListWith("state = PENDING"), IsEmpty());
  EXPECT_EQ(retry("filter: 'status_code = 5xx'").delivery_count(), 2);
  AnswerAllWith(200);
  EXPECT_THAT(ListWith("state = DELIVERED"), SizeIs(2));
  EXPECT_EQ(retry("filter: 'status_code = 5xx'").delivery_count(), 0);
}

TEST_F(DeliveryServiceTest, AFilterOfStatesThatAreNeverRetriedIsRefused) {
  v1::RetryDeliveriesRequest request;
  request.set_parent("projects/p");
  v1::RetryDeliveriesResponse response;
  for (const char* filter : {"state = PENDING", "state = DELIVERED OR state = PENDING"}) {
    request.set_filter(filter);
    const absl::Status status = RetryAll(request, response);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << filter;
    EXPECT_THAT(FieldsOf(status), ElementsAre("filter")) << filter;
  }
}

TEST_F(DeliveryServiceTest, CallsThatMayExamineManyDeliveriesShareThePlacesOfSearches) {
  MustCreate();
  std::vector<v1::EmitEventResponse> emitted(limits::kMaxSearchesOfHolder);
  for (v1::EmitEventResponse& response : emitted) ASSERT_TRUE(Emit(GoodEmit(), response).ok());
  AnswerAllWith(500);
  store_.HoldCommits();  // so that every call waits with its place
  v1::RetryDeliveriesRequest request;
  request.set_parent("projects/p");
  std::vector<v1::RetryDeliveriesResponse> responses(limits::kMaxSearchesOfHolder);
  std::vector<std::unique_ptr<TestUnaryCall>> calls;
  for (v1::RetryDeliveriesResponse& response : responses) {
    request.set_filter(absl::StrCat("webhook = \"projects/p/webhooks/first\" AND event = \"",
                                    emitted[calls.size()].event(), "\""));
    calls.push_back(std::make_unique<TestUnaryCall>(&response));
    api_.Call(
        MethodNamed(api_, "DeliveryService/RetryDeliveries"), TestCaller(), [] { return absl::OkStatus(); },
        request, calls.back().get());
  }
  v1::ListDeliveriesRequest list;
  list.set_parent("projects/p");
  v1::ListDeliveriesResponse response;
  for (const char* filter : {"state = PENDING AND status_code = 503", "error = TLS", "state = PENDING",
                             "webhook = \"projects/p/webhooks/first\"", "user.id = 1"}) {
    list.set_filter(filter);
    const absl::Status status = List(list, response);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << filter;
    EXPECT_THAT(std::string(status.message()), HasSubstr("16 searches of this project or token")) << filter;
  }
  EXPECT_THAT(ListWith(""), SizeIs(16)) << "needs no place";
  list.set_filter("state = FAILED");
  EXPECT_TRUE(List(list, response).ok()) << "needs no place";
  store_.ReleaseCommits();
  for (const auto& call : calls) EXPECT_TRUE(call->Wait().ok());
  EXPECT_TRUE(ListWith("error = TLS").empty()) << "the places are free again";
}

TEST_F(DeliveryServiceTest, RetriesWithAFilterShareThePlacesOfSearches) {
  store_.SetContentReader(ReadEventContent);
  MustCreate();
  v1::EmitEventRequest emit = GoodEmit();
  for (int i = 0; i < limits::kMaxSearches; ++i) {
    emit.mutable_event()->mutable_sent()->mutable_user()->mutable_id()->set_number(i);
    v1::EmitEventResponse response;
    ASSERT_TRUE(Emit(emit, response).ok());
  }
  AnswerAllWith(500);
  store_.HoldCommits();  // so that every call waits with its place
  v1::RetryDeliveriesRequest request;
  request.set_parent("projects/p");
  std::vector<v1::RetryDeliveriesResponse> responses(limits::kMaxSearches);
  std::vector<std::unique_ptr<TestUnaryCall>> calls;
  absl::Status counted;
  while (counted.ok() && calls.size() < responses.size()) {
    request.set_filter(absl::StrCat("user.id = ", calls.size()));
    calls.push_back(std::make_unique<TestUnaryCall>(&responses[calls.size()]));
    api_.Call(
        MethodNamed(api_, "DeliveryService/RetryDeliveries"), TestCaller(), [] { return absl::OkStatus(); },
        request, calls.back().get());
    v1::RetryDeliveriesRequest count = request;
    count.set_validate_only(true);
    v1::RetryDeliveriesResponse response;
    counted = RetryAll(count, response);
  }
  EXPECT_EQ(counted.code(), absl::StatusCode::kResourceExhausted);
  store_.ReleaseCommits();
  for (const auto& call : calls) EXPECT_TRUE(call->Wait().ok());
  EXPECT_EQ(responses[0].delivery_count(), 1);
  request.set_validate_only(true);
  v1::RetryDeliveriesResponse response;
  EXPECT_TRUE(RetryAll(request, response).ok()) << "the places are free again";
}

TEST_F(DeliveryServiceTest, AStoreThatIsFullIsAnsweredWithWhenToTryAgain) {
  MustCreate();
  MustEmit();
  AnswerAllWith(500);
  store_.FailWrites(absl::ResourceExhaustedError("the disk is full"));
  v1::RetryDeliveriesResponse response;
  const absl::Status status = RetryAll(GoodRetryAll(), response);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(status).retry_delay().seconds(), 0);
}

TEST_F(DeliveryServiceTest, ListsWithEveryFilter) {
  MustCreate("a");
  MustCreate("b");
  const std::string first = MustEmit().event();
  HttpResult ok;
  ok.status = 200;
  http_->AnswerNext(ok);
  clock_.Advance(absl::Hours(1));
  MustEmit();
  EXPECT_THAT(ListWith(""), SizeIs(4));
  EXPECT_THAT(ListWith(R"(webhook = "projects/p/webhooks/a")"), SizeIs(2));
  EXPECT_THAT(ListWith("event = \"" + first + "\""), SizeIs(2));
  EXPECT_THAT(ListWith("event_type = SENT"), SizeIs(4));
  EXPECT_THAT(ListWith("event_type = EVENT_TYPE_OPENED"), IsEmpty());
  EXPECT_THAT(ListWith("state = DELIVERED"), SizeIs(1));
  EXPECT_THAT(ListWith("state = PENDING AND event = \"" + first + "\""), SizeIs(1));
  HttpResult timeout;
  timeout.error = "timed out";
  timeout.failure = HttpFailure::kTimeout;
  timeout.fault = HttpFault::kEndpoint;
  http_->AnswerNext(timeout);
  HttpResult unavailable;
  unavailable.status = 503;
  http_->AnswerNext(unavailable);
  EXPECT_THAT(ListWith("state = DELIVERED OR state = FAILED"), SizeIs(3));
  EXPECT_THAT(ListWith("status_code = 503"), SizeIs(1));
  EXPECT_THAT(ListWith("status_code = 2xx OR status_code = 5xx"), SizeIs(2));
  EXPECT_THAT(ListWith("error = TIMEOUT"), SizeIs(1));
  EXPECT_THAT(ListWith("error = TIMEOUT OR error = STATUS"), SizeIs(2));
  EXPECT_THAT(ListWith(R"((webhook = "projects/p/webhooks/a" OR webhook = "projects/p/webhooks/b"))"),
              SizeIs(4));
  const std::string time = absl::FormatTime(absl::RFC3339_full, clock_.Now(), absl::UTCTimeZone());
  EXPECT_THAT(ListWith("create_time >= \"" + time + "\""), SizeIs(2));
  EXPECT_THAT(ListWith("create_time < \"" + time + "\""), SizeIs(2));
}

TEST_F(DeliveryServiceTest, ListsInPagesThatSurviveInsertsBetweenThem) {
  MustCreate();
  for (int i = 0; i < 5; ++i) MustEmit();
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_page_size(2);
  std::vector<std::string> names;
  v1::ListDeliveriesResponse page;
  do {
    page.Clear();
    ASSERT_TRUE(List(request, page).ok());
    for (const auto& delivery : page.deliveries()) names.push_back(delivery.name());
    request.set_page_token(page.next_page_token());
    MustEmit();
  } while (!page.next_page_token().empty());
  EXPECT_THAT(names, SizeIs(5));
  EXPECT_TRUE(std::is_sorted(names.rbegin(), names.rend()));
}

TEST_F(DeliveryServiceTest, APageThatLookedAtEnoughIsShortAndHasANext) {
  MustCreate();
  for (int i = 0; i < 5; ++i) MustEmit();
  AnswerAllWith(200);
  for (int i = 0; i < 5; ++i) MustEmit();
  AnswerAllWith(500);
  store_.LookAtMost(4);
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_filter("state = DELIVERED");
  std::vector<int> sizes;
  v1::ListDeliveriesResponse page;
  do {
    page.Clear();
    ASSERT_TRUE(List(request, page).ok());
    sizes.push_back(page.deliveries_size());
    request.set_page_token(page.next_page_token());
  } while (!page.next_page_token().empty());
  EXPECT_THAT(sizes, ElementsAre(0, 3, 2));
}

TEST_F(DeliveryServiceTest, APageTokenIsRefusedWhenTheFilterChanged) {
  MustCreate();
  MustEmit();
  MustEmit();
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_page_size(1);
  v1::ListDeliveriesResponse page;
  ASSERT_TRUE(List(request, page).ok());
  request.set_page_token(page.next_page_token());
  request.set_page_size(7);  // may differ between pages
  EXPECT_TRUE(List(request, page).ok());
  request.set_filter("state = PENDING");
  EXPECT_THAT(FieldsOf(List(request, page)), ElementsAre("page_token"));
}

}  // namespace
}  // namespace hookd
