#include <fstream>

#include "hookctl/values.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class WebhooksTest : public HookctlTest {};

v1::Webhook MakeWebhook(const std::string& id) {
  v1::Webhook webhook;
  webhook.set_name("projects/shop/webhooks/" + id);
  webhook.set_url("https://example.com/" + id);
  webhook.add_event_types(v1::EVENT_TYPE_SENT);
  webhook.add_event_types(v1::EVENT_TYPE_BOUNCED);
  webhook.mutable_update_time()->set_seconds(1769862605);
  webhook.set_etag("e1");
  return webhook;
}

TEST_F(WebhooksTest, CreateSendsEveryFlag) {
  hookd_.webhooks.create.Respond(MakeWebhook("billing"));
  const Result result =
      Hookctl({"webhooks", "create", "--url", "https://example.com/hook", "--event-types", "sent,BOUNCED",
               "--disabled", "--display-name", "Billing", "--attempt-timeout", "1.5s", "--id", "billing",
               "--request-id", "r1", "--validate-only"});
  EXPECT_EQ(result.code, kOk) << result.err;
  ASSERT_THAT(hookd_.webhooks.create.requests(), SizeIs(1));
  const auto request = hookd_.webhooks.create.requests()[0];
  EXPECT_EQ(request.parent(), "projects/shop");
  EXPECT_EQ(request.webhook_id(), "billing");
  EXPECT_EQ(request.request_id(), "r1");
  EXPECT_TRUE(request.validate_only());
  EXPECT_EQ(request.webhook().url(), "https://example.com/hook");
  EXPECT_THAT(request.webhook().event_types(), ElementsAre(v1::EVENT_TYPE_SENT, v1::EVENT_TYPE_BOUNCED));
  EXPECT_TRUE(request.webhook().disabled());
  EXPECT_EQ(request.webhook().display_name(), "Billing");
  EXPECT_EQ(request.webhook().timeout().seconds(), 1);
  EXPECT_EQ(request.webhook().timeout().nanos(), 500000000);
}

TEST_F(WebhooksTest, CreateShowsTheWebhookAndHasARequestIdOfItsOwn) {
  hookd_.webhooks.create.Respond(MakeWebhook("w"));
  const Result result = Hookctl({"webhooks", "create", "--url", "x", "--event-types", "all"});
  EXPECT_THAT(result.out, HasSubstr("Name     projects/shop/webhooks/w\n"));
  EXPECT_THAT(result.out, HasSubstr("Events   sent,bounced\n"));
  EXPECT_THAT(result.out, HasSubstr("State    enabled\n"));
  const auto request = hookd_.webhooks.create.requests()[0];
  EXPECT_THAT(request.request_id(), SizeIs(36));
  EXPECT_TRUE(request.webhook().all_event_types());
  EXPECT_THAT(request.webhook().event_types(), IsEmpty());
  EXPECT_FALSE(request.webhook().has_timeout());
}

TEST_F(WebhooksTest, CreateShowsTheSecretAndSaysThatItIsForOnce) {
  v1::Webhook webhook = MakeWebhook("w");
  webhook.set_signing_secret("whsec_abc");
  webhook.set_signing_algorithm(v1::SIGNING_ALGORITHM_HMAC_SHA256);
  hookd_.webhooks.create.Respond(webhook);
  const Result result = Hookctl({"webhooks", "create", "--url", "x", "--event-types", "all"});
  EXPECT_THAT(result.out, HasSubstr("whsec_abc"));
  EXPECT_THAT(result.err, HasSubstr("not shown again"));
}

