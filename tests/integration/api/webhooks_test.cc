// Webhooks, over every transport.
#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class WebhooksApiTest : public ApiTest {
 protected:
  absl::StatusOr<v1::Webhook> Update(const std::string& webhook, const std::string& mask) {
    std::string text = absl::StrCat("webhook { name: 'projects/p/webhooks/w' ", webhook, "}");
    if (!mask.empty()) absl::StrAppend(&text, " update_mask { ", mask, " }");
    return Call<v1::Webhook>("WebhookService.UpdateWebhook", text);
  }
  static std::string GoodCreate(const std::string& more) {
    return "parent: 'projects/p' webhook { url: 'http://127.0.0.1:9/' event_types: EVENT_TYPE_SENT } " + more;
  }
};

TEST_P(WebhooksApiTest, AreCreatedWithAChosenIdAndRead) {
  const v1::Webhook created = CreateWebhook("w", "/x", "event_types: [EVENT_TYPE_SENT, EVENT_TYPE_BOUNCED]");
  EXPECT_EQ(created.name(), "projects/p/webhooks/w");
  EXPECT_EQ(created.url(), receiver_.Url("/x"));
  EXPECT_EQ(created.event_types_size(), 2);
  EXPECT_THAT(created.signing_secret(), StartsWith("whsec_"));
  EXPECT_TRUE(created.has_create_time());
  const v1::Webhook read = GetWebhook("w");
  EXPECT_EQ(read.etag(), created.etag());
  EXPECT_EQ(read.signing_secret(), "") << "shown once";
}

TEST_P(WebhooksApiTest, GetAGeneratedIdIfNoneIsChosen) {
  const auto first = Call<v1::Webhook>("WebhookService.CreateWebhook", GoodCreate(""));
  const auto second = Call<v1::Webhook>("WebhookService.CreateWebhook", GoodCreate(""));
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_THAT(first->name(), StartsWith("projects/p/webhooks/"));
  EXPECT_NE(first->name(), second->name());
}

TEST_P(WebhooksApiTest, OfAnIdThatExistsAreRefusedWithItsName) {
  CreateWebhook("w");
  const absl::Status error = Fail("WebhookService.CreateWebhook", GoodCreate("webhook_id: 'w'"));
  EXPECT_EQ(error.code(), absl::StatusCode::kAlreadyExists);
  const auto info = FindDetail<google::rpc::ResourceInfo>(error);
  EXPECT_EQ(info.resource_name(), "projects/p/webhooks/w");
  EXPECT_EQ(info.resource_type(), "hookd.dev/Webhook");
}

TEST_P(WebhooksApiTest, AreCheckedButNotCreatedWithValidateOnly) {
  const auto checked =
      Call<v1::Webhook>("WebhookService.CreateWebhook", GoodCreate("webhook_id: 'w' validate_only: true"));
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->url(), "http://127.0.0.1:9/");
  EXPECT_EQ(Fail("WebhookService.GetWebhook", "name: 'projects/p/webhooks/w'").code(),
            absl::StatusCode::kNotFound);
}

