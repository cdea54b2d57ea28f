// ListWebhooks and the health of webhooks, as callers see them.
#include "gmock/gmock.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WebhookListTest : public ApiTest {
 protected:
  v1::ListWebhooksResponse MustList(const v1::ListWebhooksRequest& request) {
    v1::ListWebhooksResponse response;
    const absl::Status status = Call("WebhookService/ListWebhooks", request, response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  static v1::ListWebhooksRequest Request(const std::string& filter, const std::string& order_by = "") {
    v1::ListWebhooksRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    request.set_order_by(order_by);
    return request;
  }
  static std::vector<std::string> Names(const v1::ListWebhooksResponse& response) {
    std::vector<std::string> names;
    for (const v1::Webhook& webhook : response.webhooks()) names.push_back(webhook.name());
    return names;
  }
  v1::WebhookHealth HealthOf(const std::string& id) {
    v1::Webhook webhook;
    EXPECT_TRUE(Get("projects/p/webhooks/" + id, webhook).ok());
    EXPECT_TRUE(webhook.has_health());
    return webhook.health();
  }
  // Answers the attempts that are in flight.
  void Answer(int status) {
    HttpResult result;
    result.status = status;
    while (http_->AnswerNext(result)) {
    }
  }
  int64_t Seconds() { return absl::ToUnixSeconds(clock_.Now()); }
};

TEST_F(WebhookListTest, AWebhookShowsHowItsAttemptsFare) {
  MustCreate("first");
  v1::WebhookHealth health = HealthOf("first");
  EXPECT_EQ(health.state(), v1::HEALTH_STATE_UNSPECIFIED);
  EXPECT_EQ(health.circuit(), v1::CIRCUIT_STATE_CLOSED);
  EXPECT_FALSE(health.has_last_success_time() || health.has_failing_since() ||
               health.has_oldest_pending_time());
  MustEmit();
  health = HealthOf("first");
  EXPECT_EQ(health.pending_deliveries(), 1);
  EXPECT_EQ(health.oldest_pending_time().seconds(), Seconds());
  Answer(500);
  health = HealthOf("first");
  EXPECT_EQ(health.state(), v1::HEALTH_STATE_FAILING);
  EXPECT_EQ(health.failing_since().seconds(), Seconds());
  EXPECT_EQ(health.last_failure_time().seconds(), Seconds());
  EXPECT_EQ(health.consecutive_failures(), 1);
  EXPECT_THAT(health.last_error(), HasSubstr("500"));
  EXPECT_EQ(health.pending_deliveries(), 0);
  EXPECT_FALSE(health.has_oldest_pending_time());
  MustEmit();
  Answer(200);
  health = HealthOf("first");
  EXPECT_EQ(health.state(), v1::HEALTH_STATE_HEALTHY);
  EXPECT_EQ(health.last_success_time().seconds(), Seconds());
  EXPECT_FALSE(health.has_failing_since());
  EXPECT_EQ(health.consecutive_failures(), 0);
  EXPECT_THAT(health.last_error(), HasSubstr("500"));
}

TEST_F(WebhookListTest, AnOpenCircuitHasItsEndUntilItIsHalfOpen) {
  v1::CreateWebhookRequest create = GoodCreate("first");
  create.mutable_webhook()->set_ordered(true);
  create.mutable_webhook()->mutable_retry_policy()->set_max_attempts(1000);
  create.mutable_webhook()->mutable_retry_policy()->mutable_max_backoff()->set_seconds(1);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(create, webhook).ok());
  MustEmit();
  for (int i = 0; i < 30 && HealthOf("first").circuit() == v1::CIRCUIT_STATE_CLOSED; ++i) {
    clock_.Advance(absl::Seconds(2));
    Answer(500);
  }
  v1::WebhookHealth health = HealthOf("first");
  EXPECT_EQ(health.circuit(), v1::CIRCUIT_STATE_OPEN);
  EXPECT_GE(health.circuit_open_until().seconds(), Seconds());
  clock_.Advance(absl::Minutes(2));
  health = HealthOf("first");
  EXPECT_EQ(health.circuit(), v1::CIRCUIT_STATE_HALF_OPEN) << "the probe is in flight";
  EXPECT_FALSE(health.has_circuit_open_until());
  Answer(200);
  EXPECT_EQ(HealthOf("first").circuit(), v1::CIRCUIT_STATE_CLOSED);
}

