#include "api/handlers/webhook_service.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using WebhookServiceTest = ApiTest;

TEST_F(WebhookServiceTest, ANewWebhookComesBackWithNameDefaultsTimesAndEtag) {
  const v1::Webhook webhook = MustCreate("first");
  EXPECT_EQ(webhook.name(), "projects/p/webhooks/first");
  EXPECT_FALSE(webhook.disabled());
  EXPECT_EQ(webhook.timeout().seconds(), 5);
  EXPECT_FALSE(webhook.ordered());
  EXPECT_EQ(webhook.max_concurrency(), 16);
  EXPECT_FALSE(webhook.has_rate_limit());
  EXPECT_FALSE(webhook.has_retry_policy());
  EXPECT_EQ(webhook.disable_reason(), v1::DISABLE_REASON_UNSPECIFIED);
  EXPECT_FALSE(webhook.has_disable_time());
  EXPECT_EQ(webhook.create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_THAT(webhook.etag(), Not(IsEmpty()));
  v1::Webhook read;
  ASSERT_TRUE(Get(webhook.name(), read).ok());
  read.set_signing_secret(webhook.signing_secret());  // the secret is shown only once
  read.clear_health();                                // only reads have it
  EXPECT_EQ(read.SerializeAsString(), webhook.SerializeAsString());
}

TEST_F(WebhookServiceTest, ItsUrlIsNormalisedAndItsTypesAreInOrderAndOnce) {
  v1::CreateWebhookRequest request = GoodCreate();
  request.mutable_webhook()->set_url("HTTP://ExAmple.COM:80/a/../b");
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_USER_UPDATED);
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_OPENED);
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(request, webhook).ok());
  EXPECT_EQ(webhook.url(), "http://example.com/b");
  EXPECT_THAT(webhook.event_types(),
              ElementsAre(v1::EVENT_TYPE_SENT, v1::EVENT_TYPE_OPENED, v1::EVENT_TYPE_USER_UPDATED));
}

TEST_F(WebhookServiceTest, AnIdIsMadeWhereNoneIsChosen) {
  EXPECT_THAT(MustCreate("").name(), ::testing::MatchesRegex("projects/p/webhooks/[0-9a-z]{13}"));
}

TEST_F(WebhookServiceTest, AnIdThatIsTakenIsRefusedWithTheResourceNamed) {
  MustCreate("first");
  for (bool validate_only : {false, true}) {
    v1::CreateWebhookRequest request = GoodCreate("first");
    request.set_validate_only(validate_only);
    v1::Webhook webhook;
    const absl::Status status = Create(request, webhook);
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(status).resource_name(), "projects/p/webhooks/first");
  }
}

TEST_F(WebhookServiceTest, ValidatingACreateCreatesNothing) {
  v1::CreateWebhookRequest request = GoodCreate("first");
  request.set_validate_only(true);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(request, webhook).ok());
  EXPECT_EQ(webhook.name(), "projects/p/webhooks/first");
  EXPECT_THAT(webhook.etag(), IsEmpty());
  EXPECT_EQ(store_.size(), 0u);
}

TEST_F(WebhookServiceTest, ARequestIdCreatesOnce) {
  v1::CreateWebhookRequest request = GoodCreate("");
  request.set_request_id("r");
  v1::Webhook first, again;
  ASSERT_TRUE(Create(request, first).ok());
  ASSERT_TRUE(Create(request, again).ok());
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  request.mutable_webhook()->set_display_name("other");
  EXPECT_THAT(FieldsOf(Create(request, again)), ElementsAre("request_id"));
}