TEST_F(WebhooksTest, CreateSendsCredentialsFromFilesAndFlags) {
  const hookd::TempDir folder;
  const auto file = [&](const std::string& name, const std::string& contents) {
    std::ofstream(folder.path() + "/" + name) << contents;
    return folder.path() + "/" + name;
  };
  const Result result = Hookctl({"webhooks",
                                 "create",
                                 "--url",
                                 "x",
                                 "--event-types",
                                 "all",
                                 "--header",
                                 "X-Key: a: b",
                                 "--header",
                                 "X-File: @" + file("key", "hunter2\n"),
                                 "--basic-auth",
                                 "@" + file("auth", "user:pass:word\n"),
                                 "--client-certificate",
                                 file("chain", "chain\n"),
                                 "--client-key",
                                 file("private", "key\n"),
                                 "--tls-ca",
                                 file("ca", "ca\n"),
                                 "--signing-secret",
                                 "whsec_abc",
                                 "--signing-algorithm",
                                 "hmac-sha256"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const v1::Webhook webhook = hookd_.webhooks.create.requests().at(0).webhook();
  EXPECT_THAT(webhook.headers(), UnorderedElementsAre(Pair("X-Key", "a: b"), Pair("X-File", "hunter2")));
  EXPECT_EQ(webhook.basic_auth().username(), "user");
  EXPECT_EQ(webhook.basic_auth().password(), "pass:word");
  EXPECT_EQ(webhook.client_certificate().certificate_chain(), "chain\n");
  EXPECT_EQ(webhook.client_certificate().private_key(), "key\n");
  EXPECT_EQ(webhook.tls_ca(), "ca\n");
  EXPECT_EQ(webhook.signing_secret(), "whsec_abc");
  EXPECT_EQ(webhook.signing_algorithm(), v1::SIGNING_ALGORITHM_HMAC_SHA256);
}

TEST_F(WebhooksTest, UpdateAddsAndRemovesHeadersBesideThoseThatStay) {
  v1::Webhook current = MakeWebhook("w");
  for (const char* name : {"X-Stays", "X-Changes", "X-Goes"}) (*current.mutable_headers())[name] = "";
  hookd_.webhooks.get.Respond(current);
  const Result result =
      Hookctl({"webhooks", "update", "w", "--header", "x-changes: new", "--remove-header", "x-goes"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.webhooks.update.requests().at(0);
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("headers"));
  EXPECT_THAT(request.webhook().headers(),
              UnorderedElementsAre(Pair("X-Stays", ""), Pair("x-changes", "new")));
  EXPECT_EQ(request.webhook().etag(), "e1");
}

TEST_F(WebhooksTest, UpdateTakesCredentialsAway) {
  Hookctl({"webhooks", "update", "w", "--no-basic-auth", "--no-client-certificate", "--no-tls-ca"});
  EXPECT_THAT(hookd_.webhooks.update.requests().at(0).update_mask().paths(),
              ElementsAre("basic_auth", "client_certificate", "tls_ca"));
}

TEST_F(WebhooksTest, BadCredentialsAreAnErrorOfUsage) {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--header", "X-Key"},
                                                {"--header", "X-Key:"},
                                                {"--header", "X: @/none"},
                                                {"--basic-auth", "user"},
                                                {"--client-certificate", "/dev/null"},
                                                {"--tls-ca", "/none"},
                                                {"--signing-algorithm", "rsa"}}) {
    std::vector<std::string> arguments = {"webhooks", "create", "--url", "x", "--event-types", "all"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    EXPECT_EQ(Hookctl(arguments).code, kUsage) << flags[0] << " " << flags[1];
  }
}

TEST_F(WebhooksTest, RotateSecretSendsEveryFlag) {
  hookd_.webhooks.rotate.Respond(MakeWebhook("w"));
  const Result result = Hookctl({"webhooks", "rotate-secret", "w", "--etag", "e", "--signing-secret",
                                 "whsec_a", "--signing-algorithm", "ed25519", "--grace-period", "0s"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.webhooks.rotate.requests().at(0);
  EXPECT_EQ(request.name(), "projects/shop/webhooks/w");
  EXPECT_EQ(request.etag(), "e");
  EXPECT_EQ(request.signing_secret(), "whsec_a");
  EXPECT_EQ(request.signing_algorithm(), v1::SIGNING_ALGORITHM_ED25519);
  EXPECT_TRUE(request.has_grace_period());
  EXPECT_EQ(request.grace_period().seconds(), 0);
}

TEST_F(WebhooksTest, ErrorsHaveALineForEachField) {
  hookd_.webhooks.create.Fail(hookd::InvalidArgument(
      {{"webhook.url", "must be http or https"}, {"webhook_id", "is too\x1b[2J long"}}));
  const Result result =
      Hookctl({"webhooks", "create", "--url", "ftp://x", "--event-types", "sent", "--id", "X"});
  EXPECT_EQ(result.code, kInvalidArgument);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "error: INVALID_ARGUMENT\n"
            "  webhook.url: must be http or https\n"
            "  webhook_id: is too\\x1b[2J long\n");
}

TEST_F(WebhooksTest, ExitCodesTellErrorsApart) {
  const std::vector<std::pair<grpc::StatusCode, int>> codes = {
      {grpc::StatusCode::NOT_FOUND, kNotFound},
      {grpc::StatusCode::INVALID_ARGUMENT, kInvalidArgument},
      {grpc::StatusCode::ALREADY_EXISTS, kConflict},
      {grpc::StatusCode::ABORTED, kConflict},
      {grpc::StatusCode::FAILED_PRECONDITION, kConflict},
      {grpc::StatusCode::UNAVAILABLE, kUnavailable},
      {grpc::StatusCode::DEADLINE_EXCEEDED, kUnavailable},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, kUnavailable},
      {grpc::StatusCode::INTERNAL, kError},
  };
  for (const auto& [code, expected] : codes) {
    hookd_.webhooks.remove.Fail({code, "sorry"});
    const Result result = Hookctl({"webhooks", "delete", "w"});
    EXPECT_EQ(result.code, expected) << code;
    EXPECT_THAT(result.err, HasSubstr("sorry"));
  }
}

TEST_F(WebhooksTest, RetryDelaysAreTold) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  hookd_.webhooks.remove.Fail(hookd::RichError(grpc::StatusCode::RESOURCE_EXHAUSTED, "full", retry));
  EXPECT_THAT(Hookctl({"webhooks", "delete", "w"}).err, HasSubstr("Try again in 2s.\n"));
}

TEST_F(WebhooksTest, NamesAreShortOrFull) {
  for (const char* name : {"w", "webhooks/w", "projects/shop/webhooks/w"}) Hookctl({"webhooks", "get", name});
  Hookctl({"webhooks", "get", "projects/other/webhooks/w"});
  std::vector<std::string> names;
  for (const auto& request : hookd_.webhooks.get.requests()) names.push_back(request.name());
  EXPECT_THAT(names, ElementsAre("projects/shop/webhooks/w", "projects/shop/webhooks/w",
                                 "projects/shop/webhooks/w", "projects/other/webhooks/w"));
}

TEST_F(WebhooksTest, GetAsJsonIsTheResourceWithItsDefaults) {
  hookd_.webhooks.get.Respond(MakeWebhook("w"));
  const Result result = Hookctl({"webhooks", "get", "w", "--output", "json"});
  EXPECT_THAT(result.out, HasSubstr("\"name\": \"projects/shop/webhooks/w\""));
  EXPECT_THAT(result.out, HasSubstr("\"disabled\": false"));
  EXPECT_THAT(result.out, HasSubstr("\"event_types\": [\n  \"EVENT_TYPE_SENT\","));
}

TEST_F(WebhooksTest, GetShowsHowItIsSentToAndWhyItIsDisabled) {
  v1::Webhook webhook = MakeWebhook("w");
  webhook.set_ordered(true);
  webhook.set_max_concurrency(4);
  webhook.mutable_rate_limit()->set_per_second(10);
  webhook.mutable_rate_limit()->set_burst(50);
  auto* policy = webhook.mutable_retry_policy();
  policy->set_max_attempts(8);
  policy->mutable_min_backoff()->set_seconds(5);
  policy->mutable_max_backoff()->set_seconds(3600);
  policy->set_multiplier(2.5);
  webhook.set_disabled(true);
  webhook.set_disable_reason(v1::DISABLE_REASON_GONE);
  webhook.mutable_disable_time()->set_seconds(1769862605);
  hookd_.webhooks.get.Respond(webhook);
  EXPECT_EQ(Hookctl({"webhooks", "get", "w"}).out,
            "Name         projects/shop/webhooks/w\n"
            "URL          https://example.com/w\n"
            "Events       sent,bounced\n"
            "State        disabled since 2026-01-31 12:30:05.000Z: its endpoint answered 410 Gone\n"
            "Ordered      yes\n"
            "Concurrency  4\n"
            "Rate limit   10/s, burst 50\n"
            "Retries      8 attempts, backoff 5s to 1h, factor 2.5\n"
            "Updated      2026-01-31 12:30:05.000Z\n"
            "Etag         e1\n");
}

TEST_F(WebhooksTest, ListOfNothingSaysSoOnStderr) {
  const Result result = Hookctl({"webhooks", "list"});
  EXPECT_EQ(result.code, kOk);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "No webhooks in projects/shop.\n");
}