TEST_F(WebhookListTest, OpenCircuitsAreFoundInAllProjects) {
  for (const char* project : {"a", "b", "c"}) {
    v1::CreateWebhookRequest create = GoodCreate("w", project);
    create.mutable_webhook()->mutable_retry_policy()->set_max_attempts(1000);
    create.mutable_webhook()->mutable_retry_policy()->mutable_max_backoff()->set_seconds(1);
    v1::Webhook webhook;
    ASSERT_TRUE(Create(create, webhook).ok());
  }
  MustEmit("b");
  v1::ListWebhooksRequest request = Request("circuit = OPEN");
  request.set_parent("projects/-");
  for (int i = 0; i < 30 && MustList(request).webhooks().empty(); ++i) {
    clock_.Advance(absl::Seconds(2));
    Answer(500);
  }
  const v1::ListWebhooksResponse open = MustList(request);
  ASSERT_THAT(Names(open), ElementsAre("projects/b/webhooks/w"));
  EXPECT_THAT(open.webhooks(0).health().last_error(), HasSubstr("500"));
  EXPECT_TRUE(open.webhooks(0).health().has_circuit_open_until());
  EXPECT_THAT(Names(MustList(Request("circuit = OPEN"))), IsEmpty()) << "of another project alone";
  request.set_filter("");
  EXPECT_THAT(Names(MustList(request)), SizeIs(3));
}

TEST_F(WebhookListTest, ThoseOfAllProjectsAreListedInPagesOfAnyOrder) {
  for (const char* project : {"b", "a"}) {
    for (const char* id : {"y", "x"}) MustCreate(id, project);
  }
  for (const char* order : {"", "create_time", "display_name desc", "consecutive_failures"}) {
    v1::ListWebhooksRequest request = Request("", order);
    request.set_parent("projects/-");
    request.set_page_size(1);
    std::vector<std::string> names;
    do {
      const v1::ListWebhooksResponse page = MustList(request);
      for (const std::string& name : Names(page)) names.push_back(name);
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty() && names.size() < 9);
    EXPECT_THAT(names, ::testing::UnorderedElementsAre("projects/a/webhooks/x", "projects/a/webhooks/y",
                                                       "projects/b/webhooks/x", "projects/b/webhooks/y"))
        << order;
  }
}

TEST_F(WebhookListTest, TestsDoNotCount) {
  MustCreate("first");
  v1::TestWebhookRequest request;
  request.set_name("projects/p/webhooks/first");
  v1::TestWebhookResponse response;
  TestUnaryCall call(&response);
  api_.Call(
      MethodNamed(api_, "WebhookService/TestWebhook"), TestCaller(), [] { return absl::OkStatus(); }, request,
      &call);
  Answer(500);
  ASSERT_TRUE(call.Wait().ok());
  EXPECT_EQ(HealthOf("first").state(), v1::HEALTH_STATE_UNSPECIFIED);
}

TEST_F(WebhookListTest, HealthIsOutputOnly) {
  MustCreate("first");
  v1::UpdateWebhookRequest update;
  ASSERT_TRUE(Get("projects/p/webhooks/first", *update.mutable_webhook()).ok());
  update.mutable_webhook()->mutable_health()->set_consecutive_failures(5);
  update.mutable_webhook()->set_display_name("changed");
  update.mutable_update_mask()->add_paths("*");
  v1::Webhook updated;
  const absl::Status status = Update(update, updated);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_FALSE(updated.has_health());
  EXPECT_EQ(HealthOf("first").consecutive_failures(), 0);
}

