// The log of a real hookd that is busy: what has to be in it, and what must never be.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "rapidjson/document.h"
#include "tests/integration/watched_hookd.h"
#include "tests/support/raw_caller.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What is in requests, events, URLs and answers of the busy run: nothing of it may be logged.
const std::vector<std::string> kSecrets = {
    "secret-person@example.com",                     // an event's
    "steve@getvero.com",                             // the samples', which tests send
    "secret-property",                               // free-form data
    "secret-subject",                                // of a campaign
    "secret-path",                                   // of a webhook's URL
    "secret-query",                                  // likewise
    "secret-display-name",                           // of a webhook
    "secret-answer",                                 // of an endpoint
    "secret-header",                                 // likewise
    "secret-webhook-header",                         // of a webhook, which its attempts carry
    "secret-password",                               // likewise
    "c2VjcmV0LXNpZ25pbmcta2V5LW9mLWEtd2ViaG9vaw==",  // its signing secret
    "whsec_",                                        // what every one begins with
    "v1,",                                           // and every signature
    "secret-request-id",                             // of a caller
    "secret-metadata",                               // likewise
    "secret-token",                                  // what they show to be let in
    "not-an-address-but-a-secret"                    // in a field that is refused
};

class LogTest : public WatchedHookd {
 protected:
  // Does a bit of everything, with secrets wherever there is room, and gives back what was logged.
  std::string BusyRun(std::vector<std::string> flags) {
    flags.push_back("--drain_timeout=1s");  // idle callers of gRPC's hold up its end
    Start(std::move(flags));
    receiver_.Set("/good/secret-path",
                  {.status = 200, .headers = {{"X-Secret", "secret-header"}}, .body = "secret-answer"});
    receiver_.Set("/bad/secret-path", {.status = 500, .body = "secret-answer"});
    receiver_.Set("/gone/secret-path", {.status = 410, .body = "secret-answer"});
    const auto url = [this](const char* path) {
      return receiver_.Url(absl::StrCat(path, "/secret-path?token=secret-query"));
    };
    v1::Webhook webhook = CreateGuarded("good", url("/good"));
    CreateWebhook("bad", url("/bad"), /*max_attempts=*/3);
    CreateWebhook("gone", url("/gone"));
    CreateWebhook("unreachable", "http://127.0.0.1:1/secret-path?token=secret-query");
    EmitAll();
    for (int i = 0; i < 20; ++i) {
      Emit("secret-person@example.com", {{"x-secret", "secret-metadata"},
                                         {"tracestate", "secret-metadata=1"},
                                         {"authorization", "Bearer secret-token"}});
    }
    Refused();
    Test(webhook.name());
    Change(webhook);
    WaitForValue("hookd_deliveries_ended_total", 21 + 21 + 1 + 21);
    WaitForValue("hookd_webhooks_auto_disabled_total", 1);
    return server_->Stop().output;
  }

  // A webhook with credentials of its own, which go with every attempt.
  v1::Webhook CreateGuarded(const std::string& id, const std::string& url) {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/p");
    request.set_webhook_id(id);
    v1::Webhook& webhook = *request.mutable_webhook();
    webhook.set_url(url);
    webhook.add_event_types(v1::EVENT_TYPE_SENT);
    webhook.set_signing_secret("whsec_c2VjcmV0LXNpZ25pbmcta2V5LW9mLWEtd2ViaG9vaw==");
    (*webhook.mutable_headers())["X-Api-Key"] = "secret-webhook-header";
    webhook.mutable_basic_auth()->set_username("somebody");
    webhook.mutable_basic_auth()->set_password("secret-password");
    v1::Webhook created;
    grpc::ClientContext context;
    const grpc::Status status = webhooks_->CreateWebhook(&context, request, &created);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return created;
  }