TEST_P(WebhooksApiTest, AreCreatedOnceForARequestId) {
  const std::string request = GoodCreate("request_id: 'once and for all'");
  const auto first = Call<v1::Webhook>("WebhookService.CreateWebhook", request);
  const auto again = Call<v1::Webhook>("WebhookService.CreateWebhook", request);
  ASSERT_TRUE(first.ok() && again.ok()) << first.status() << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
  const absl::Status other =
      Fail("WebhookService.CreateWebhook", GoodCreate("webhook_id: 'other' request_id: 'once and for all'"));
  EXPECT_EQ(other.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(FindFields(other), ElementsAre("request_id"));
}

TEST_P(WebhooksApiTest, ShowTheirHealthAndAreListedByIt) {
  CreateWebhook("fails", "/fails");
  CreateWebhook("works");
  CreateWebhook("idle", "/", "event_types: EVENT_TYPE_BOUNCED");
  receiver_.Set("/fails", {.status = 503});
  Emit();
  AwaitDeliveries(1, "state = FAILED");
  AwaitDeliveries(1, "state = DELIVERED");
  const v1::WebhookHealth failing = GetWebhook("fails").health();
  EXPECT_EQ(failing.state(), v1::HEALTH_STATE_FAILING);
  EXPECT_EQ(failing.consecutive_failures(), 1);
  EXPECT_TRUE(failing.has_failing_since());
  EXPECT_THAT(failing.last_error(), HasSubstr("503"));
  EXPECT_EQ(failing.circuit(), v1::CIRCUIT_STATE_CLOSED);
  EXPECT_TRUE(GetWebhook("works").health().has_last_success_time());
  const auto list = [this](const std::string& more) {
    const auto page =
        Call<v1::ListWebhooksResponse>("WebhookService.ListWebhooks", "parent: 'projects/p' " + more);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> names;
    for (const v1::Webhook& webhook : page->webhooks()) names.push_back(webhook.name().substr(20));
    return names;
  };
  EXPECT_THAT(list("filter: 'health = FAILING'"), ElementsAre("fails"));
  EXPECT_THAT(list("filter: 'event_type = BOUNCED OR event_type = SENT AND enabled = true' "
                   "order_by: 'last_failure_time desc'"),
              ElementsAre("fails", "idle", "works"));
  EXPECT_THAT(FindFields(Fail("WebhookService.ListWebhooks",
                              "parent: 'projects/p' filter: 'health = ILL' order_by: 'health'")),
              ElementsAre("filter", "order_by"));
}

TEST_P(WebhooksApiTest, KeepTheirHealthWhenHookdIsStopped) {
  CreateWebhook("w", "/fails");
  receiver_.Set("/fails", {.status = 503});
  Emit();
  AwaitDeliveries(1, "state = FAILED");
  const v1::WebhookHealth before = GetWebhook("w").health();
  EXPECT_EQ(server_->Stop().exit_code, 0);
  Start();
  const auto client = Client();
  const auto after =
      CallBy<v1::Webhook>(*client, "WebhookService.GetWebhook", "name: 'projects/p/webhooks/w'");
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->health().SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(before.consecutive_failures(), 1);
}

TEST_P(WebhooksApiTest, AreListedByPages) {
  for (const char* id : {"c", "a", "d", "b"}) CreateWebhook(id);
  std::vector<std::string> names;
  std::string token;
  int pages = 0;
  do {
    const auto page = Call<v1::ListWebhooksResponse>(
        "WebhookService.ListWebhooks",
        absl::StrCat("parent: 'projects/p' page_size: 3 page_token: '", token, "'"));
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& webhook : page->webhooks()) names.push_back(webhook.name());
    token = page->next_page_token();
    ++pages;
  } while (!token.empty() && pages < 4);
  EXPECT_EQ(pages, 2);
  EXPECT_THAT(names, ElementsAre("projects/p/webhooks/a", "projects/p/webhooks/b", "projects/p/webhooks/c",
                                 "projects/p/webhooks/d"));
}

TEST_P(WebhooksApiTest, OfAnotherListAPageTokenIsRefused) {
  for (const char* id : {"a", "b"}) CreateWebhook(id);
  const auto page =
      Call<v1::ListWebhooksResponse>("WebhookService.ListWebhooks", "parent: 'projects/p' page_size: 1");
  ASSERT_TRUE(page.ok()) << page.status();
  const absl::Status error =
      Fail("WebhookService.ListWebhooks",
           absl::StrCat("parent: 'projects/q' page_token: '", page->next_page_token(), "'"));
  EXPECT_THAT(FindFields(error), ElementsAre("page_token"));
  EXPECT_EQ(Call<v1::ListWebhooksResponse>("WebhookService.ListWebhooks", "parent: 'projects/empty'")
                ->webhooks_size(),
            0);
}

TEST_P(WebhooksApiTest, ChangeWhatTheMaskNames) {
  CreateWebhook(
      "w", "/",
      "event_types: EVENT_TYPE_SENT display_name: 'Shop' retry_policy { max_attempts: 5 multiplier: 3 }");
  const auto changed =
      Update("display_name: 'Store' url: 'http://127.0.0.1:9/ignored'", "paths: 'display_name'");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->display_name(), "Store");
  EXPECT_EQ(changed->url(), receiver_.Url("/"));
  EXPECT_EQ(changed->retry_policy().multiplier(), 3);
  const auto cleared = Update("", "paths: 'display_name'");
  ASSERT_TRUE(cleared.ok()) << cleared.status();
  EXPECT_EQ(cleared->display_name(), "");
}

TEST_P(WebhooksApiTest, ChangeAPartOfAField) {
  CreateWebhook("w", "/",
                "event_types: EVENT_TYPE_SENT retry_policy { max_attempts: 5 multiplier: 3 min_backoff { "
                "seconds: 7 } }");
  const auto changed =
      Update("retry_policy { max_attempts: 9 multiplier: 1 }", "paths: 'retry_policy.max_attempts'");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->retry_policy().max_attempts(), 9);
  EXPECT_EQ(changed->retry_policy().multiplier(), 3);
  EXPECT_EQ(changed->retry_policy().min_backoff().seconds(), 7);
  const auto whole = Update("retry_policy { max_attempts: 2 }", "paths: 'retry_policy'");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->retry_policy().multiplier(), 2) << "the default";
}

