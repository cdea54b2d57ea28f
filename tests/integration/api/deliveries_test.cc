// Deliveries and their attempts, over every transport.
#include "absl/strings/str_replace.h"
#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DeliveriesApiTest : public ApiTest {
 protected:
  absl::StatusOr<v1::Delivery> Get(const std::string& name) {
    return Call<v1::Delivery>("DeliveryService.GetDelivery", absl::StrCat("name: '", name, "'"));
  }
};

TEST_P(DeliveriesApiTest, AreReadWithTheirAttempts) {
  CreateWebhook("w");
  receiver_.SetNext({.status = 503, .headers = {{"X-Why", "busy"}}, .body = "later"});
  const auto event = Emit();
  const auto failed = AwaitDeliveries(1, "state = FAILED");
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].attempts_size(), 0) << "not in a list";
  const auto delivery = Get(failed[0].name());
  ASSERT_TRUE(delivery.ok()) << delivery.status();
  EXPECT_EQ(delivery->event(), event.event());
  EXPECT_EQ(delivery->webhook(), "projects/p/webhooks/w");
  EXPECT_EQ(delivery->event_type(), v1::EVENT_TYPE_SENT);
  EXPECT_EQ(delivery->attempt_count(), 1);
  ASSERT_EQ(delivery->attempts_size(), 1);
  const v1::Attempt& attempt = delivery->attempts(0);
  EXPECT_EQ(attempt.response_status(), 503);
  EXPECT_EQ(attempt.response_body(), "later");
  EXPECT_TRUE(attempt.has_total_duration());
  EXPECT_GT(attempt.request_headers_size(), 3);
  const std::string elsewhere = absl::StrReplaceAll(delivery->name(), {{"projects/p/", "projects/q/"}});
  EXPECT_EQ(Fail("DeliveryService.GetDelivery", absl::StrCat("name: '", elsewhere, "'")).code(),
            absl::StatusCode::kNotFound);
}

TEST_P(DeliveriesApiTest, TellWhatWasSentAndWhereAndWhoWantedIt) {
  const std::string url = CreateWebhook("w").url();
  receiver_.SetDefault({.status = 503, .headers = {{"Retry-After", "120"}}});
  Emit();
  const std::string name =
      AwaitDeliveries(1, "state = FAILED AND status_code = 5xx AND error = STATUS").at(0).name();
  receiver_.SetDefault({});
  ASSERT_TRUE(Call<v1::Delivery>("DeliveryService.RetryDelivery", absl::StrCat("name: '", name, "'")).ok());
  AwaitDeliveries(1, "state = DELIVERED");
  const auto delivery = Get(name);
  ASSERT_TRUE(delivery.ok()) << delivery.status();
  EXPECT_EQ(delivery->request_body(), receiver_.requests().at(0).body);
  EXPECT_EQ(delivery->error_class(), v1::ERROR_CLASS_UNSPECIFIED);
  ASSERT_EQ(delivery->attempts_size(), 2);
  for (const v1::Attempt& attempt : delivery->attempts()) {
    EXPECT_EQ(attempt.url(), url);
    EXPECT_EQ(attempt.remote_address(), absl::StrCat("127.0.0.1:", receiver_.port()));
    EXPECT_EQ(attempt.http_version(), "1.1");
    EXPECT_EQ(attempt.node(), "nodes/only");
  }
  EXPECT_EQ(delivery->attempts(0).trigger(), v1::ATTEMPT_TRIGGER_AUTOMATIC);
  EXPECT_EQ(delivery->attempts(0).error_class(), v1::ERROR_CLASS_STATUS);
  EXPECT_EQ(delivery->attempts(0).retry_after().seconds(), 120);
  EXPECT_EQ(delivery->attempts(1).trigger(), v1::ATTEMPT_TRIGGER_MANUAL);
  EXPECT_EQ(delivery->attempts(1).error_class(), v1::ERROR_CLASS_UNSPECIFIED);
}