TEST_F(WebhookServiceTest, ListsInPagesThatSurviveInsertsAndDeletesBetweenThem) {
  for (const char* id : {"a", "b", "c", "d"}) MustCreate(id);
  MustCreate("a", "other-project");
  v1::ListWebhooksRequest request;
  request.set_parent("projects/p");
  request.set_page_size(2);
  v1::ListWebhooksResponse page;
  const auto list = [&] {
    page.Clear();
    return Call("WebhookService/ListWebhooks", request, page);
  };
  ASSERT_TRUE(list().ok());
  ASSERT_THAT(page.webhooks(), SizeIs(2));
  EXPECT_EQ(page.webhooks(1).name(), "projects/p/webhooks/b");
  MustCreate("aa");
  MustCreate("bb");
  v1::DeleteWebhookRequest remove;
  remove.set_name("projects/p/webhooks/b");
  google::protobuf::Empty nothing;
  ASSERT_TRUE(Call("WebhookService/DeleteWebhook", remove, nothing).ok());
  std::vector<std::string> rest;
  while (!page.next_page_token().empty()) {
    request.set_page_token(page.next_page_token());
    ASSERT_TRUE(list().ok());
    for (const auto& webhook : page.webhooks()) rest.push_back(webhook.name());
  }
  EXPECT_THAT(rest, ElementsAre("projects/p/webhooks/bb", "projects/p/webhooks/c", "projects/p/webhooks/d"));
}

TEST_F(WebhookServiceTest, APageTokenOfAnotherQueryIsRefused) {
  for (const char* id : {"a", "b"}) MustCreate(id);
  v1::ListWebhooksRequest request;
  request.set_parent("projects/p");
  request.set_page_size(1);
  v1::ListWebhooksResponse page;
  ASSERT_TRUE(Call("WebhookService/ListWebhooks", request, page).ok());
  v1::ListDeliveriesRequest other;
  other.set_parent("projects/p");
  other.set_page_token(page.next_page_token());
  v1::ListDeliveriesResponse deliveries;
  EXPECT_THAT(FieldsOf(List(other, deliveries)), ElementsAre("page_token"));
  request.set_parent("projects/q");
  request.set_page_token(page.next_page_token());
  EXPECT_THAT(FieldsOf(Call("WebhookService/ListWebhooks", request, page)), ElementsAre("page_token"));
}

TEST_F(WebhookServiceTest, APageHasFiftyByDefaultAndAThousandAtMost) {
  std::vector<Webhook> many(1100);
  for (size_t i = 0; i < many.size(); ++i) {
    many[i].key = static_cast<int64_t>(i + 1);
    many[i].project = "p";
    many[i].id = "w" + std::to_string(i);
  }
  table_.Put(many);
  v1::ListWebhooksRequest request;
  request.set_parent("projects/p");
  for (const auto& [asked, given] : {std::pair(0, 50), std::pair(999999, 1000)}) {
    request.set_page_size(asked);
    v1::ListWebhooksResponse page;
    ASSERT_TRUE(Call("WebhookService/ListWebhooks", request, page).ok());
    EXPECT_THAT(page.webhooks(), SizeIs(given));
  }
}

TEST_F(WebhookServiceTest, APageFitsWhatClientsTakeByDefault) {
  std::vector<Webhook> many(100);
  for (size_t i = 0; i < many.size(); ++i) {
    many[i].key = static_cast<int64_t>(i + 1);
    many[i].project = "p";
    many[i].id = "w" + std::to_string(i);
    many[i].tls_ca = std::string(limits::kMaxTlsCaBytes, 'x');
  }
  table_.Put(many);
  v1::ListWebhooksRequest request;
  request.set_parent("projects/p");
  request.set_page_size(1000);
  std::set<std::string> read;
  int pages = 0;
  do {
    v1::ListWebhooksResponse page;
    ASSERT_TRUE(Call("WebhookService/ListWebhooks", request, page).ok());
    EXPECT_LT(page.ByteSizeLong(), size_t{4} << 20);
    for (const v1::Webhook& webhook : page.webhooks()) read.insert(webhook.name());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(read, SizeIs(100));
  EXPECT_EQ(pages, 3);
}

TEST_F(WebhookServiceTest, AnUpdateChangesWhatTheMaskSaysAndNothingElse) {
  const v1::Webhook before = MustCreate();
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(before.name());
  request.mutable_webhook()->set_url("http://127.0.0.1:2/");
  request.mutable_webhook()->set_display_name("not in the mask");
  request.mutable_update_mask()->add_paths("url");
  v1::Webhook after;
  ASSERT_TRUE(Update(request, after).ok());
  EXPECT_EQ(after.url(), "http://127.0.0.1:2/");
  EXPECT_EQ(after.display_name(), "");
  EXPECT_NE(after.etag(), before.etag());
}

TEST_F(WebhookServiceTest, AMaskedFieldThatIsNotSetGoesBackToItsDefault) {
  v1::CreateWebhookRequest create = GoodCreate();
  create.mutable_webhook()->set_display_name("name");
  create.mutable_webhook()->mutable_timeout()->set_seconds(9);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(create, webhook).ok());
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(webhook.name());
  request.mutable_update_mask()->add_paths("display_name");
  request.mutable_update_mask()->add_paths("timeout");
  ASSERT_TRUE(Update(request, webhook).ok());
  EXPECT_EQ(webhook.display_name(), "");
  EXPECT_EQ(webhook.timeout().seconds(), 5);
}