TEST_P(WebhooksApiTest, ChangeOneHeaderAndKeepTheOthers) {
  CreateWebhook("w", "/",
                "event_types: EVENT_TYPE_SENT headers { key: 'x-api-key' value: 'old' } "
                "headers { key: 'x-shop' value: 'mine' }");
  const auto changed = Update("headers { key: 'x-api-key' value: 'new' }", "paths: 'headers.`x-api-key`'");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->headers_size(), 2);
  Emit();
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(receiver_.requests()[0].header("x-api-key"), "new");
  EXPECT_EQ(receiver_.requests()[0].header("x-shop"), "mine");
  const auto removed = Update("", "paths: 'headers.`x-api-key`'");
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->headers_size(), 1);
}

TEST_P(WebhooksApiTest, AreReplacedWithAStar) {
  CreateWebhook("w", "/", "event_types: EVENT_TYPE_SENT display_name: 'Shop' max_concurrency: 3");
  const auto replaced =
      Update(absl::StrCat("url: '", receiver_.Url("/new"), "' event_types: EVENT_TYPE_OPENED"), "paths: '*'");
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ(replaced->display_name(), "");
  EXPECT_EQ(replaced->max_concurrency(), 16);
  EXPECT_THAT(replaced->event_types(), ElementsAre(v1::EVENT_TYPE_OPENED));
}

TEST_P(WebhooksApiTest, ChangeWhatIsSetWithoutAMask) {
  CreateWebhook("w", "/", "event_types: EVENT_TYPE_SENT display_name: 'Shop'");
  const auto changed = Update("display_name: 'Store'", "");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->display_name(), "Store");
  EXPECT_EQ(changed->url(), receiver_.Url("/"));
}

TEST_P(WebhooksApiTest, RefuseAMaskThatNamesNoField) {
  CreateWebhook("w");
  for (const char* path : {"colour", "retry_policy.colour", "url.host"}) {
    const auto refused = Update("url: 'http://127.0.0.1:9/'", absl::StrCat("paths: '", path, "'"));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_THAT(FindFields(refused.status()), ElementsAre("update_mask")) << path;
    EXPECT_THAT(FindViolations(refused.status()), ElementsAre(HasSubstr(path)));
  }
}

TEST_P(WebhooksApiTest, IgnoreAnOutputOnlyFieldThatIsUnchangedAndRefuseOneThatIsNot) {
  const v1::Webhook created = CreateWebhook("w");
  const auto unchanged = Update(
      absl::StrCat("display_name: 'Store' create_time { ", created.create_time().ShortDebugString(), " }"),
      "paths: ['display_name', 'create_time']");
  ASSERT_TRUE(unchanged.ok()) << unchanged.status();
  EXPECT_EQ(unchanged->display_name(), "Store");
  const auto changed = Update("create_time { seconds: 1 }", "paths: 'create_time'");
  EXPECT_THAT(FindViolations(changed.status()),
              ElementsAre(AllOf(StartsWith("update_mask"), HasSubstr("create_time"))));
}