TEST_P(DeliveriesApiTest, AreListedByPagesNewestFirst) {
  CreateWebhook("w");
  std::vector<std::string> events;
  for (int i = 0; i < 5; ++i) events.insert(events.begin(), Emit().event());
  AwaitDeliveries(5, "state = DELIVERED");
  std::vector<std::string> listed;
  std::string token;
  do {
    const auto page = Call<v1::ListDeliveriesResponse>(
        "DeliveryService.ListDeliveries",
        absl::StrCat("parent: 'projects/p' page_size: 2 filter: 'state = DELIVERED' page_token: '", token,
                     "'"));
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->deliveries_size(), 2);
    for (const auto& delivery : page->deliveries()) listed.push_back(delivery.event());
    token = page->next_page_token();
  } while (!token.empty() && listed.size() < 10);
  EXPECT_EQ(listed, events);
}

TEST_P(DeliveriesApiTest, AreSelectedByAFilter) {
  CreateWebhook("good");
  CreateWebhook("bad", "/bad", "event_types: [EVENT_TYPE_SENT, EVENT_TYPE_OPENED]");
  receiver_.Set("/bad", {.status = 500});
  const std::string event = Emit().event();
  AwaitDeliveries(2, absl::StrCat("event = \"", event, "\" AND create_time >= \"2020-01-01T00:00:00Z\""));
  AwaitDeliveries(1, "webhook = \"projects/p/webhooks/bad\" AND state = FAILED");
  AwaitDeliveries(1, "state = DELIVERED");
  EXPECT_EQ(ListDeliveries("state = DELIVERED OR state = FAILED").size(), 2u);
  EXPECT_EQ(ListDeliveries("(status_code = 500 OR status_code = 2xx) AND event_type = SENT").size(), 2u);
  EXPECT_EQ(ListDeliveries("error = TIMEOUT OR error = TLS").size(), 0u);
  EXPECT_EQ(ListDeliveries("event_type = OPENED").size(), 0u);
  const absl::Status error =
      Fail("DeliveryService.ListDeliveries", "parent: 'projects/p' filter: 'state = ANGRY & more'");
  EXPECT_THAT(FindViolations(error),
              ElementsAre(HasSubstr("filter: at position 9"), HasSubstr("filter: at position 15")));
}

TEST_P(DeliveriesApiTest, HaveAttemptsThatAreListedByPages) {
  CreateWebhook(
      "w", "/",
      "event_types: EVENT_TYPE_SENT retry_policy { max_attempts: 3 max_backoff { nanos: 100000000 } }");
  receiver_.SetDefault({.status = 500});
  Emit();
  const auto failed = AwaitDeliveries(1, "state = FAILED");
  ASSERT_EQ(failed.size(), 1u);
  const std::string parent = absl::StrCat("parent: '", failed[0].name(), "' page_size: 2");
  const auto first = Call<v1::ListAttemptsResponse>("DeliveryService.ListAttempts", parent);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->attempts_size(), 2);
  EXPECT_EQ(first->attempts(1).number(), 2);
  const auto second = Call<v1::ListAttemptsResponse>(
      "DeliveryService.ListAttempts", absl::StrCat(parent, " page_token: '", first->next_page_token(), "'"));
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->attempts_size(), 1);
  EXPECT_EQ(second->attempts(0).number(), 3);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_P(DeliveriesApiTest, AreRetried) {
  CreateWebhook("w");
  receiver_.SetNext({.status = 500});
  Emit();
  const auto failed = AwaitDeliveries(1, "state = FAILED");
  ASSERT_EQ(failed.size(), 1u);
  const auto retried =
      Call<v1::Delivery>("DeliveryService.RetryDelivery", absl::StrCat("name: '", failed[0].name(), "'"));
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->state(), v1::DELIVERY_STATE_PENDING);
  const auto delivered = AwaitDeliveries(1, "state = DELIVERED");
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_EQ(delivered[0].attempt_count(), 2);
}