TEST_F(WebhookServiceTest, AMaskedPartChangesAndTheOthersStay) {
  v1::CreateWebhookRequest create = GoodCreate();
  create.mutable_webhook()->mutable_rate_limit()->set_per_second(5);
  create.mutable_webhook()->mutable_rate_limit()->set_burst(7);
  create.mutable_webhook()->mutable_retry_policy()->set_max_attempts(3);
  create.mutable_webhook()->mutable_retry_policy()->mutable_max_backoff()->set_seconds(60);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(create, webhook).ok());
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(webhook.name());
  request.mutable_webhook()->mutable_rate_limit()->set_burst(9);
  request.mutable_webhook()->mutable_retry_policy()->set_max_attempts(4);
  request.mutable_update_mask()->add_paths("rate_limit.burst");
  request.mutable_update_mask()->add_paths("retry_policy.max_attempts");
  ASSERT_TRUE(Update(request, webhook).ok());
  EXPECT_EQ(webhook.rate_limit().per_second(), 5);
  EXPECT_EQ(webhook.rate_limit().burst(), 9);
  EXPECT_EQ(webhook.retry_policy().max_attempts(), 4);
  EXPECT_EQ(webhook.retry_policy().max_backoff().seconds(), 60);
  request.mutable_webhook()->clear_rate_limit();
  request.mutable_update_mask()->clear_paths();
  request.mutable_update_mask()->add_paths("rate_limit.burst");
  ASSERT_TRUE(Update(request, webhook).ok());
  EXPECT_EQ(webhook.rate_limit().burst(), 5) << "a part that is not set goes back to its default";
}

TEST_F(WebhookServiceTest, APartOfWhatIsNotThereNeedsTheRestOfIt) {
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(MustCreate().name());
  request.mutable_webhook()->mutable_rate_limit()->set_burst(9);
  request.mutable_update_mask()->add_paths("rate_limit.burst");
  v1::Webhook webhook;
  EXPECT_THAT(FieldsOf(Update(request, webhook)), ElementsAre("webhook.rate_limit.per_second"));
}

// Each path is compared with each header, so that their number is checked first.
TEST_F(WebhookServiceTest, AnUpdateWithTooManyHeadersOrPathsIsRefusedAtOnce) {
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(MustCreate().name());
  for (int i = 0; i < 200'000; ++i) {
    const std::string name = absl::StrCat("x-", i);
    (*request.mutable_webhook()->mutable_headers())[name] = "v";
    request.mutable_update_mask()->add_paths(absl::StrCat("headers.`", name, "`"));
  }
  v1::Webhook webhook;
  EXPECT_THAT(FieldsOf(Update(request, webhook)), ElementsAre("webhook.headers", "update_mask"));
}

// A client that reads, edits and sends back the whole webhook, with a mask of all its fields.
TEST_F(WebhookServiceTest, AMaskMayNameWhatNoUpdateChangesIfItIsAsItWasRead) {
  v1::Webhook webhook = MustCreate();
  v1::UpdateWebhookRequest request;
  ASSERT_TRUE(Get(webhook.name(), *request.mutable_webhook()).ok());
  request.mutable_webhook()->set_display_name("edited");
  for (const char* path : {"name", "url", "display_name", "etag", "create_time", "update_time",
                           "disable_reason", "signing_algorithm", "signing_public_key", "signing_secret"}) {
    request.mutable_update_mask()->add_paths(path);
  }
  v1::UpdateWebhookRequest changed = request;
  ASSERT_TRUE(Update(request, webhook).ok());
  EXPECT_EQ(webhook.display_name(), "edited");
  changed.mutable_webhook()->mutable_create_time()->set_seconds(1);
  *changed.mutable_webhook()->mutable_etag() = webhook.etag();
  *changed.mutable_webhook()->mutable_update_time() = webhook.update_time();
  EXPECT_THAT(FieldsOf(Update(changed, webhook)), ElementsAre("update_mask"));
}

