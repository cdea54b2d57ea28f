#include "web/api_handler.h"

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openapi/openapi_document.h"
#include "tests/unit/api/api_test.h"
#include "tests/unit/web/fake_exchange.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ApiHandlerTest : public ApiTest {
 protected:
  ApiHandlerTest() { Serve(nullptr); }

  // Serves the console too, unless it is null.
  void Serve(const Console* console) {
    handler_ = std::make_unique<ApiHandler>(
        WebServices{.api = &api_, .call_log = &call_log_, .guard = guard_.get(), .console = console},
        Router::Create(api_.methods()).value(), [this] { return serving_; });
  }

  // The response to a request; a status of 0 if there is none yet. The fake store answers at once.
  const FakeExchange& Handle(const std::string& method, const std::string& target,
                             const std::string& body = "", WebHeaders headers = {}) {
    if (!body.empty() && FindHeader(headers, "Content-Type").empty()) {
      headers.emplace_back("Content-Type", "application/json");
    }
    exchanges_.push_back(std::make_shared<FakeExchange>(method, target, std::move(headers), body));
    handler_->Handle(exchanges_.back());
    return *exchanges_.back();
  }

  bool serving_ = true;
  CallLog call_log_{&metrics_, &clock_};
  const std::unique_ptr<BrowserGuard> guard_ = BrowserGuard::Create({}).value();
  std::unique_ptr<ApiHandler> handler_;
  std::vector<std::shared_ptr<FakeExchange>> exchanges_;
};

TEST_F(ApiHandlerTest, SaysWhereTheApiIs) {
  const FakeExchange& welcome = Handle("GET", "/?a=b");
  EXPECT_EQ(welcome.response().status, 200);
  EXPECT_EQ(welcome.Header("Content-Type"), "application/json");
  EXPECT_THAT(welcome.response().body, AllOf(HasSubstr("/v1"), HasSubstr("/openapi.json")));
  const FakeExchange& unknown = Handle("GET", "/v2/nonsense");
  EXPECT_EQ(unknown.response().status, 404);
  EXPECT_THAT(unknown.response().body, AllOf(HasSubstr(R"("code":5)"), HasSubstr("/openapi.json")));
}

constexpr ConsoleFile kConsoleFiles[] = {{"index.html", "<!doctype html><title>hookd</title>", ""},
                                         {"main.js", "export {};", ""}};
const WebHeaders kBrowser = {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};

TEST_F(ApiHandlerTest, ABrowserIsShownTheConsoleAndOtherClientsWhereTheApiIs) {
  const auto console = Console::Create({}, kConsoleFiles).value();
  Serve(console.get());
  const FakeExchange& page = Handle("GET", "/?a=b", "", kBrowser);
  EXPECT_EQ(page.response().body, kConsoleFiles[0].contents);
  EXPECT_EQ(page.Header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.Header("Vary"), "Accept, Accept-Encoding");
  for (const WebHeaders& headers : {WebHeaders(), {{"Accept", "*/*"}}, {{"Accept", "application/json"}}}) {
    const FakeExchange& welcome = Handle("GET", "/", "", headers);
    EXPECT_EQ(welcome.Header("Content-Type"), "application/json");
    EXPECT_THAT(welcome.response().headers, testing::Contains(testing::Pair("Vary", "Accept")));
  }
}