// Pages of at most two, as many as there are tokens 1, 2, ...
void RespondInPages(hookd::FakeHookd& hookd, int pages) {
  hookd.webhooks.list.Set([pages](const v1::ListWebhooksRequest& request, v1::ListWebhooksResponse* page) {
    const int number = request.page_token().empty() ? 0 : std::stoi(request.page_token());
    for (int i = 0; i < std::min(2, request.page_size()); ++i) {
      *page->add_webhooks() = MakeWebhook("w" + std::to_string(2 * number + i));
    }
    if (number + 1 < pages) page->set_next_page_token(std::to_string(number + 1));
    return grpc::Status::OK;
  });
}

TEST_F(WebhooksTest, ListFollowsPagesToTheEnd) {
  RespondInPages(hookd_, 3);
  const Result result = Hookctl({"webhooks", "list", "--limit", "0"});
  EXPECT_THAT(hookd_.webhooks.list.requests(), SizeIs(3));
  EXPECT_THAT(result.out, HasSubstr("w0"));
  EXPECT_THAT(result.out, HasSubstr("w5"));
  EXPECT_EQ(result.err, "");
}

TEST_F(WebhooksTest, ListStopsAtItsLimitAndSaysHowToGoOn) {
  RespondInPages(hookd_, 3);
  const Result result = Hookctl({"webhooks", "list", "--limit", "3"});
  const auto requests = hookd_.webhooks.list.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].page_size(), 3);
  EXPECT_EQ(requests[1].page_size(), 1);
  EXPECT_THAT(result.out, Not(HasSubstr("w3")));
  EXPECT_THAT(result.err, HasSubstr("--page-token 2"));
}