TEST_P(WebhooksApiTest, OfAnOldEtagAreNotChanged) {
  const v1::Webhook created = CreateWebhook("w");
  ASSERT_TRUE(Update("display_name: 'Store'", "paths: 'display_name'").ok());
  const auto late =
      Update(absl::StrCat("display_name: 'Late' etag: '", created.etag(), "'"), "paths: 'display_name'");
  EXPECT_EQ(late.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(FindDetail<google::rpc::ResourceInfo>(late.status()).resource_name(), "projects/p/webhooks/w");
  for (const char* method : {"WebhookService.DeleteWebhook", "WebhookService.DisableWebhook"}) {
    const std::string request = absl::StrCat("name: 'projects/p/webhooks/w' etag: '", created.etag(), "'");
    EXPECT_EQ(Fail(method, request).code(), absl::StatusCode::kAborted) << method;
  }
  EXPECT_EQ(GetWebhook("w").display_name(), "Store");
}

TEST_P(WebhooksApiTest, AreDisabledAndEnabled) {
  CreateWebhook("w");
  const auto disabled = Call<v1::Webhook>("WebhookService.DisableWebhook", "name: 'projects/p/webhooks/w'");
  ASSERT_TRUE(disabled.ok()) << disabled.status();
  EXPECT_TRUE(disabled->disabled());
  EXPECT_EQ(disabled->disable_reason(), v1::DISABLE_REASON_REQUESTED);
  EXPECT_EQ(Emit().webhook_count(), 0);
  const auto enabled = Call<v1::Webhook>("WebhookService.EnableWebhook", "name: 'projects/p/webhooks/w'");
  ASSERT_TRUE(enabled.ok()) << enabled.status();
  EXPECT_FALSE(enabled->disabled());
  EXPECT_EQ(Emit().webhook_count(), 1);
}

TEST_P(WebhooksApiTest, ThatAreDeletedAreNotFoundByAnyMethod) {
  CreateWebhook("w");
  const std::string name = "name: 'projects/p/webhooks/w'";
  ASSERT_TRUE(
      Call<google::protobuf::Empty>("WebhookService.DeleteWebhook", name + " validate_only: true").ok());
  ASSERT_TRUE(Call<google::protobuf::Empty>("WebhookService.DeleteWebhook", name).ok());
  for (const char* method : {"WebhookService.GetWebhook", "WebhookService.DeleteWebhook",
                             "WebhookService.EnableWebhook", "WebhookService.DisableWebhook",
                             "WebhookService.RotateSigningSecret", "WebhookService.TestWebhook"}) {
    const absl::Status error = Fail(method, name);
    EXPECT_EQ(error.code(), absl::StatusCode::kNotFound) << method;
    EXPECT_EQ(FindDetail<google::rpc::ResourceInfo>(error).resource_name(), "projects/p/webhooks/w")
        << method;
  }
  EXPECT_EQ(Update("display_name: 'x'", "paths: 'display_name'").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(WebhooksApiTest, AreTested) {
  CreateWebhook("w");
  const auto good =
      Call<v1::TestWebhookResponse>("WebhookService.TestWebhook", "name: 'projects/p/webhooks/w'");
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_TRUE(good->success()) << good->message();
  EXPECT_EQ(good->event_type(), v1::EVENT_TYPE_SENT);
  EXPECT_EQ(good->attempt().response_status(), 200);
  ASSERT_EQ(receiver_.request_count(), 1u);
  EXPECT_EQ(good->request().body(), receiver_.requests()[0].body);
  receiver_.SetNext({.status = 500, .body = std::string("\xff\x00 not text", 11)});
  const auto bad = Call<v1::TestWebhookResponse>(
      "WebhookService.TestWebhook", "name: 'projects/p/webhooks/w' event_type: EVENT_TYPE_BOUNCED");
  ASSERT_TRUE(bad.ok()) << bad.status();
  EXPECT_FALSE(bad->success());
  EXPECT_EQ(bad->attempt().response_status(), 500);
  EXPECT_EQ(bad->attempt().response_body(), std::string("\xff\x00 not text", 11))
      << "bytes are base64 in JSON";
}

TEST_P(WebhooksApiTest, AreTestedBeforeTheyAreSaved) {
  const auto tested = Call<v1::TestWebhookResponse>(
      "WebhookService.TestWebhook",
      absl::StrCat("parent: 'projects/p' webhook { url: '", receiver_.Url("/new"),
                   "' headers { key: 'X-Key' value: 'hunter2' } } "
                   "event { bounced { user { id { number: 7 } } bounced_at: 5 } }"));
  ASSERT_TRUE(tested.ok()) << tested.status();
  EXPECT_TRUE(tested->success()) << tested->message();
  EXPECT_EQ(tested->event_type(), v1::EVENT_TYPE_BOUNCED);
  ASSERT_EQ(receiver_.request_count(), 1u);
  EXPECT_EQ(receiver_.requests()[0].body, R"({"bounced_at":5,"type":"bounced","user":{"id":7}})");
  EXPECT_EQ(receiver_.requests()[0].header("X-Key"), "hunter2");
  EXPECT_EQ(tested->request().headers().at("X-Key"), "[redacted]");
  EXPECT_EQ(Fail("WebhookService.GetWebhook", "name: 'projects/p/webhooks/w'").code(),
            absl::StatusCode::kNotFound);

  CreateWebhook("w");
  const auto changed = Call<v1::TestWebhookResponse>(
      "WebhookService.TestWebhook",
      absl::StrCat("name: 'projects/p/webhooks/w' webhook { url: '", receiver_.Url("/changed"),
                   "' } update_mask { paths: 'url' }"));
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->request().url(), receiver_.Url("/changed"));
  EXPECT_NE(Call<v1::Webhook>("WebhookService.GetWebhook", "name: 'projects/p/webhooks/w'")->url(),
            receiver_.Url("/changed"));
}

TEST_P(WebhooksApiTest, GetAnotherSecret) {
  const v1::Webhook created = CreateWebhook("w");
  const auto rotated =
      Call<v1::Webhook>("WebhookService.RotateSigningSecret",
                        "name: 'projects/p/webhooks/w' grace_period { seconds: 90 nanos: 500000000 }");
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_THAT(rotated->signing_secret(), AllOf(StartsWith("whsec_"), Not(created.signing_secret())));
  EXPECT_TRUE(rotated->has_previous_secrets_expire_time());
  Emit();
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_THAT(receiver_.requests()[0].header("Webhook-Signature"), HasSubstr(" v1,")) << "both secrets sign";
}

HOOKD_TEST_TRANSPORTS(WebhooksApiTest);

}  // namespace
}  // namespace hookd