TEST_F(ApiHandlerTest, EveryResponseOfTheConsoleHasTheSecurityHeaders) {
  const auto console = Console::Create({}, kConsoleFiles).value();
  Serve(console.get());
  for (const char* path : {"/", "/console/main.js", "/console/theme.css"}) {
    const FakeExchange& response = Handle("GET", path, "", kBrowser);
    EXPECT_EQ(response.response().status, 200) << path;
    EXPECT_EQ(response.Header("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(response.Header("Referrer-Policy"), "no-referrer") << path;
    EXPECT_EQ(response.Header("Cross-Origin-Resource-Policy"), "same-origin") << path;
    EXPECT_EQ(response.Header("X-Frame-Options"), "DENY") << path;
    EXPECT_THAT(std::string(response.Header("Content-Security-Policy")), HasSubstr("trusted-types 'none'"));
  }
}

TEST_F(ApiHandlerTest, TheConsoleIsReadAndNothingElse) {
  const auto console = Console::Create({}, kConsoleFiles).value();
  Serve(console.get());
  EXPECT_EQ(Handle("HEAD", "/console/main.js").response().status, 200);
  EXPECT_EQ(Handle("OPTIONS", "/console/main.js").Header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(Handle("POST", "/console/main.js", "{}").response().status, 405);
  EXPECT_EQ(Handle("DELETE", "/console/main.js").Header("Allow"), "GET, HEAD, OPTIONS");
  const FakeExchange& unknown = Handle("GET", "/console/other.js", "", kBrowser);
  EXPECT_EQ(unknown.response().status, 404);
  EXPECT_EQ(unknown.Header("Content-Type"), "application/json");
}

TEST_F(ApiHandlerTest, OtherSitesShowTheConsoleInAFrameOnlyIfOneIsNamed) {
  const WebHeaders frame = {{"Accept", "text/html"},
                            {"Sec-Fetch-Site", "cross-site"},
                            {"Sec-Fetch-Mode", "navigate"},
                            {"Sec-Fetch-Dest", "iframe"}};
  const auto console = Console::Create({}, kConsoleFiles).value();
  Serve(console.get());
  EXPECT_EQ(Handle("GET", "/", "", frame).response().status, 403);
  const auto framed =
      Console::Create({.frame_ancestors = {"https://app.example.com"}}, kConsoleFiles).value();
  Serve(framed.get());
  const FakeExchange& page = Handle("GET", "/", "", frame);
  EXPECT_EQ(page.response().status, 200);
  EXPECT_EQ(page.Header("X-Frame-Options"), "");
  EXPECT_EQ(Handle("GET", "/openapi.json", "", frame).response().status, 403);
  EXPECT_EQ(Handle("GET", "/v1/projects/p/webhooks", "", frame).response().status, 403);
}

TEST_F(ApiHandlerTest, WithoutTheConsoleABrowserIsToldWhereTheApiIs) {
  EXPECT_EQ(Handle("GET", "/", "", kBrowser).Header("Content-Type"), "application/json");
  EXPECT_EQ(Handle("GET", "/console/main.js").response().status, 404);
}

TEST_F(ApiHandlerTest, ServesTheDescription) {
  const FakeExchange& plain = Handle("GET", "/openapi.json");
  EXPECT_EQ(plain.response().body, OpenApiDocument());
  EXPECT_EQ(plain.Header("Content-Encoding"), "");
  EXPECT_EQ(plain.Header("Vary"), "Accept-Encoding");
  const FakeExchange& compressed = Handle("GET", "/openapi.json", "", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(compressed.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(compressed.Header("Vary"), "Accept-Encoding");
  EXPECT_LT(compressed.response().body.size(), OpenApiDocument().size() / 3);
}

TEST_F(ApiHandlerTest, SaysWhetherItServes) {
  EXPECT_EQ(Handle("GET", "/healthz").response().body, R"({"status":"SERVING"})");
  serving_ = false;
  const FakeExchange& draining = Handle("GET", "/healthz");
  EXPECT_EQ(draining.response().status, 503);
  EXPECT_EQ(draining.response().body, R"({"status":"NOT_SERVING"})");
  EXPECT_EQ(draining.Header("Cache-Control"), "no-store");
}

TEST_F(ApiHandlerTest, OfPagesHasHeadAndOptionsAndNothingElse) {
  for (const char* path : {"/", "/healthz", "/openapi.json"}) {
    EXPECT_EQ(Handle("HEAD", path).response().status, 200) << path;
    const FakeExchange& options = Handle("OPTIONS", path);
    EXPECT_EQ(options.response().status, 204) << path;
    EXPECT_EQ(options.Header("Allow"), "GET, HEAD, OPTIONS") << path;
    const FakeExchange& post = Handle("POST", path, "{}");
    EXPECT_EQ(post.response().status, 405) << path;
    EXPECT_EQ(post.Header("Allow"), "GET, HEAD, OPTIONS") << path;
  }
}

TEST_F(ApiHandlerTest, CallsMethods) {
  const FakeExchange& created = Handle("POST", "/v1/projects/p/webhooks?webhookId=w",
                                       R"({"url":"http://127.0.0.1:1/","eventTypes":["EVENT_TYPE_SENT"]})");
  EXPECT_EQ(created.response().status, 200);
  EXPECT_THAT(created.response().body, HasSubstr(R"("name":"projects/p/webhooks/w")"));
  EXPECT_EQ(Handle("GET", "/v1/projects/p/webhooks/w").response().status, 200);
  EXPECT_EQ(Handle("HEAD", "/v1/projects/p/webhooks/w").response().status, 200);
  EXPECT_EQ(Handle("GET", "/v1/projects/p/webhooks/v").response().status, 404);
  EXPECT_EQ(Handle("DELETE", "/v1/projects/p/webhooks/w").response().body, "{}");
}

TEST_F(ApiHandlerTest, SaysWhatAPathAllows) {
  const FakeExchange& options = Handle("OPTIONS", "/v1/projects/p/webhooks/w");
  EXPECT_EQ(options.response().status, 204);
  EXPECT_THAT(std::string(options.Header("Allow")),
              AllOf(HasSubstr("GET"), HasSubstr("HEAD"), HasSubstr("PATCH"), HasSubstr("DELETE")));
  const FakeExchange& put = Handle("PUT", "/v1/projects/p/webhooks/w", "{}");
  EXPECT_EQ(put.response().status, 405);
  EXPECT_EQ(put.Header("Allow"), options.Header("Allow"));
}

TEST_F(ApiHandlerTest, AnswersWhetherItIsThere) { EXPECT_EQ(Handle("OPTIONS", "*").response().status, 204); }

TEST_F(ApiHandlerTest, TakesOnlyJson) {
  const FakeExchange& form = Handle("POST", "/v1/projects/p/events:emit", "a=b",
                                    {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(form.response().status, 415);
  const FakeExchange& text =
      Handle("POST", "/v1/projects/p/events:emit", "{}", {{"Content-Type", "text/plain"}});
  EXPECT_EQ(text.response().status, 415);
}

TEST_F(ApiHandlerTest, OffersOnlyJson) {
  const FakeExchange& html = Handle("GET", "/v1/projects/p/webhooks", "", {{"Accept", "text/html"}});
  EXPECT_EQ(html.response().status, 406);
  EXPECT_THAT(html.response().body, HasSubstr("application/json"));
  EXPECT_EQ(
      Handle("GET", "/v1/projects/p/webhooks", "", {{"Accept", "text/html, */*;q=0.1"}}).response().status,
      200);
}

TEST_F(ApiHandlerTest, RefusesPagesOfOtherSites) {
  const FakeExchange& refused = Handle("GET", "/v1/projects/p/webhooks", "",
                                       {{"Host", "localhost"}, {"Origin", "https://evil.example"}});
  EXPECT_EQ(refused.response().status, 403);
  EXPECT_EQ(refused.Header("Access-Control-Allow-Origin"), "");
}

TEST_F(ApiHandlerTest, TakesAListOfDocumentedEventsAsABatch) {
  const FakeExchange& batch =
      Handle("POST", "/v1/projects/p/events:emit",
             R"([{"type":"sent","user":{"id":1}}, {"type":"opened","user":{"email":"e"}}])");
  EXPECT_EQ(batch.response().status, 200);
  EXPECT_THAT(batch.response().body, HasSubstr(R"("responses":[{)"));
  const FakeExchange& one =
      Handle("POST", "/v1/projects/p/events:emit", R"({"type":"sent","user":{"id":1}})");
  EXPECT_EQ(one.response().status, 200);
  EXPECT_THAT(one.response().body, AllOf(HasSubstr(R"("webhookCount":0)"), Not(HasSubstr("responses"))));
}

TEST_F(ApiHandlerTest, NamesTheEventsOfAListThatAreWrong) {
  const FakeExchange& wrong =
      Handle("POST", "/v1/projects/p/events:emit",
             R"([{"type":"sent","user":{"id":1}}, 12, {"type":"sent","user":{"id":{}}}])");
  EXPECT_EQ(wrong.response().status, 400);
  EXPECT_THAT(wrong.response().body,
              AllOf(HasSubstr(R"("field":"[1]")"), HasSubstr(R"("field":"[2].user.id")")));
  std::string many = "[";
  for (int i = 0; i <= limits::kMaxBatchSize; ++i) many += i == 0 ? "{}" : ",{}";
  const FakeExchange& too_many = Handle("POST", "/v1/projects/p/events:emit", many + "]");
  EXPECT_EQ(too_many.response().status, 400);
  EXPECT_THAT(too_many.response().body, HasSubstr(R"("field":"body")"));
}

TEST_F(ApiHandlerTest, CompressesALargeAnswerForACallerThatWantsIt) {
  for (int i = 0; i < 20; ++i) MustCreate("w" + std::to_string(i));
  const FakeExchange& plain = Handle("GET", "/v1/projects/p/webhooks");
  EXPECT_EQ(plain.Header("Content-Encoding"), "");
  const size_t size = plain.response().body.size();
  const FakeExchange& compressed =
      Handle("GET", "/v1/projects/p/webhooks", "", {{"Accept-Encoding", "br, gzip;q=0.5"}});
  EXPECT_EQ(compressed.Header("Content-Encoding"), "gzip");
  EXPECT_LT(compressed.response().body.size(), size);
}

TEST_F(ApiHandlerTest, OpensStreams) {
  const FakeExchange& watch =
      Handle("GET", "/v1/projects/p/deliveries:watch", "", {{"Accept", "text/event-stream"}});
  EXPECT_EQ(watch.response().status, 200);
  EXPECT_EQ(watch.Header("Content-Type"), "text/event-stream");
  EXPECT_TRUE(watch.has_listener());
  exchanges_.back()->ReportWritten();
  exchanges_.back()->ReportGone();
  EXPECT_EQ(Handle("GET", "/v1/projects/p/deliveries:watch", "", {{"Accept", "text/html"}}).response().status,
            406);
}

}  // namespace
}  // namespace hookd
