#include "web/routes/browser_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using Content = BrowserGuard::Content;

constexpr char kApp[] = "https://app.example.com";

std::unique_ptr<BrowserGuard> Guard(std::vector<std::string> origins = {},
                                    bool loopback_without_tokens = false) {
  auto guard = BrowserGuard::Create({loopback_without_tokens, std::move(origins)});
  EXPECT_TRUE(guard.ok()) << guard.status();
  return *std::move(guard);
}

// A request to Host hookd.example, unless the headers have another one.
WebRequest Request(WebHeaders headers, const std::string& method = "GET") {
  WebRequest request;
  request.method = method;
  request.target = "/v1/nodes";
  request.headers = std::move(headers);
  bool has_host = false;
  for (const auto& header : request.headers) has_host = has_host || header.first == "Host";
  if (!has_host) request.headers.emplace_back("Host", "hookd.example");
  return request;
}

bool Serves(const BrowserGuard& guard, const WebRequest& request, Content content = Content::kApi) {
  const auto error = guard.Check(request, content);
  if (!error.has_value()) return true;
  EXPECT_EQ(error->http_status, 403);
  EXPECT_TRUE(absl::IsPermissionDenied(error->error));
  EXPECT_LT(error->error.message().size(), 500);
  return false;
}

WebHeaders HeadersFor(const BrowserGuard& guard, const WebRequest& request, Content content = Content::kApi) {
  WebResponse response;
  guard.AddHeaders(request, content, &response);
  return response.headers;
}

bool HasCors(const WebHeaders& headers) {
  for (const auto& header : headers) {
    if (absl::StartsWithIgnoreCase(header.first, "access-control-")) return true;
  }
  return false;
}

WebRequest Preflight(const std::string& origin) {
  return Request({{"Origin", origin}, {"Access-Control-Request-Method", "POST"}}, "OPTIONS");
}

TEST(BrowserGuardTest, ServesPrograms) {
  EXPECT_TRUE(Serves(*Guard(), Request({})));
  EXPECT_TRUE(Serves(*Guard(), Request({}, "POST")));
  EXPECT_TRUE(Serves(*Guard({kApp}), Request({}, "POST")));
  EXPECT_TRUE(Serves(*Guard({}, true), Request({{"Host", "127.0.0.1:50080"}}, "POST")));
}

TEST(BrowserGuardTest, ALoopbackWithoutTokensAnswersOnlyToItsNames) {
  const auto guard = Guard({}, true);
  for (const char* host :
       {"localhost:50080", "hookd.localhost", "127.0.0.1:50080", "127.9.9.9", "[::1]:50080"}) {
    EXPECT_TRUE(Serves(*guard, Request({{"Host", host}}))) << host;
  }
  for (const char* host : {"evil.example:50080", "localhost.evil.example", "0.0.0.0:50080", "", "10.0.0.1"}) {
    EXPECT_FALSE(Serves(*guard, Request({{"Host", host}}))) << host;
    EXPECT_FALSE(Serves(*guard, Request({{"Host", host}}), Content::kPage)) << host;
  }
}

TEST(BrowserGuardTest, ALoopbackWithoutTokensWantsOneHost) {
  const auto guard = Guard({}, true);
  EXPECT_FALSE(Serves(*guard, Request({{"Host", "localhost"}, {"Host", "localhost"}})));
  WebRequest request = Request({});
  request.headers.clear();
  EXPECT_FALSE(Serves(*guard, request));
}

TEST(BrowserGuardTest, AnAllowedOriginDoesNotOpenALoopbackToRebinding) {
  const auto guard = Guard({"*"}, true);
  EXPECT_FALSE(Serves(*guard, Request({{"Host", "evil.example"}, {"Origin", "http://evil.example"}})));
  EXPECT_TRUE(Serves(*guard, Request({{"Host", "localhost"}, {"Origin", "http://evil.example"}})));
}

TEST(BrowserGuardTest, OtherwiseTheHostIsFree) {
  EXPECT_TRUE(Serves(*Guard(), Request({{"Host", "anything.example"}})));
}