TEST_F(WebhooksTest, ListAsJsonIsOneObject) {
  RespondInPages(hookd_, 2);
  const Result result = Hookctl({"webhooks", "list", "-o", "json", "--page-token", "1"});
  EXPECT_EQ(hookd_.webhooks.list.requests()[0].page_token(), "1");
  EXPECT_EQ(result.out.find("{\n \"webhooks\": [\n"), 0U);
  EXPECT_THAT(result.out, HasSubstr("\"next_page_token\": \"\"\n}\n"));
}

TEST_F(WebhooksTest, UpdateDerivesTheMaskFromTheFlags) {
  const Result result =
      Hookctl({"webhooks", "update", "--event-types", "opened", "w", "--enabled", "--display-name", "",
               "--attempt-timeout", "default", "--etag", "e1", "--dry-run"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.webhooks.update.requests()[0];
  EXPECT_THAT(request.update_mask().paths(),
              ElementsAre("event_types", "disabled", "display_name", "timeout"));
  EXPECT_EQ(request.webhook().name(), "projects/shop/webhooks/w");
  EXPECT_EQ(request.webhook().etag(), "e1");
  EXPECT_THAT(request.webhook().event_types(), ElementsAre(v1::EVENT_TYPE_OPENED));
  EXPECT_FALSE(request.webhook().disabled());
  EXPECT_FALSE(request.webhook().has_timeout());
  EXPECT_TRUE(request.validate_only());
}

TEST_F(WebhooksTest, CreateSendsTheFlagsOfSending) {
  const Result result =
      Hookctl({"webhooks", "create", "--url", "x", "--event-types", "all", "--ordered", "--max-concurrency",
               "4", "--rate-limit", "0.5:20", "--retry-max-attempts", "8", "--retry-min-backoff", "100ms",
               "--retry-max-backoff", "6h", "--retry-multiplier", "1.5"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const v1::Webhook webhook = hookd_.webhooks.create.requests()[0].webhook();
  EXPECT_TRUE(webhook.ordered());
  EXPECT_EQ(webhook.max_concurrency(), 4);
  EXPECT_EQ(webhook.rate_limit().per_second(), 0.5);
  EXPECT_EQ(webhook.rate_limit().burst(), 20);
  EXPECT_EQ(webhook.retry_policy().max_attempts(), 8);
  EXPECT_EQ(webhook.retry_policy().min_backoff().nanos(), 100000000);
  EXPECT_EQ(webhook.retry_policy().max_backoff().seconds(), 21600);
  EXPECT_EQ(webhook.retry_policy().multiplier(), 1.5);
}

TEST_F(WebhooksTest, CreateWithoutThemSetsNone) {
  Hookctl({"webhooks", "create", "--url", "x", "--event-types", "all"});
  const v1::Webhook webhook = hookd_.webhooks.create.requests()[0].webhook();
  EXPECT_FALSE(webhook.has_rate_limit());
  EXPECT_FALSE(webhook.has_retry_policy());
  EXPECT_EQ(webhook.max_concurrency(), 0);
}

TEST_F(WebhooksTest, UpdateCanTakeTheFlagsOfSendingBack) {
  const Result result = Hookctl({"webhooks", "update", "w", "--no-ordered", "--max-concurrency", "default",
                                 "--no-rate-limit", "--no-retries"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.webhooks.update.requests()[0];
  EXPECT_THAT(request.update_mask().paths(),
              ElementsAre("ordered", "max_concurrency", "rate_limit", "retry_policy"));
  EXPECT_EQ(request.webhook().max_concurrency(), 0);
  EXPECT_FALSE(request.webhook().has_rate_limit());
  EXPECT_FALSE(request.webhook().has_retry_policy());
  EXPECT_THAT(hookd_.webhooks.get.requests(), IsEmpty());
}

TEST_F(WebhooksTest, UpdateOfAPartOfTheRetriesKeepsTheRest) {
  v1::Webhook webhook = MakeWebhook("w");
  webhook.mutable_retry_policy()->set_max_attempts(8);
  webhook.mutable_retry_policy()->set_multiplier(3);
  hookd_.webhooks.get.Respond(webhook);
  const Result result = Hookctl({"webhooks", "update", "w", "--retry-max-attempts", "9"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.webhooks.update.requests()[0];
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("retry_policy"));
  EXPECT_EQ(request.webhook().retry_policy().max_attempts(), 9);
  EXPECT_EQ(request.webhook().retry_policy().multiplier(), 3);
  EXPECT_EQ(request.webhook().etag(), "e1");  // so that it fails if the webhook has changed since
}

TEST_F(WebhooksTest, WrongFlagsOfSendingAreUsageErrors) {
  EXPECT_THAT(Hookctl({"webhooks", "update", "w", "--rate-limit", "fast"}).err, HasSubstr("10:50"));
  EXPECT_EQ(Hookctl({"webhooks", "update", "w", "--rate-limit", "1", "--no-rate-limit"}).code, kUsage);
  EXPECT_EQ(Hookctl({"webhooks", "update", "w", "--no-retries", "--retry-multiplier", "2"}).code, kUsage);
  EXPECT_EQ(Hookctl({"webhooks", "update", "w", "--max-concurrency", "0"}).code, kUsage);
  EXPECT_EQ(Hookctl({"webhooks", "update", "w", "--retry-min-backoff", "soon"}).code, kUsage);
  EXPECT_THAT(hookd_.webhooks.update.requests(), IsEmpty());
}

TEST_F(WebhooksTest, UpdateToAllEventTypesIsAnUpdateOfThatField) {
  EXPECT_EQ(Hookctl({"webhooks", "update", "w", "--event-types", "bounced,all"}).code, kOk);
  const auto request = hookd_.webhooks.update.requests()[0];
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("all_event_types"));
  EXPECT_TRUE(request.webhook().all_event_types());
  EXPECT_THAT(request.webhook().event_types(), IsEmpty());
}

TEST_F(WebhooksTest, AllTypesAndAListOfEveryTypeOfThisVersionLookDifferent) {
  v1::Webhook webhook = MakeWebhook("w");
  webhook.clear_event_types();
  for (const v1::EventType type : ExpandEventTypes({"all"})) webhook.add_event_types(type);
  hookd_.webhooks.get.Respond(webhook);
  EXPECT_THAT(Hookctl({"webhooks", "get", "w"}).out, HasSubstr("Events   all 12\n"));
  webhook.set_all_event_types(true);
  hookd_.webhooks.get.Respond(webhook);
  EXPECT_THAT(Hookctl({"webhooks", "get", "w"}).out, HasSubstr("Events   all\n"));
}

TEST_F(WebhooksTest, TheTimeoutOfTheCallIsNotTakenForThatOfTheWebhook) {
  const std::vector<std::string> create = {"webhooks", "create", "--url", "x", "--event-types", "all"};
  const auto run = [&](std::vector<std::string> command, const std::vector<std::string>& flags) {
    command.insert(command.end(), flags.begin(), flags.end());
    return Hookctl(command).err;
  };
  EXPECT_THAT(run(create, {"--timeout", "20s"}), HasSubstr("--attempt-timeout"));
  EXPECT_THAT(run({"webhooks", "update", "w", "--ordered"}, {"--timeout", "20s"}),
              HasSubstr("--attempt-timeout"));
  EXPECT_EQ(run(create, {}), "");
  EXPECT_EQ(run(create, {"--timeout", "20s", "--attempt-timeout", "3s"}), "");
}

TEST_F(WebhooksTest, UpdateOfNothingIsAUsageError) {
  EXPECT_EQ(Hookctl({"webhooks", "update", "w"}).code, kUsage);
  EXPECT_THAT(hookd_.webhooks.update.requests(), IsEmpty());
}

TEST_F(WebhooksTest, DeleteSendsEtagAndValidateOnly) {
  const Result result = Hookctl({"webhooks", "delete", "w", "--etag", "e1", "--validate-only"});
  EXPECT_EQ(result.out, "Would delete projects/shop/webhooks/w\n");
  const auto request = hookd_.webhooks.remove.requests()[0];
  EXPECT_EQ(request.etag(), "e1");
  EXPECT_TRUE(request.validate_only());
}

TEST_F(WebhooksTest, EnableAndDisableCallTheirOwnMethods) {
  hookd_.webhooks.disable.Fail({grpc::StatusCode::ABORTED, "changed"});
  EXPECT_EQ(Hookctl({"webhooks", "enable", "w", "--etag", "e1"}).code, kOk);
  EXPECT_EQ(Hookctl({"webhooks", "disable", "w", "--etag", "e2"}).code, kConflict);
  EXPECT_EQ(hookd_.webhooks.enable.requests()[0].etag(), "e1");
  EXPECT_EQ(hookd_.webhooks.disable.requests()[0].etag(), "e2");
}

v1::TestWebhookResponse MakeTest(bool success) {
  v1::TestWebhookResponse test;
  test.set_success(success);
  test.set_message("The endpoint answered 503.");
  test.set_event_type(v1::EVENT_TYPE_BOUNCED);
  test.mutable_request()->set_url("https://example.com/w");
  (*test.mutable_request()->mutable_headers())["Webhook-Id"] = "abc";
  test.mutable_request()->set_body(R"({"bounced_at":1435016238})");
  test.mutable_attempt()->set_response_status(503);
  test.mutable_attempt()->mutable_total_duration()->set_nanos(12300000);
  test.mutable_attempt()->set_response_body("busy\x1b[2J");
  return test;
}

TEST_F(WebhooksTest, AFailedTestShowsWhyAndExitsWithItsOwnCode) {
  hookd_.webhooks.test.Respond(MakeTest(false));
  const Result result = Hookctl({"webhooks", "test", "w", "--type", "bounced"});
  EXPECT_EQ(result.code, kTestFailed);
  EXPECT_EQ(hookd_.webhooks.test.requests()[0].event_type(), v1::EVENT_TYPE_BOUNCED);
  EXPECT_EQ(result.out,
            "Failed: The endpoint answered 503.\n\n"
            "Request: POST https://example.com/w, the sample of bounced\n"
            "  Webhook-Id: abc\n\n"
            "  Body (25 bytes, sent on one line)\n"
            "    {\n      \"bounced_at\": 1435016238\n    }\n\n"
            "Response:\n"
            "  Status  503\n"
            "  Took    total 12.3 ms\n"
            "  Body\n"
            "    busy\\x1b[2J\n");
}

TEST_F(WebhooksTest, ASuccessfulTestExitsWithZero) {
  hookd_.webhooks.test.Respond(MakeTest(true));
  EXPECT_EQ(Hookctl({"webhooks", "test", "w"}).code, kOk);
  EXPECT_EQ(hookd_.webhooks.test.requests()[0].event_type(), v1::EVENT_TYPE_UNSPECIFIED);
}

TEST_F(WebhooksTest, ATestOfAWebhookThatDoesNotExistSendsItsFlagsWithoutAName) {
  hookd_.webhooks.test.Respond(MakeTest(true));
  const Result result =
      Hookctl({"webhooks", "test", "--url", "https://example.com/new", "--event-types", "clicked", "--header",
               "X-Key: secret", "--signing-secret", "whsec_abc", "--attempt-timeout", "3s"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.webhooks.test.requests()[0];
  EXPECT_EQ(request.name(), "");
  EXPECT_EQ(request.parent(), "projects/shop");
  EXPECT_FALSE(request.has_update_mask());
  EXPECT_EQ(request.webhook().url(), "https://example.com/new");
  EXPECT_THAT(request.webhook().event_types(), ElementsAre(v1::EVENT_TYPE_CLICKED));
  EXPECT_EQ(request.webhook().headers().at("X-Key"), "secret");
  EXPECT_EQ(request.webhook().signing_secret(), "whsec_abc");
  EXPECT_EQ(request.webhook().timeout().seconds(), 3);
}

TEST_F(WebhooksTest, ATestOfAStoredWebhookWithFlagsSendsThemAsChanges) {
  v1::Webhook stored = MakeWebhook("w");
  (*stored.mutable_headers())["X-Old"] = "";
  hookd_.webhooks.get.Respond(stored);
  hookd_.webhooks.test.Respond(MakeTest(true));
  const Result result =
      Hookctl({"webhooks", "test", "w", "--url", "https://example.com/new", "--header", "X-Key: secret"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.webhooks.test.requests()[0];
  EXPECT_EQ(request.name(), "projects/shop/webhooks/w");
  EXPECT_EQ(request.parent(), "");
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("url", "headers"));
  EXPECT_EQ(request.webhook().url(), "https://example.com/new");
  EXPECT_EQ(request.webhook().headers().at("X-Old"), "") << "it keeps its value";
  EXPECT_EQ(request.webhook().headers().at("X-Key"), "secret");
}

TEST_F(WebhooksTest, ATestWithoutChangesSendsNone) {
  hookd_.webhooks.test.Respond(MakeTest(true));
  EXPECT_EQ(Hookctl({"webhooks", "test", "w"}).code, kOk);
  EXPECT_FALSE(hookd_.webhooks.test.requests()[0].has_webhook());
  EXPECT_FALSE(hookd_.webhooks.test.requests()[0].has_update_mask());
}

TEST_F(WebhooksTest, ATestNeedsAWebhookOrAUrlAndKeepsAStoredSecret) {
  EXPECT_EQ(Hookctl({"webhooks", "test"}).code, kUsage);
  EXPECT_EQ(Hookctl({"webhooks", "test", "--type", "sent"}).code, kUsage);
  EXPECT_EQ(Hookctl({"webhooks", "test", "w", "--signing-secret", "whsec_abc"}).code, kUsage);
  const Result nothing = Hookctl({"webhooks", "test", "--url", "https://example.com/"});
  EXPECT_EQ(nothing.code, kUsage);
  EXPECT_THAT(nothing.err, HasSubstr("--type"));
  EXPECT_THAT(hookd_.webhooks.test.requests(), IsEmpty());
}

TEST_F(WebhooksTest, ATestSendsTheUsersEventFromTheCommandLineAFileOrStdin) {
  hookd_.webhooks.test.Respond(MakeTest(true));
  const std::string document = R"({"type":"sent","user":{"id":1}})";
  const hookd::TempDir folder;
  std::ofstream(folder.path() + "/event.json") << document << "\n";
  for (const std::string& data : {document, "@" + folder.path() + "/event.json", std::string("@-")}) {
    const Result result = Hookctl({"webhooks", "test", "w", "--data", data}, document);
    EXPECT_EQ(result.code, kOk) << result.err;
    EXPECT_EQ(hookd_.webhooks.test.requests().back().document(), document);
    EXPECT_THAT(result.out, HasSubstr(", your event, bounced\n"));
  }
  EXPECT_EQ(Hookctl({"webhooks", "test", "w", "--data", R"({"sent":{"message_id":"m"}})"}).code, kOk);
  EXPECT_EQ(hookd_.webhooks.test.requests().back().event().sent().message_id(), "m");
}

TEST_F(WebhooksTest, WhatIsNotOneEventIsNotSentAsATest) {
  for (const char* data :
       {"", "{", "7", "[]", R"({"type":"sent"}{"type":"sent"})", "@/no/such/file", "@/tmp", "@/dev/zero"}) {
    const Result result = Hookctl({"webhooks", "test", "w", "--data", data});
    EXPECT_EQ(result.code, kUsage) << data;
    EXPECT_THAT(result.err, HasSubstr("--data")) << data;
  }
  EXPECT_THAT(hookd_.webhooks.test.requests(), IsEmpty());
}

TEST_F(WebhooksTest, AFailedTestAsJsonSaysSo) {
  hookd_.webhooks.test.Respond(MakeTest(false));
  const Result result = Hookctl({"-o", "json", "webhooks", "test", "w"});
  EXPECT_EQ(result.code, kTestFailed);
  EXPECT_THAT(result.out, HasSubstr("\"success\": false"));
}

}  // namespace
}  // namespace hookctl