TEST_F(WebhookServiceTest, AnEmptyMaskChangesWhatIsSet) {
  v1::CreateWebhookRequest create = GoodCreate();
  create.mutable_webhook()->set_display_name("name");
  v1::Webhook webhook;
  ASSERT_TRUE(Create(create, webhook).ok());
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(webhook.name());
  request.mutable_webhook()->set_disabled(true);
  ASSERT_TRUE(Update(request, webhook).ok());
  EXPECT_TRUE(webhook.disabled());
  EXPECT_EQ(webhook.display_name(), "name");
}

TEST_F(WebhookServiceTest, AStarChangesEverything) {
  v1::CreateWebhookRequest create = GoodCreate();
  create.mutable_webhook()->set_display_name("name");
  v1::Webhook webhook;
  ASSERT_TRUE(Create(create, webhook).ok());
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(webhook.name());
  request.mutable_webhook()->set_url("http://127.0.0.1:2/");
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_CLICKED);
  request.mutable_update_mask()->add_paths("*");
  ASSERT_TRUE(Update(request, webhook).ok());
  EXPECT_EQ(webhook.url(), "http://127.0.0.1:2/");
  EXPECT_THAT(webhook.event_types(), ElementsAre(v1::EVENT_TYPE_CLICKED));
  EXPECT_EQ(webhook.display_name(), "");
}

TEST_F(WebhookServiceTest, AnOldEtagIsRefused) {
  const v1::Webhook before = MustCreate();
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(before.name());
  request.mutable_webhook()->set_etag(before.etag());
  request.mutable_webhook()->set_display_name("one");
  v1::Webhook after;
  ASSERT_TRUE(Update(request, after).ok());
  EXPECT_EQ(Update(request, after).code(), absl::StatusCode::kAborted);
  v1::DeleteWebhookRequest remove;
  remove.set_name(before.name());
  remove.set_etag(before.etag());
  google::protobuf::Empty nothing;
  EXPECT_EQ(Call("WebhookService/DeleteWebhook", remove, nothing).code(), absl::StatusCode::kAborted);
  v1::DisableWebhookRequest disable;
  disable.set_name(before.name());
  disable.set_etag(before.etag());
  EXPECT_EQ(Call("WebhookService/DisableWebhook", disable, after).code(), absl::StatusCode::kAborted);
}

TEST_F(WebhookServiceTest, ValidatingAnUpdateOrADeleteChangesNothing) {
  v1::Webhook before;
  ASSERT_TRUE(Get(MustCreate().name(), before).ok());
  v1::UpdateWebhookRequest request;
  request.mutable_webhook()->set_name(before.name());
  request.mutable_webhook()->set_display_name("new");
  request.set_validate_only(true);
  v1::Webhook after;
  ASSERT_TRUE(Update(request, after).ok());
  EXPECT_EQ(after.display_name(), "new");
  v1::DeleteWebhookRequest remove;
  remove.set_name(before.name());
  remove.set_validate_only(true);
  google::protobuf::Empty nothing;
  ASSERT_TRUE(Call("WebhookService/DeleteWebhook", remove, nothing).ok());
  ASSERT_TRUE(Get(before.name(), after).ok());
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
}

TEST_F(WebhookServiceTest, IsEnabledAndDisabled) {
  const std::string name = MustCreate().name();
  v1::DisableWebhookRequest disable;
  disable.set_name(name);
  v1::EnableWebhookRequest enable;
  enable.set_name(name);
  v1::Webhook webhook;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Call("WebhookService/DisableWebhook", disable, webhook).ok());
    EXPECT_TRUE(webhook.disabled());
  }
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Call("WebhookService/EnableWebhook", enable, webhook).ok());
    EXPECT_FALSE(webhook.disabled());
  }
}

