// What HTTP and JSON alone can say: PATCH without a mask, documented events, pages, negotiation.
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/webhook.pb.h"
#include "tests/integration/web/web_test.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWebhook[] = "/v1/projects/p/webhooks/w";
constexpr char kEmit[] = "/v1/projects/p/events:emit";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class WebJsonTest : public WebTest {
 protected:
  v1::Webhook Get() { return MustRead<v1::Webhook>("GET", kWebhook); }
  v1::Webhook Patch(const std::string& body) { return MustRead<v1::Webhook>("PATCH", kWebhook, body); }
};

TEST_F(WebJsonTest, APatchWithoutAMaskChangesWhatTheBodyHasAtAnyDepth) {
  CreateWebhook("w", "/",
                R"(,"displayName":"Shop","retryPolicy":{"maxAttempts":5,"minBackoff":"7s","multiplier":3},
                   "headers":{"x-api-key":"secret","x-shop":"old"})");
  const v1::Webhook before = Get();
  v1::Webhook after = Patch(R"({"retryPolicy":{"maxAttempts":3}})");
  EXPECT_EQ(after.retry_policy().max_attempts(), 3);
  EXPECT_EQ(after.retry_policy().multiplier(), 3);
  EXPECT_EQ(after.retry_policy().min_backoff().seconds(), 7);
  EXPECT_EQ(after.display_name(), "Shop");
  EXPECT_EQ(after.event_types_size(), before.event_types_size());
  after = Patch(R"({"headers":{"x-shop":"new"},"display_name":"Store"})");
  EXPECT_EQ(after.display_name(), "Store");
  Emit();
  NextReceived();
  EXPECT_EQ(receiver_.requests()[0].header("x-api-key"), "secret");
  EXPECT_EQ(receiver_.requests()[0].header("x-shop"), "new");
}

TEST_F(WebJsonTest, ANullResets) {
  CreateWebhook(
      "w", "/",
      R"(,"displayName":"Shop","retryPolicy":{"maxAttempts":5},"rateLimit":{"perSecond":5},"timeout":"3s",
                   "headers":{"x-api-key":"secret","x-shop":"old"})");
  v1::Webhook after =
      Patch(R"({"displayName":null,"rateLimit":null,"timeout":null,"headers":{"x-api-key":null}})");
  EXPECT_EQ(after.display_name(), "");
  EXPECT_FALSE(after.has_rate_limit());
  EXPECT_EQ(after.timeout().seconds(), 5) << "the default";
  EXPECT_EQ(after.headers_size(), 1);
  EXPECT_EQ(after.retry_policy().max_attempts(), 5);
  after = Patch(R"({"retryPolicy":null,"headers":null})");
  EXPECT_EQ(after.retry_policy().max_attempts(), 0);
  EXPECT_EQ(after.headers_size(), 0);
}

TEST_F(WebJsonTest, AnAnswerMayBeEditedAndSentBackWhole) {
  CreateWebhook("w", "/",
                R"(,"displayName":"Shop","retryPolicy":{"maxAttempts":5},"headers":{"x-api-key":"secret"},
                   "basicAuth":{"username":"u","password":"s"})");
  const std::string answer = Must("GET", kWebhook);
  ASSERT_THAT(answer, HasSubstr("createTime"));
  const v1::Webhook after =
      Patch(absl::StrReplaceAll(answer, {{R"("maxAttempts":5)", R"("maxAttempts":9)"}, {"Shop", "Store"}}));
  EXPECT_EQ(after.display_name(), "Store");
  EXPECT_EQ(after.retry_policy().max_attempts(), 9);
  Emit();
  NextReceived();
  EXPECT_EQ(receiver_.requests()[0].header("x-api-key"), "secret") << "its value is not shown, and is kept";
  EXPECT_THAT(receiver_.requests()[0].header("Authorization"), HasSubstr("Basic "));
}