TEST(BrowserGuardTest, SaysWhatToDo) {
  auto error = Guard({}, true)->Check(Request({{"Host", "evil\x01.example"}}), Content::kApi);
  EXPECT_EQ(
      error->error.message(),
      "Host \"evil\\x01.example\" is not a loopback name. Without tokens, hookd answers only to localhost, "
      "127.0.0.1 and [::1], so that web pages cannot reach it by DNS rebinding: use one of them, or start "
      "hookd with --require_tokens");
  error = Guard()->Check(Request({{"Origin", kApp}}), Content::kApi);
  EXPECT_EQ(
      error->error.message(),
      "Origin \"https://app.example.com\" is not that of this server (Host \"hookd.example\"): to let its "
      "pages call hookd, add it to --http_allow_origin");
  error = Guard()->Check(Request({{"Sec-Fetch-Site", "cross-site"}}), Content::kApi);
  EXPECT_THAT(std::string(error->error.message()), HasSubstr("--http_allow_origin"));
}

TEST(BrowserGuardTest, QuotesLittleOfAHostileHeader) {
  EXPECT_FALSE(Serves(*Guard({}, true), Request({{"Host", std::string(10'000, '\xff')}})));
  EXPECT_FALSE(Serves(*Guard(), Request({{"Origin", std::string(10'000, '"')}})));
}

TEST(BrowserGuardTest, ServesPagesOfItsOwn) {
  EXPECT_TRUE(Serves(*Guard(), Request({{"Origin", "https://hookd.example"}}, "POST")));
  EXPECT_TRUE(Serves(*Guard(), Request({{"Origin", "http://hookd.example"}}, "POST")));
  EXPECT_TRUE(Serves(*Guard({}, true), Request({{"Host", "localhost:50080"},
                                                {"Origin", "http://localhost:50080"},
                                                {"Sec-Fetch-Site", "same-origin"}},
                                               "POST")));
}

TEST(BrowserGuardTest, RefusesPagesOfOtherOrigins) {
  for (const char* origin : {"https://evil.example", "null", "", "file://", "http://hookd.example:3000",
                             "https://hookd.example.evil", "chrome-extension://abc", "hookd.example",
                             "https://hookd.example, https://evil.example"}) {
    for (const char* method : {"GET", "POST", "OPTIONS"}) {
      EXPECT_FALSE(Serves(*Guard(), Request({{"Origin", origin}}, method))) << origin;
      EXPECT_FALSE(Serves(*Guard(), Request({{"Origin", origin}}, method), Content::kPage)) << origin;
      EXPECT_FALSE(Serves(*Guard({kApp}), Request({{"Origin", origin}}, method))) << origin;
    }
  }
}

TEST(BrowserGuardTest, RefusesSeveralOrigins) {
  EXPECT_FALSE(Serves(*Guard({kApp}), Request({{"Origin", kApp}, {"Origin", kApp}})));
  EXPECT_FALSE(Serves(*Guard({"*"}), Request({{"Origin", kApp}, {"Origin", "null"}})));
}

TEST(BrowserGuardTest, ServesAllowedOrigins) {
  const auto guard = Guard({"http://localhost:3000", "HTTPS://App.Example.com:443"});
  EXPECT_TRUE(Serves(*guard, Request({{"Origin", kApp}, {"Sec-Fetch-Site", "cross-site"}}, "POST")));
  EXPECT_TRUE(Serves(*guard, Request({{"Origin", "http://localhost:3000"}})));
  EXPECT_TRUE(Serves(*guard, Request({{"Origin", "https://hookd.example"}})));  // still its own
  EXPECT_FALSE(Serves(*guard, Request({{"Origin", "http://app.example.com"}})));
  EXPECT_FALSE(Serves(*guard, Request({{"Origin", "https://app.example.com:8443"}})));
}

TEST(BrowserGuardTest, AStarAllowsEveryOrigin) {
  const auto guard = Guard({"*"});
  for (const char* origin : {"https://evil.example", "null", "chrome-extension://abc"}) {
    EXPECT_TRUE(Serves(*guard, Request({{"Origin", origin}}))) << origin;
  }
  EXPECT_TRUE(Serves(*guard, Request({{"Sec-Fetch-Site", "cross-site"}})));
}

TEST(BrowserGuardTest, RefusesRequestsOfOtherSitesWithoutAnOrigin) {
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_FALSE(Serves(*Guard(), Request({{"Sec-Fetch-Site", site}}))) << site;
    EXPECT_FALSE(Serves(*Guard({kApp}), Request({{"Sec-Fetch-Site", site}}))) << site;
    EXPECT_FALSE(Serves(*Guard(), Request({{"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", site}}))) << site;
  }
  for (const char* site : {"none", "same-origin", "", "later-addition"}) {
    EXPECT_TRUE(Serves(*Guard(), Request({{"Sec-Fetch-Site", site}}))) << site;
  }
}

TEST(BrowserGuardTest, RefusesAPageOfThisHostThatWasNotEncrypted) {
  EXPECT_FALSE(
      Serves(*Guard(), Request({{"Origin", "http://hookd.example"}, {"Sec-Fetch-Site", "cross-site"}})));
}

TEST(BrowserGuardTest, LinksOpenPagesButNotTheApi) {
  const WebHeaders link = {
      {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "document"}};
  EXPECT_TRUE(Serves(*Guard(), Request(link), Content::kPage));
  EXPECT_TRUE(Serves(*Guard(), Request(link, "HEAD"), Content::kPage));
  EXPECT_FALSE(Serves(*Guard(), Request(link), Content::kApi));
  EXPECT_FALSE(Serves(*Guard(), Request(link, "POST"), Content::kPage));
}

TEST(BrowserGuardTest, OtherSitesDoNotEmbedPages) {
  for (const char* dest : {"iframe", "frame", "object", "embed", ""}) {
    EXPECT_FALSE(Serves(
        *Guard(),
        Request({{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", dest}}),
        Content::kPage))
        << dest;
  }
  EXPECT_FALSE(Serves(
      *Guard(),
      Request(
          {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Dest", "script"}}),
      Content::kPage));
}

TEST(BrowserGuardTest, OtherSitesEmbedAPageForFrames) {
  const auto guard = Guard();
  for (const char* destination : {"iframe", "frame", "document"}) {
    const WebHeaders headers = {
        {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", destination}};
    EXPECT_TRUE(Serves(*guard, Request(headers), Content::kFramedPage)) << destination;
    EXPECT_FALSE(Serves(*guard, Request(headers, "POST"), Content::kFramedPage)) << destination;
  }
  const WebHeaders script = {
      {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Dest", "script"}};
  EXPECT_FALSE(Serves(*guard, Request(script), Content::kFramedPage));
  EXPECT_EQ(FindHeader(HeadersFor(*guard, Request({}), Content::kFramedPage), "X-Frame-Options"), "");
  EXPECT_EQ(FindHeader(HeadersFor(*guard, Request({}), Content::kPage), "X-Frame-Options"), "DENY");
}

TEST(BrowserGuardTest, RefusesMalformedOptions) {
  for (const char* origin : {"", "null", "app.example.com", "https://app.example.com/",
                             "https://*.example.com", "https://a.example,https://b.example"}) {
    const auto guard = BrowserGuard::Create({false, {kApp, origin}});
    EXPECT_TRUE(absl::IsInvalidArgument(guard.status())) << origin;
  }
  EXPECT_EQ(
      BrowserGuard::Create({false, {"https://a.example/"}}).status().message(),
      "\"https://a.example/\" is not an origin such as https://app.example.com: it must end after the host "
      "and port, without a path or slash");
}

TEST(BrowserGuardTest, AnswersPreflightsOfAllowedOrigins) {
  const auto guard = Guard({kApp});
  auto response = guard->AnswerPreflight(Preflight(kApp));
  ASSERT_TRUE(response.has_value());
  guard->AddHeaders(Preflight(kApp), Content::kApi, &*response);
  EXPECT_EQ(response->status, 204);
  EXPECT_TRUE(response->body.empty());
  EXPECT_EQ(FindHeader(response->headers, "Access-Control-Allow-Origin"), kApp);
  EXPECT_EQ(FindHeader(response->headers, "Access-Control-Allow-Methods"),
            "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_THAT(std::string(FindHeader(response->headers, "Access-Control-Allow-Headers")),
              HasSubstr("Authorization, Content-Type"));
  EXPECT_EQ(FindHeader(response->headers, "Access-Control-Max-Age"), "7200");
  EXPECT_EQ(FindHeader(response->headers, "Vary"), "Origin");
}

TEST(BrowserGuardTest, AnswersNothingElse) {
  EXPECT_FALSE(Guard()->AnswerPreflight(Preflight(kApp)).has_value());
  EXPECT_FALSE(Guard({kApp})->AnswerPreflight(Preflight("https://evil.example")).has_value());
  EXPECT_FALSE(Guard({kApp})->AnswerPreflight(Preflight("null")).has_value());
  EXPECT_FALSE(Guard({kApp})->AnswerPreflight(Request({{"Origin", kApp}}, "OPTIONS")).has_value());
  WebRequest get = Preflight(kApp);
  get.method = "GET";
  EXPECT_FALSE(Guard({kApp})->AnswerPreflight(get).has_value());
  EXPECT_FALSE(Guard({"*"})
                   ->AnswerPreflight(Request({{"Access-Control-Request-Method", "GET"}}, "OPTIONS"))
                   .has_value());
  EXPECT_TRUE(Guard({"*"})->AnswerPreflight(Preflight("null")).has_value());
}

TEST(BrowserGuardTest, LetsAllowedPagesReadResponses) {
  const WebHeaders headers = HeadersFor(*Guard({kApp, "https://b.example"}), Request({{"Origin", kApp}}));
  EXPECT_EQ(FindHeader(headers, "Access-Control-Allow-Origin"), kApp);
  EXPECT_THAT(std::string(FindHeader(headers, "Access-Control-Expose-Headers")), HasSubstr("Retry-After"));
  EXPECT_EQ(FindHeader(headers, "Vary"), "Origin");
  EXPECT_EQ(FindHeader(HeadersFor(*Guard({"*"}), Request({{"Origin", kApp}})), "Access-Control-Allow-Origin"),
            "*");
}

TEST(BrowserGuardTest, HasNoCorsHeadersForOtherOrigins) {
  const auto guard = Guard({kApp});
  for (const char* origin : {"https://evil.example", "null", "", "https://hookd.example"}) {
    const WebHeaders headers = HeadersFor(*guard, Request({{"Origin", origin}}));
    EXPECT_FALSE(HasCors(headers)) << origin;
    EXPECT_EQ(FindHeader(headers, "Vary"), "Origin");
  }
  EXPECT_FALSE(HasCors(HeadersFor(*guard, Request({}))));
  EXPECT_FALSE(HasCors(HeadersFor(*guard, Request({{"Origin", kApp}, {"Origin", kApp}}))));
}

TEST(BrowserGuardTest, HasNoCorsHeadersAtAllWithoutAllowedOrigins) {
  for (const WebRequest& request : {Request({}), Request({{"Origin", kApp}}), Preflight(kApp)}) {
    const WebHeaders headers = HeadersFor(*Guard(), request);
    EXPECT_FALSE(HasCors(headers));
    EXPECT_EQ(FindHeader(headers, "Vary"), "");
  }
}

TEST(BrowserGuardTest, NeverAllowsCredentials) {
  for (const char* allowed : {"*", kApp}) {
    auto response = *Guard({allowed})->AnswerPreflight(Preflight(kApp));
    Guard({allowed})->AddHeaders(Preflight(kApp), Content::kApi, &response);
    for (const auto& header : response.headers) {
      EXPECT_FALSE(absl::StrContains(absl::AsciiStrToLower(header.first), "credentials")) << header.first;
    }
  }
}

TEST(BrowserGuardTest, EveryResponseOfTheApiHasTheSecurityHeaders) {
  const WebHeaders headers = HeadersFor(*Guard(), Request({}));
  EXPECT_EQ(FindHeader(headers, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(FindHeader(headers, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(FindHeader(headers, "Cache-Control"), "no-store");
  EXPECT_EQ(FindHeader(headers, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(FindHeader(headers, "Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_EQ(FindHeader(headers, "X-Frame-Options"), "DENY");
  EXPECT_EQ(headers.size(), 6);
}

TEST(BrowserGuardTest, APageChoosesItsCacheAndItsPolicy) {
  WebResponse page;
  page.headers = {{"content-security-policy", "default-src 'self'"}, {"Cache-Control", "max-age=60"}};
  Guard()->AddHeaders(Request({}), Content::kPage, &page);
  EXPECT_EQ(FindHeader(page.headers, "Content-Security-Policy"), "default-src 'self'");
  EXPECT_EQ(FindHeader(page.headers, "Cache-Control"), "max-age=60");
  EXPECT_EQ(FindHeader(page.headers, "X-Frame-Options"), "DENY");
  const WebHeaders plain = HeadersFor(*Guard(), Request({}), Content::kPage);
  EXPECT_EQ(FindHeader(plain, "Cache-Control"), "");
  EXPECT_THAT(std::string(FindHeader(plain, "Content-Security-Policy")), HasSubstr("default-src 'self'"));
}

TEST(BrowserGuardTest, KeepsTheVaryOfTheResponse) {
  WebResponse response;
  response.headers = {{"Vary", "Accept-Encoding"}};
  Guard({kApp})->AddHeaders(Request({}), Content::kApi, &response);
  EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("Vary", "Accept-Encoding")));
  EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("Vary", "Origin")));
}

}  // namespace
}  // namespace hookd