TEST_F(WebhookServiceTest, WhatSaysHowItIsDeliveredToIsReadBackAsGiven) {
  v1::CreateWebhookRequest request = GoodCreate();
  ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(
      R"(ordered: true
         max_concurrency: 256
         rate_limit { per_second: 0.1 burst: 100000 }
         retry_policy {
           max_attempts: 1000
           min_backoff { nanos: 100000000 }
           max_backoff { seconds: 86400 }
           multiplier: 1.1
         })",
      request.mutable_webhook()));
  v1::Webhook webhook;
  const absl::Status status = Create(request, webhook);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_TRUE(webhook.ordered());
  EXPECT_EQ(webhook.max_concurrency(), 256);
  EXPECT_EQ(webhook.rate_limit().SerializeAsString(), request.webhook().rate_limit().SerializeAsString());
  EXPECT_EQ(webhook.retry_policy().SerializeAsString(), request.webhook().retry_policy().SerializeAsString());
}

TEST_F(WebhookServiceTest, WhatARateLimitAndARetryPolicyLeaveOutHasItsDefault) {
  struct Case {
    const char* given;
    const char* read;
  };
  for (const Case& each : {
           Case{"rate_limit { per_second: 2.5 }", "rate_limit { per_second: 2.5 burst: 3 }"},
           Case{"rate_limit { per_second: 0.01 }", "rate_limit { per_second: 0.01 burst: 1 }"},
           Case{"retry_policy { max_attempts: 1 }",
                "retry_policy { max_attempts: 1 min_backoff { seconds: 5 } max_backoff { seconds: 3600 } "
                "multiplier: 2 }"},
           Case{"retry_policy { max_attempts: 3 max_backoff { seconds: 2 } }",
                "retry_policy { max_attempts: 3 min_backoff { seconds: 2 } max_backoff { seconds: 2 } "
                "multiplier: 2 }"},
           Case{"retry_policy { max_attempts: 3 min_backoff { seconds: 7200 } multiplier: 1 }",
                "retry_policy { max_attempts: 3 min_backoff { seconds: 7200 } max_backoff { seconds: 7200 } "
                "multiplier: 1 }"},
       }) {
    v1::CreateWebhookRequest request = GoodCreate("");
    ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(each.given, request.mutable_webhook()));
    v1::Webhook webhook, read;
    ASSERT_TRUE(Create(request, webhook).ok()) << each.given;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(each.read, &read));
    EXPECT_EQ(webhook.rate_limit().DebugString(), read.rate_limit().DebugString());
    EXPECT_EQ(webhook.retry_policy().DebugString(), read.retry_policy().DebugString());
  }
}

TEST_F(WebhookServiceTest, EachOfTheseIsChangedAloneAndGoesBackToItsDefault) {
  MustCreate();
  for (const auto& [field, value] : {std::pair("ordered", "ordered: true"),
                                     {"max_concurrency", "max_concurrency: 3"},
                                     {"rate_limit", "rate_limit { per_second: 3 }"},
                                     {"retry_policy", "retry_policy { max_attempts: 3 }"}}) {
    v1::Webhook before, changed, after;
    ASSERT_TRUE(Get("projects/p/webhooks/first", before).ok());
    v1::UpdateWebhookRequest request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(value, request.mutable_webhook()));
    request.mutable_webhook()->set_name(before.name());
    ASSERT_TRUE(Update(request, changed).ok()) << field;
    request.mutable_webhook()->Clear();
    request.mutable_webhook()->set_name(before.name());
    request.mutable_update_mask()->add_paths(field);
    ASSERT_TRUE(Update(request, after).ok()) << field;
    // Only this field differed, and now it has its previous value.
    const auto* descriptor = v1::Webhook::descriptor()->FindFieldByName(field);
    for (v1::Webhook* webhook : {&before, &changed, &after}) {
      webhook->clear_etag();
      webhook->clear_update_time();
      webhook->clear_health();
    }
    EXPECT_EQ(after.DebugString(), before.DebugString()) << field;
    EXPECT_NE(changed.DebugString(), before.DebugString()) << field;
    for (v1::Webhook* webhook : {&before, &changed})
      webhook->GetReflection()->ClearField(webhook, descriptor);
    EXPECT_EQ(changed.DebugString(), before.DebugString()) << field;
  }
}