  // An event with free-form data, and a request id.
  void EmitAll() {
    v1::EmitEventRequest request;
    request.set_parent("projects/p");
    request.set_request_id("secret-request-id");
    v1::Sent& sent = *request.mutable_event()->mutable_sent();
    sent.set_sent_at(1'435'016'238);
    sent.mutable_user()->mutable_id()->set_text("secret-property");
    sent.mutable_user()->set_email("secret-person@example.com");
    sent.mutable_campaign()->set_subject("secret-subject");
    v1::EmitEventResponse response;
    grpc::ClientContext context;
    const grpc::Status status = events_->EmitEvent(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  // Calls whose errors quote what they were given.
  void Refused() {
    v1::CreateWebhookRequest create;
    create.set_parent("projects/not-an-address-but-a-secret/");
    create.mutable_webhook()->set_url("ftp://not-an-address-but-a-secret/?token=secret-query");
    v1::Webhook webhook;
    grpc::ClientContext creating;
    EXPECT_FALSE(webhooks_->CreateWebhook(&creating, create, &webhook).ok());
    v1::ListDeliveriesRequest list;
    list.set_parent("projects/p");
    list.set_filter("not-an-address-but-a-secret = 1");
    v1::ListDeliveriesResponse page;
    grpc::ClientContext listing;
    EXPECT_FALSE(deliveries_->ListDeliveries(&listing, list, &page).ok());
  }

  void Test(const std::string& webhook) {
    v1::TestWebhookRequest request;
    request.set_name(webhook);
    v1::TestWebhookResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(webhooks_->TestWebhook(&context, request, &response).ok());
    EXPECT_TRUE(response.success()) << response.message();
  }

  // Updates, disables, enables and deletes.
  void Change(v1::Webhook webhook) {
    v1::UpdateWebhookRequest update;
    webhook.set_display_name("secret-display-name");
    *update.mutable_webhook() = webhook;
    update.mutable_update_mask()->add_paths("display_name");
    grpc::ClientContext updating;
    EXPECT_TRUE(webhooks_->UpdateWebhook(&updating, update, &webhook).ok());
    const v1::Webhook other = CreateWebhook("other", receiver_.Url("/other/secret-path?token=secret-query"));
    v1::DisableWebhookRequest disable;
    disable.set_name(other.name());
    grpc::ClientContext disabling;
    EXPECT_TRUE(webhooks_->DisableWebhook(&disabling, disable, &webhook).ok());
    v1::EnableWebhookRequest enable;
    enable.set_name(other.name());
    grpc::ClientContext enabling;
    EXPECT_TRUE(webhooks_->EnableWebhook(&enabling, enable, &webhook).ok());
    v1::DeleteWebhookRequest remove;
    remove.set_name(other.name());
    google::protobuf::Empty nothing;
    grpc::ClientContext removing;
    EXPECT_TRUE(webhooks_->DeleteWebhook(&removing, remove, &nothing).ok());
  }
};

TEST_F(LogTest, HasNoPayloadAndNoSecretAtItsMostVerbose) {
  const std::string log = BusyRun({"--log_level=trace"});
  for (const std::string& secret : kSecrets) EXPECT_THAT(log, Not(HasSubstr(secret)));
  // Or else this proves nothing.
  EXPECT_THAT(log, HasSubstr("attempt succeeded"));
  EXPECT_THAT(log, HasSubstr("INVALID_ARGUMENT"));
}

TEST_F(LogTest, OfJsonEveryLineIsAnObjectAndNothingIsSecret) {
  const std::string log = BusyRun({"--log_level=trace", "--log_format=json"});
  int lines = 0;
  for (const absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    rapidjson::Document object;
    object.Parse(line.data(), line.size());
    ASSERT_FALSE(object.HasParseError() || !object.IsObject()) << line;
    for (const char* member : {"time", "level", "message"}) EXPECT_TRUE(object.HasMember(member)) << line;
    ++lines;
  }
  EXPECT_GT(lines, 100);
  for (const std::string& secret : kSecrets) EXPECT_THAT(log, Not(HasSubstr(secret)));
}

TEST_F(LogTest, SaysWhatMatters) {
  const std::string log = BusyRun({});
  const std::string endpoint = receiver_.Url("");
  for (const std::string& line :
       {absl::StrCat("info webhook created webhook=projects/p/webhooks/good endpoint=", endpoint, "\n"),
        absl::StrCat("info webhook updated webhook=projects/p/webhooks/good endpoint=", endpoint, "\n"),
        absl::StrCat("warning webhook disabled webhook=projects/p/webhooks/gone endpoint=", endpoint,
                     " reason=\"its endpoint answered 410 Gone\"\n"),
        std::string("info webhook disabled webhook=projects/p/webhooks/other\n"),
        std::string("info webhook enabled webhook=projects/p/webhooks/other\n"),
        std::string("info webhook deleted webhook=projects/p/webhooks/other\n"),
        std::string("info recovered pending deliveries deliveries=0 webhooks=0\n"),
        std::string("info shutting down signal=SIGTERM "), std::string("info stopped\n")}) {
    EXPECT_THAT(log, HasSubstr(line));
  }
  EXPECT_THAT(log, Not(HasSubstr(" debug ")));
}

// The value is quoted by gRPC, whose own log would write it as it is.
TEST_F(LogTest, MetadataOfCallersAddNoLinesOfTheirOwn) {
  Start({"--log_format=json"});
  const std::string address = server_->address();
  RawCaller caller(std::stoi(address.substr(address.rfind(':') + 1)));
  for (int i = 0; i < 2'000; ++i) {
    ASSERT_NE(caller.Call("/hookd.v1.EventService/EmitEvent",
                          {{"grpc-retry-pushback-ms", "x\n2026-01-01T00:00:00Z info token created"}},
                          FrameMessage(/*compressed=*/false, "")),
              "");
  }
  const std::string log = server_->Stop().output;
  const std::vector<std::string> lines = absl::StrSplit(log, '\n', absl::SkipEmpty());
  EXPECT_THAT(log, HasSubstr("gRPC reported an error"));
  EXPECT_LT(lines.size(), 200U);
  for (const std::string& line : lines) {
    rapidjson::Document object;
    object.Parse(line.c_str());
    ASSERT_FALSE(object.HasParseError() || !object.IsObject()) << line;
  }
}

TEST_F(LogTest, ALevelOrFormatThatIsNoneIsRefused) {
  EXPECT_THAT(RunHookd({"--log_level=loud"}).output, HasSubstr("must be one of trace, debug, info"));
  EXPECT_THAT(RunHookd({"--log_format=xml"}).output, HasSubstr("must be one of text, json"));
}

}  // namespace
}  // namespace hookd