TEST_F(WebJsonTest, AWebhookForAllTypesMayBeEditedAndSentBackWhole) {
  const std::string created = Must(
      "POST", "/v1/projects/p/webhooks?webhookId=w",
      absl::StrCat(R"({"url":")", receiver_.Url("/"), R"(","allEventTypes":true,"displayName":"Shop"})"));
  EXPECT_THAT(created, HasSubstr(R"("allEventTypes":true)"));
  const v1::Webhook after = Patch(absl::StrReplaceAll(Must("GET", kWebhook), {{R"("Shop")", R"("Store")"}}));
  EXPECT_EQ(after.display_name(), "Store");
  EXPECT_TRUE(after.all_event_types());
  EXPECT_FALSE(Patch(R"({"eventTypes":["EVENT_TYPE_SENT"]})").all_event_types());
}

TEST_F(WebJsonTest, AWebhookThatIsNotStoredIsTestedWithADocument) {
  const std::string url = receiver_.Url("/new");
  const std::string tested =
      Must("POST", "/v1/projects/p/webhooks:test",
           absl::StrCat(R"({"webhook":{"url":")", url, R"(","headers":{"x-key":"secret"}},)",
                        R"("document":{"type":"sent","user":{"id":1234567890123456789}}})"));
  EXPECT_THAT(tested, HasSubstr(R"("success":true)"));
  EXPECT_THAT(tested, Not(HasSubstr("secret")));
  EXPECT_EQ(NextReceived(), R"({"type":"sent","user":{"id":1234567890123456789}})");
  EXPECT_EQ(receiver_.requests()[0].header("x-key"), "secret");
  EXPECT_EQ(Send("GET", kWebhook).status, 404) << "nothing is stored";
}

TEST_F(WebJsonTest, AFailedTestSaysSo) {
  CreateWebhook("w");
  receiver_.SetNext({.status = 500, .body = ""});
  EXPECT_THAT(Must("POST", absl::StrCat(kWebhook, ":test"), "{}"), HasSubstr(R"("success":false)"));
}

TEST_F(WebJsonTest, AnAnswerThatIsOutOfDateIsRefusedAsAConflict) {
  CreateWebhook("w", "/", R"(,"displayName":"Shop")");
  const std::string answer = Must("GET", kWebhook);
  Patch(R"({"displayName":"Store"})");
  const auto late = Send("PATCH", kWebhook, absl::StrReplaceAll(answer, {{"Shop", "Late"}}));
  EXPECT_EQ(late.status, 409) << late.body;
  EXPECT_EQ(Get().display_name(), "Store");
}