TEST_F(WebhookServiceTest, ARequestIdTellsApartWhatDiffersInAnyOfThese) {
  v1::CreateWebhookRequest request = GoodCreate();
  request.set_request_id("r");
  v1::Webhook webhook;
  ASSERT_TRUE(Create(request, webhook).ok());
  for (const char* other : {"ordered: true", "max_concurrency: 15", "rate_limit { per_second: 1 }",
                            "retry_policy { max_attempts: 1 }", "disabled: true"}) {
    v1::CreateWebhookRequest changed = request;
    ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(other, changed.mutable_webhook()));
    EXPECT_THAT(FieldsOf(Create(changed, webhook)), ElementsAre("request_id")) << other;
  }
}

TEST_F(WebhookServiceTest, ItTellsWhoDisabledItAndSinceWhenUntilItIsEnabled) {
  v1::CreateWebhookRequest create = GoodCreate();
  create.mutable_webhook()->set_disabled(true);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(create, webhook).ok());
  const int64_t created = absl::ToUnixSeconds(clock_.Now());
  EXPECT_EQ(webhook.disable_reason(), v1::DISABLE_REASON_REQUESTED);
  EXPECT_EQ(webhook.disable_time().seconds(), created);

  // The webhook is already disabled, so its disable_time does not change.
  clock_.Advance(absl::Minutes(1));
  v1::DisableWebhookRequest disable;
  disable.set_name(webhook.name());
  v1::UpdateWebhookRequest update;
  update.mutable_webhook()->set_name(webhook.name());
  update.mutable_webhook()->set_disabled(true);
  ASSERT_TRUE(Call("WebhookService/DisableWebhook", disable, webhook).ok());
  ASSERT_TRUE(Update(update, webhook).ok());
  EXPECT_EQ(webhook.disable_time().seconds(), created);

  v1::EnableWebhookRequest enable;
  enable.set_name(webhook.name());
  ASSERT_TRUE(Call("WebhookService/EnableWebhook", enable, webhook).ok());
  EXPECT_EQ(webhook.disable_reason(), v1::DISABLE_REASON_UNSPECIFIED);
  EXPECT_FALSE(webhook.has_disable_time());

  ASSERT_TRUE(Update(update, webhook).ok());
  EXPECT_EQ(webhook.disable_reason(), v1::DISABLE_REASON_REQUESTED);
  EXPECT_EQ(webhook.disable_time().seconds(), created + 60);
  update.mutable_webhook()->set_disabled(false);
  update.mutable_update_mask()->add_paths("disabled");
  ASSERT_TRUE(Update(update, webhook).ok());
  EXPECT_FALSE(webhook.disabled());
  EXPECT_FALSE(webhook.has_disable_time());
}

TEST_F(WebhookServiceTest, ItTellsThatItsEndpointIsGone) {
  MustCreate();
  MustEmit();
  HttpResult gone;
  gone.status = 410;
  ASSERT_TRUE(http_->AnswerNext(gone));
  v1::Webhook webhook;
  ASSERT_TRUE(Get("projects/p/webhooks/first", webhook).ok());
  EXPECT_TRUE(webhook.disabled());
  EXPECT_EQ(webhook.disable_reason(), v1::DISABLE_REASON_GONE);
  // A request to disable the webhook does not change the reason.
  v1::DisableWebhookRequest disable;
  disable.set_name(webhook.name());
  ASSERT_TRUE(Call("WebhookService/DisableWebhook", disable, webhook).ok());
  EXPECT_EQ(webhook.disable_reason(), v1::DISABLE_REASON_GONE);
}

TEST_F(WebhookServiceTest, AFullStoreIsAnsweredWithWhenToTryAgain) {
  store_.FailWrites(absl::ResourceExhaustedError("the disk is full"));
  v1::Webhook webhook;
  const absl::Status status = Create(GoodCreate(), webhook);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(status).retry_delay().seconds(),
            absl::ToInt64Seconds(limits::kRetryDelay));
}

class TestWebhookTest : public ApiTest {
 protected:
  // The response of TestWebhook if the HTTP result is `result`.
  v1::TestWebhookResponse Test(v1::EventType type, const HttpResult& result) {
    v1::TestWebhookRequest request;
    request.set_name("projects/p/webhooks/first");
    request.set_event_type(type);
    v1::TestWebhookResponse response;
    std::thread endpoint([&] {
      EXPECT_TRUE(http_->WaitForWaiting(1, absl::Seconds(30)));
      http_->AnswerNext(result);
    });
    const absl::Status status = Call("WebhookService/TestWebhook", request, response);
    EXPECT_TRUE(status.ok()) << status.message();
    endpoint.join();
    return response;
  }
};