TEST_P(DeliveriesApiTest, AreNotRetriedWhileTheirWebhookIsDisabled) {
  CreateWebhook("w");
  Emit();
  const auto delivered = AwaitDeliveries(1, "state = DELIVERED");
  ASSERT_EQ(delivered.size(), 1u);
  ASSERT_TRUE(Call<v1::Webhook>("WebhookService.DisableWebhook", "name: 'projects/p/webhooks/w'").ok());
  EXPECT_EQ(Fail("DeliveryService.RetryDelivery", absl::StrCat("name: '", delivered[0].name(), "'")).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_P(DeliveriesApiTest, OfAWebhookAreRetriedTogether) {
  CreateWebhook("w");
  receiver_.SetDefault({.status = 500});
  for (int i = 0; i < 3; ++i) Emit();
  AwaitDeliveries(3, "state = FAILED");
  receiver_.SetDefault({.status = 200});
  const std::string request =
      "parent: 'projects/p' webhook: 'projects/p/webhooks/w' event_types: EVENT_TYPE_SENT ";
  const auto counted =
      Call<v1::RetryDeliveriesResponse>("DeliveryService.RetryDeliveries", request + "validate_only: true");
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_EQ(counted->delivery_count(), 3);
  const auto none = Call<v1::RetryDeliveriesResponse>("DeliveryService.RetryDeliveries",
                                                      request + "end_time { seconds: 1000000000 }");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->delivery_count(), 0);
  const auto retried = Call<v1::RetryDeliveriesResponse>("DeliveryService.RetryDeliveries", request);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->delivery_count(), 3);
  AwaitDeliveries(3, "state = DELIVERED");
}

TEST_P(DeliveriesApiTest, ThatMatchAFilterAreRetriedTogether) {
  for (const char* id : {"a", "b", "off"}) CreateWebhook(id);
  receiver_.SetDefault({.status = 503});
  Emit("first@example.com");
  Emit("second@example.com");
  AwaitDeliveries(6, "state = FAILED");
  receiver_.SetDefault({.status = 200});
  ASSERT_TRUE(Call<v1::Webhook>("WebhookService.DisableWebhook", "name: 'projects/p/webhooks/off'").ok());
  const auto retry = [&](const std::string& fields) {
    auto result = Call<v1::RetryDeliveriesResponse>("DeliveryService.RetryDeliveries",
                                                    "parent: 'projects/p' " + fields);
    EXPECT_TRUE(result.ok()) << result.status();
    return std::pair(result->delivery_count(), result->skipped_count());
  };
  const std::string first = R"(filter: 'user.email = "first@example.com" AND status_code = 5xx' )";
  EXPECT_EQ(retry(first + "validate_only: true"), std::pair(int64_t{2}, int64_t{1}));
  EXPECT_EQ(retry(first + "webhook: 'projects/p/webhooks/a' validate_only: true"),
            std::pair(int64_t{1}, int64_t{0}));
  EXPECT_EQ(retry("filter: 'status_code = 404'"), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(retry(first), std::pair(int64_t{2}, int64_t{1}));
  AwaitDeliveries(2, "state = DELIVERED");
  EXPECT_EQ(retry(first), std::pair(int64_t{0}, int64_t{1}))
      << "none is left but that of the disabled webhook";
  EXPECT_EQ(retry("filter: 'state = FAILED'"), std::pair(int64_t{2}, int64_t{2}));
  AwaitDeliveries(4, "state = DELIVERED");
}

TEST_P(DeliveriesApiTest, ARetryWithAFilterThatIsNotValidSaysWhatIsWrong) {
  const std::string longest = absl::StrCat("state = FAILED", std::string(2034, ' '));  // 2,048 characters
  EXPECT_TRUE(Call<v1::RetryDeliveriesResponse>("DeliveryService.RetryDeliveries",
                                                absl::StrCat("parent: 'projects/p' filter: '", longest, "'"))
                  .ok());
  for (const std::string& filter :
       {std::string("webhook = \"projects/q/webhooks/w\""), std::string("state = PENDING"), std::string("x"),
        longest + " ", std::string(1 << 20, '(')}) {
    const absl::Status status =
        Fail("DeliveryService.RetryDeliveries", absl::StrCat("parent: 'projects/p' filter: '", filter, "'"));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << filter.substr(0, 50);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("filter")) << filter.substr(0, 50);
  }
  EXPECT_EQ(Fail("DeliveryService.RetryDeliveries", "parent: 'projects/p'").code(),
            absl::StatusCode::kInvalidArgument);
}

HOOKD_TEST_TRANSPORTS(DeliveriesApiTest);

}  // namespace
}  // namespace hookd