TEST_F(WebJsonTest, AProjectCanBeSentBackAsItWasRead) {
  constexpr char kProject[] = "/v1/projects/p";
  CreateWebhook("w");
  Must("PATCH", kProject, R"({"displayName":"Shop","labels":{"team":"growth"}})");
  const std::string answer = Must("GET", kProject);
  const std::string changed = Must("PATCH", kProject, absl::StrReplaceAll(answer, {{"Shop", "Store"}}));
  EXPECT_THAT(changed, HasSubstr(R"("displayName":"Store")"));
  const auto late = Send("PATCH", kProject, absl::StrReplaceAll(answer, {{"Shop", "Late"}}));
  EXPECT_EQ(late.status, 409) << late.body;
  const auto bad = Send("PATCH", kProject, R"({"labels":{"A":"x"}})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(FieldsOf(bad), ElementsAre(R"(project.labels["A"])"));
  const auto created = Send("PATCH", kProject, R"({"createTime":"2001-01-01T00:00:00Z"})");
  EXPECT_EQ(created.status, 400);
  EXPECT_THAT(FieldsOf(created), ElementsAre("update_mask"));
}

TEST_F(WebJsonTest, AnOutputOnlyFieldThatIsChangedIsRefused) {
  CreateWebhook("w");
  const auto changed = Send("PATCH", kWebhook, R"({"createTime":"2001-01-01T00:00:00Z"})");
  EXPECT_EQ(changed.status, 400);
  EXPECT_THAT(FieldsOf(changed), ElementsAre("update_mask"));
  EXPECT_THAT(changed.body, HasSubstr("create_time"));
}

TEST_F(WebJsonTest, TheBodyMustNotContradictThePath) {
  CreateWebhook("w");
  const auto other = Send("PATCH", kWebhook, R"({"name":"projects/p/webhooks/v","displayName":"x"})");
  EXPECT_EQ(other.status, 400);
  EXPECT_THAT(FieldsOf(other), ElementsAre("webhook.name"));
}

TEST_F(WebJsonTest, TheTwelveDocumentedEventsArriveAsTheyAreDocumented) {
  CreateWebhook("w");
  for (const char* type : {"sent", "delivered", "opened", "clicked", "failed", "bounced", "converted",
                           "unsubscribed", "resubscribed", "complained", "user_created", "user_updated"}) {
    const std::string folder = HOOKD_SOURCE_DIR "/tests/payloads/";
    const auto answer =
        MustRead<v1::EmitEventResponse>("POST", kEmit, ReadFile(folder + "documented/" + type + ".json"));
    EXPECT_EQ(answer.webhook_count(), 1) << type;
    std::string golden = ReadFile(folder + type + ".json");
    while (!golden.empty() && golden.back() == '\n') golden.pop_back();
    EXPECT_EQ(NextReceived(), golden) << type;
  }
}

TEST_F(WebJsonTest, AListOfDocumentedEventsIsEmittedWhole) {
  CreateWebhook("w", "/", R"(,"ordered":true)");
  const auto answer = MustRead<v1::BatchEmitEventsResponse>(
      "POST", std::string(kEmit) + "?requestId=r",
      "[\n {\"type\":\"sent\",\"user\":{\"id\":1}},\n {\"user\":{\"email\":\"e\"},\"type\":\"opened\"}\n]");
  ASSERT_EQ(answer.responses_size(), 2);
  EXPECT_EQ(NextReceived(), R"({"type":"sent","user":{"id":1}})");
  EXPECT_THAT(NextReceived(), HasSubstr(R"("type":"opened")"));
}

TEST_F(WebJsonTest, OfAListOfDocumentedEventsOneThatIsWrongRefusesAll) {
  CreateWebhook("w");
  const auto wrong = Send(
      "POST", kEmit,
      R"([{"type":"sent","user":{"id":1}},{"type":"sent","user":{"id":1},"campaign":{"trigger-event":12}},7])");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(FieldsOf(wrong), ElementsAre("[1].campaign.trigger-event", "[2]"));
  EXPECT_THAT(wrong.body, HasSubstr("expected a string, got 12"));
  const auto cut = Send("POST", kEmit, R"([{"type":"sent","user":{"id":1}})");
  EXPECT_EQ(cut.status, 400);
  EXPECT_THAT(FieldsOf(cut), ElementsAre("body"));
  EXPECT_EQ(receiver_.request_count(), 0u);
}

TEST_F(WebJsonTest, ADocumentedEventThatIsWrongIsRefusedByItsPath) {
  const struct {
    const char* body;
    const char* field;
  } kCases[] = {
      {R"({"type":"bounced","user":{"id":1},"campaign":{"trigger-event":12}})", "campaign.trigger-event"},
      {R"({"type":"nonsense","user":{"id":1}})", "type"},
      {R"({"type":"sent","user":{"id":1},"colour":"red"})", "colour"},
      {R"({"type":"sent","user":{"id":{"number":1}}})", "user.id"},
      {R"({"type":"sent"})", "user"},
      {R"({"type":"sent","user":{"id":1},"sent_at":"now"})", "sent_at"},
      {R"({"event":{"bounced":{"user":{"id":123}}}})", "event.bounced.user.id"},
      {R"({"event":{"bounced":{"user":{"id":{"number":1}},"colour":1}}})", "event.bounced.colour"},
  };
  for (const auto& c : kCases) {
    const auto response = Send("POST", kEmit, c.body);
    EXPECT_EQ(response.status, 400) << c.body;
    EXPECT_THAT(FieldsOf(response), ElementsAre(c.field)) << response.body;
  }
}

TEST_F(WebJsonTest, AnEventThatNoWebhookWantsSaysSo) {
  EXPECT_THAT(Must("POST", kEmit, R"({"type":"sent","user":{"id":1}})"), HasSubstr(R"("webhookCount":0)"));
  EXPECT_THAT(Must("POST", "/v1/projects/p/events:batchEmit",
                   R"({"requests":[{"event":{"sent":{"user":{"email":"e"}}}}]})"),
              HasSubstr(R"("webhookCount":0)"));
}

TEST_F(WebJsonTest, ABodyThatIsNotJsonIsRefused) {
  for (const char* body : {"nonsense", "{", R"({"event":)", "12", R"({"event":{}} x)", "\xff"}) {
    const auto response = Send("POST", kEmit, body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_FALSE(FieldsOf(response).empty()) << response.body;
  }
}

TEST_F(WebJsonTest, APathSaysWhatItAllows) {
  CreateWebhook("w");
  const auto head = Send("HEAD", kWebhook);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.get_header_value("Content-Length"), absl::StrCat(Must("GET", kWebhook).size()));
  const auto options = Send("OPTIONS", kWebhook);
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.get_header_value("Allow"), "GET, HEAD, PATCH, DELETE, OPTIONS");
  EXPECT_FALSE(options.has_header("Access-Control-Allow-Origin"));
  const auto put = Send("PUT", kWebhook, "{}");
  EXPECT_EQ(put.status, 405);
  EXPECT_EQ(put.get_header_value("Allow"), "GET, HEAD, PATCH, DELETE, OPTIONS");
  const auto unknown = Send("GET", "/v1/projects/p/webhooks/w/nonsense");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("/openapi.json"));
  EXPECT_THAT(Must("GET", "/"), HasSubstr("/openapi.json"));
  EXPECT_EQ(Must("GET", "/healthz"), R"({"status":"SERVING"})");
  EXPECT_THAT(Must("GET", "/openapi.json"), HasSubstr("\"3.1."));
}