TEST_F(WebhookListTest, AMaskThatNamesHealthIsNotAnErrorThoughAnAttemptHasEndedSince) {
  MustCreate("first");
  v1::UpdateWebhookRequest update;
  ASSERT_TRUE(Get("projects/p/webhooks/first", *update.mutable_webhook()).ok());
  MustEmit();
  Answer(500);
  update.mutable_webhook()->set_display_name("changed");
  for (const char* path : {"display_name", "health", "health.state"})
    update.mutable_update_mask()->add_paths(path);
  v1::Webhook updated;
  const absl::Status status = Update(update, updated);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(HealthOf("first").consecutive_failures(), 1);
}

TEST_F(WebhookListTest, FiltersAndOrders) {
  for (const char* id : {"a", "b", "c"}) MustCreate(id);
  MustEmit();
  Answer(500);
  v1::DisableWebhookRequest disable;
  disable.set_name("projects/p/webhooks/b");
  v1::Webhook disabled;
  ASSERT_TRUE(Call("WebhookService/DisableWebhook", disable, disabled).ok());
  MustEmit();
  Answer(200);
  EXPECT_THAT(Names(MustList(Request("health = FAILING"))), ElementsAre("projects/p/webhooks/b"));
  EXPECT_THAT(Names(MustList(Request("enabled = true AND event_type = SENT", "id desc"))),
              ElementsAre("projects/p/webhooks/c", "projects/p/webhooks/a"));
  EXPECT_THAT(Names(MustList(Request("", "consecutive_failures desc"))),
              ElementsAre("projects/p/webhooks/b", "projects/p/webhooks/a", "projects/p/webhooks/c"));
  EXPECT_EQ(MustList(Request("")).webhooks(1).health().state(), v1::HEALTH_STATE_FAILING);
  EXPECT_THAT(Names(MustList(Request("event_type = BOUNCED"))), IsEmpty());
}

TEST_F(WebhookListTest, PagesContinueOnlyTheirOwnRequest) {
  for (const char* id : {"a", "b", "c"}) MustCreate(id);
  v1::ListWebhooksRequest request = Request("enabled = true", "display_name desc");
  request.set_page_size(2);
  const v1::ListWebhooksResponse first = MustList(request);
  EXPECT_THAT(first.webhooks(), SizeIs(2));
  request.set_page_token(first.next_page_token());
  EXPECT_THAT(Names(MustList(request)), ElementsAre("projects/p/webhooks/c"));
  EXPECT_EQ(MustList(request).next_page_token(), "");
  v1::ListWebhooksResponse response;
  for (const auto& [filter, order] :
       {std::pair("enabled = true", "display_name"), {"", "display_name desc"}}) {
    v1::ListWebhooksRequest other = Request(filter, order);
    other.set_page_token(request.page_token());
    EXPECT_THAT(FieldsOf(Call("WebhookService/ListWebhooks", other, response)), ElementsAre("page_token"));
  }
}

TEST_F(WebhookListTest, BadFiltersAndOrdersNameTheirFields) {
  v1::ListWebhooksResponse response;
  EXPECT_THAT(FieldsOf(Call("WebhookService/ListWebhooks", Request("url = x", "url"), response)),
              ElementsAre("filter", "order_by"));
}

TEST_F(WebhookListTest, AStoreThatCannotBeReadIsUnavailable) {
  MustCreate("first");
  MustEmit();
  store_.FailReads(absl::UnavailableError("gone"));
  v1::Webhook webhook;
  EXPECT_EQ(Get("projects/p/webhooks/first", webhook).code(), absl::StatusCode::kUnavailable);
  store_.FailReads(absl::OkStatus());
}

}  // namespace
}  // namespace hookd