TEST_F(TestWebhookTest, TellsSuccessWithWhatWasSentAndWhatCameBack) {
  MustCreate();
  HttpResult result;
  result.status = 204;
  result.total = absl::Milliseconds(12);
  result.headers = {{"Server", "nginx"}};
  const v1::TestWebhookResponse response = Test(v1::EVENT_TYPE_BOUNCED, result);
  EXPECT_TRUE(response.success());
  EXPECT_THAT(response.message(), HasSubstr("204"));
  EXPECT_EQ(response.event_type(), v1::EVENT_TYPE_BOUNCED);
  EXPECT_EQ(response.request().url(), "http://127.0.0.1:1/");
  EXPECT_EQ(response.request().headers().at("Content-Type"), "application/json");
  EXPECT_THAT(response.request().body(), HasSubstr(R"("bounce_type":"hard")"));
  EXPECT_EQ(response.attempt().response_status(), 204);
  EXPECT_EQ(response.attempt().total_duration().nanos(), 12'000'000);
  EXPECT_THAT(response.attempt().request_headers(), SizeIs(response.request().headers().size()));
  ASSERT_THAT(response.attempt().response_headers(), SizeIs(1));
  EXPECT_EQ(response.attempt().response_headers(0).value(), "nginx");
}

TEST_F(TestWebhookTest, ARedirectsAdviceIsToUseTheFinalUrl) {
  MustCreate();
  HttpResult result;
  result.status = 308;
  result.headers = {{"Location", "https://example.com/final"}};
  EXPECT_THAT(
      Test(v1::EVENT_TYPE_UNSPECIFIED, result).message(),
      HasSubstr("it redirects to https://example.com/final. Use the final URL as the webhook's URL."));
}

TEST_F(TestWebhookTest, AProjectWhoseTestsHangLeavesAShareToTheOthers) {
  MustCreate();
  v1::CreateWebhookRequest other = GoodCreate();
  other.set_parent("projects/q");
  v1::Webhook webhook;
  ASSERT_TRUE(Create(other, webhook).ok());
  constexpr int kMost =
      limits::kMaxConcurrentTests - static_cast<int>(limits::kMaxConcurrentTests * limits::kMaxShare);
  const auto test = [this](const std::string& name) {
    v1::TestWebhookRequest request;
    request.set_name(name);
    v1::TestWebhookResponse response;
    return Call("WebhookService/TestWebhook", request, response);
  };
  std::vector<std::thread> tests;
  for (int i = 0; i < kMost; ++i) {
    tests.emplace_back([&] { EXPECT_TRUE(test("projects/p/webhooks/first").ok()); });
  }
  ASSERT_TRUE(http_->WaitForWaiting(kMost, absl::Seconds(30)));
  EXPECT_EQ(test("projects/p/webhooks/first").code(), absl::StatusCode::kResourceExhausted);
  tests.emplace_back([&] { EXPECT_TRUE(test(webhook.name()).ok()); });
  ASSERT_TRUE(http_->WaitForWaiting(kMost + 1, absl::Seconds(30)));
  HttpResult result;
  result.status = 200;
  for (size_t i = 0; i < tests.size(); ++i) http_->AnswerNext(result);
  for (std::thread& each : tests) each.join();
}

TEST_F(TestWebhookTest, TellsAFailureInASentenceToActOnAndAnswersOkAllTheSame) {
  MustCreate();
  HttpResult result;
  result.error = "could not connect: connection refused";
  const v1::TestWebhookResponse response = Test(v1::EVENT_TYPE_UNSPECIFIED, result);
  EXPECT_FALSE(response.success());
  EXPECT_EQ(response.event_type(), v1::EVENT_TYPE_SENT);  // the first of the webhook's types
  EXPECT_THAT(response.message(), HasSubstr("connection refused. Is a server listening there"));
  EXPECT_EQ(response.attempt().error(), "could not connect: connection refused");
}

}  // namespace
}  // namespace hookd