TEST_F(WebJsonTest, OnlyJsonIsTakenAndGiven) {
  EXPECT_EQ(Send("GET", "/v1/projects/p/webhooks", "", {{"Accept", "text/html"}}).status, 406);
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"}) {
    const auto response = Send("POST", kEmit, R"({"type":"sent","user":{"id":1}})", {{"Content-Type", type}});
    EXPECT_EQ(response.status, 415) << type;
  }
  EXPECT_EQ(Send("POST", kEmit, R"({"type":"sent","user":{"id":1}})",
                 {{"Content-Type", "Application/JSON; charset=UTF-8"}})
                .status,
            200);
}

TEST_F(WebJsonTest, AnAnswerIsCompressedForACallerThatWantsIt) {
  for (int i = 0; i < 20; ++i) CreateWebhook(absl::StrCat("w", i));
  const std::string path = "/v1/projects/p/webhooks";
  const auto plain = Send("GET", path);
  EXPECT_FALSE(plain.has_header("Content-Encoding"));
  const auto compressed = Send("GET", path, "", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(compressed.get_header_value("Content-Encoding"), "gzip");
  EXPECT_LT(std::stoul(compressed.get_header_value("Content-Length")), plain.body.size() / 2);
  EXPECT_EQ(compressed.body, plain.body) << "cpp-httplib has decompressed it";
}

TEST_F(WebJsonTest, ACallerThatMustWaitIsToldForHowLong) {
  Start({"--max_waiting_deliveries=1"});
  CreateWebhook("w");
  receiver_.SetDefault({.hang = true});
  int status = 200;
  httplib::Response response;
  for (int i = 0; i < 50 && status == 200; ++i) {
    response = Send("POST", kEmit, R"({"type":"sent","user":{"id":1}})");
    status = response.status;
  }
  EXPECT_EQ(status, 429);
  EXPECT_EQ(response.get_header_value("Retry-After"), "1");
  EXPECT_THAT(response.body, AllOf(HasSubstr(R"("code":8)"), HasSubstr("google.rpc.RetryInfo")));
}

TEST_F(WebJsonTest, AQueryParameterThatDoesNotExistIsRefused) {
  const auto response = Send("GET", "/v1/projects/p/webhooks?pageSize=1&page=2");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(FieldsOf(response), ElementsAre("page"));
  EXPECT_EQ(Send("GET", "/v1/projects/p/webhooks?page_size=1").status, 200);
}

TEST_F(WebJsonTest, ATraceContextGoesWithTheEvent) {
  CreateWebhook("w");
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  ASSERT_EQ(Send("POST", kEmit, R"({"type":"sent","user":{"id":1}})",
                 {{"traceparent", parent}, {"tracestate", "a=1"}})
                .status,
            200);
  NextReceived();
  EXPECT_EQ(receiver_.requests()[0].header("traceparent"), parent);
  EXPECT_EQ(receiver_.requests()[0].header("tracestate"), "a=1");
}

}  // namespace
}  // namespace hookd
