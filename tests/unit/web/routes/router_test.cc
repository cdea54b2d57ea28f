#include "web/routes/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "hookd/v1/admin_service.pb.h"
#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/token_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/unit/web/routes/descriptors.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Router> Routed(const std::vector<const google::protobuf::MethodDescriptor*>& methods) {
  auto router = Router::Create(methods);
  EXPECT_TRUE(router.ok()) << router.status();
  return *std::move(router);
}

// What the router says of a request: "Method field=value", "OPTIONS: ...", or the HTTP code of the error.
std::string Found(const Router& router, absl::string_view http_method, absl::string_view path) {
  const RouteMatch match = router.Match(http_method, path);
  const int set = (match.route != nullptr) + !match.allow.empty() + match.error.has_value();
  EXPECT_EQ(set, 1) << http_method << " " << path;
  if (match.route == nullptr) EXPECT_TRUE(match.variables.empty());
  if (match.error.has_value()) {
    EXPECT_FALSE(match.error->error.ok());
    const absl::string_view allow = FindHeader(match.error->headers, "Allow");
    return absl::StrCat(match.error->http_status, allow.empty() ? "" : " ", allow);
  }
  if (match.route == nullptr) return absl::StrCat("OPTIONS: ", match.allow);
  std::string text = match.route->method->name();
  for (const PathVariable& variable : match.variables) {
    absl::StrAppend(&text, " ", variable.field_path, "=", variable.value);
  }
  return text;
}

// Every method of hookd.v1.
std::vector<const google::protobuf::MethodDescriptor*> ApiMethods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const auto* file :
       {v1::EmitEventRequest::descriptor()->file(), v1::CreateWebhookRequest::descriptor()->file(),
        v1::GetDeliveryRequest::descriptor()->file(), v1::CreateTokenRequest::descriptor()->file(),
        v1::ListNodesRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j)
        methods.push_back(file->service(i)->method(j));
    }
  }
  return methods;
}

class ApiRouterTest : public ::testing::Test {
 protected:
  std::string Found(absl::string_view http_method, absl::string_view path) const {
    return hookd::Found(*router_, http_method, path);
  }

  const std::vector<const google::protobuf::MethodDescriptor*> methods_ = ApiMethods();
  const std::unique_ptr<Router> router_ = Routed(methods_);
};

TEST_F(ApiRouterTest, HasARouteForEveryMethodWithARule) {
  ASSERT_GE(methods_.size(), 20);
  for (size_t i = 0; i < methods_.size(); ++i) {
    const bool has_rule = methods_[i]->options().HasExtension(google::api::http);
    EXPECT_EQ(has_rule, methods_[i]->name() != "StreamEvents") << methods_[i]->full_name();
    int routes = 0;
    for (const auto& route : router_->routes()) {
      if (route->method == methods_[i] && route->method_index == i) ++routes;
    }
    EXPECT_EQ(routes > 0, has_rule) << methods_[i]->full_name();
  }
}

TEST_F(ApiRouterTest, FindsEveryRouteByAPathOfItsTemplate) {
  for (const auto& route : router_->routes()) {
    std::vector<std::string> segments;
    for (const auto& segment : route->path.segments()) {
      segments.push_back(segment.kind == PathTemplate::Kind::kLiteral ? segment.literal : "some-id");
    }
    std::string path = absl::StrCat("/", absl::StrJoin(segments, "/"));
    if (!route->path.verb().empty()) absl::StrAppend(&path, ":", route->path.verb());
    EXPECT_EQ(router_->Match(route->http_method, path).route, route.get())
        << route->http_method << " " << path;
    EXPECT_THAT(Found("OPTIONS", path), HasSubstr(route->http_method));
    EXPECT_EQ(Found(route->http_method, path + "/"), "404");
    EXPECT_THAT(Found("BREW", path), HasSubstr(absl::StrCat("405 "))) << path;
  }
}

TEST_F(ApiRouterTest, FindsTheMethodAndTheFieldsOfThePath) {
  EXPECT_EQ(Found("POST", "/v1/projects/p/events:emit"), "EmitEvent parent=projects/p");
  EXPECT_EQ(Found("POST", "/v1/projects/p/events:batchEmit"), "BatchEmitEvents parent=projects/p");
  EXPECT_EQ(Found("GET", "/v1/projects/p/webhooks"), "ListWebhooks parent=projects/p");
  EXPECT_EQ(Found("POST", "/v1/projects/p/webhooks"), "CreateWebhook parent=projects/p");
  EXPECT_EQ(Found("PATCH", "/v1/projects/p/webhooks/w"), "UpdateWebhook webhook.name=projects/p/webhooks/w");
  EXPECT_EQ(Found("DELETE", "/v1/projects/p/webhooks/w"), "DeleteWebhook name=projects/p/webhooks/w");
  EXPECT_EQ(Found("POST", "/v1/projects/p/webhooks/w:test"), "TestWebhook name=projects/p/webhooks/w");
  EXPECT_EQ(Found("POST", "/v1/projects/p/webhooks:test"), "TestWebhook parent=projects/p");
  EXPECT_EQ(Found("GET", "/v1/projects/p/deliveries:watch"), "WatchDeliveries parent=projects/p");
  EXPECT_EQ(Found("GET", "/v1:backup"), "Backup");
  EXPECT_EQ(Found("GET", "/v1/tokens"), "ListTokens");
}

TEST_F(ApiRouterTest, AnswersOtherMethodsWithTheAllowedOnes) {
  EXPECT_EQ(Found("PUT", "/v1/projects/p/webhooks"), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Found("POST", "/v1/projects/p/webhooks/w"), "405 GET, HEAD, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(Found("GET", "/v1/projects/p/webhooks/w:test"), "405 POST, OPTIONS");
  EXPECT_EQ(Found("HEAD", "/v1/projects/p/events:emit"), "405 POST, OPTIONS");
  EXPECT_EQ(Found("get", "/v1/nodes"), "405 GET, HEAD, OPTIONS");
  EXPECT_EQ(Found("", "/v1/nodes"), "405 GET, HEAD, OPTIONS");
  EXPECT_EQ(Found("*", "/v1/nodes"), "405 GET, HEAD, OPTIONS");
  const RouteMatch match = router_->Match("PUT", "/v1/nodes");
  EXPECT_EQ(match.error->error.message(), "PUT is not a method of /v1/nodes; allowed: GET, HEAD, OPTIONS");
}

TEST_F(ApiRouterTest, ServesHeadByGet) {
  EXPECT_EQ(Found("HEAD", "/v1/nodes"), "ListNodes");
  EXPECT_EQ(Found("HEAD", "/v1/projects/p/webhooks/w"), "GetWebhook name=projects/p/webhooks/w");
}

TEST_F(ApiRouterTest, AnswersOptionsWithTheMethodsOfThePath) {
  EXPECT_EQ(Found("OPTIONS", "/v1/projects/p/webhooks"), "OPTIONS: GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Found("OPTIONS", "/v1/nowhere"), "404");
  EXPECT_EQ(Found("OPTIONS", "*"), "400");
}

TEST_F(ApiRouterTest, SaysWhereThePathsAreDescribed) {
  for (const absl::string_view path :
       {"/", "/v1", "/v1/", "/v2/nodes", "/v1/Nodes", "/v1/nodes/", "//v1/nodes", "/v1/projects//webhooks",
        "/v1/projects/p/webhooks/", "/v1/projects/p/webhooks:nothing", "/v1/projects/p%2Fwebhooks",
        "/v1/projects/p/../p/webhooks", "/%761/nodes", "/v1:", "/v1:backup:", "/v1/x:backup"}) {
    const RouteMatch match = router_->Match("GET", path);
    ASSERT_TRUE(match.error.has_value()) << path;
    EXPECT_EQ(match.error->http_status, 404) << path;
    EXPECT_TRUE(absl::IsNotFound(match.error->error));
    EXPECT_THAT(std::string(match.error->error.message()), HasSubstr("/openapi.json"));
  }
}

TEST_F(ApiRouterTest, RefusesBrokenPathsBeforeItLooksForRoutes) {
  for (const absl::string_view path :
       {"", "*", "v1/nodes", "/v1/nodes%", "/v1/nodes%00", "/v1/%ff", "/v1/a b"}) {
    EXPECT_EQ(Found("GET", path), "400") << path;
  }
  EXPECT_EQ(Found("GET", absl::StrCat("/v1/", std::string(20'000, 'a'))), "414");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "/v";
  EXPECT_EQ(Found("GET", many), "404");
}

TEST_F(ApiRouterTest, QuotesLittleOfAHostileRequest) {
  const RouteMatch match = router_->Match(std::string(5000, '\x01'), absl::StrCat("/v1/tokens"));
  ASSERT_TRUE(match.error.has_value());
  EXPECT_LT(match.error->error.message().size(), 600);
  EXPECT_THAT(std::string(match.error->error.message()), HasSubstr("\\x01"));
}

TEST(RouterTest, PrefersTheMoreSpecificTemplateInAnyOrder) {
  const std::vector<std::string> rules = {R"(get: "/v1/{name=**}")", R"(get: "/v1/a/{name}")",
                                          R"(get: "/v1/{name=a/**}")", R"(get: "/v1/a/b")",
                                          R"(get: "/v1/*/b")"};
  for (const bool reversed : {false, true}) {
    std::vector<std::string> order = rules;
    if (reversed) order.assign(rules.rbegin(), rules.rend());
    const TestMethods methods(order);
    const auto router = Routed(methods.list());
    const auto rule = [&](absl::string_view path) {
      const RouteMatch match = router->Match("GET", path);
      return match.route == nullptr ? "none" : order[match.route->method_index];
    };
    EXPECT_EQ(rule("/v1/a/b"), rules[3]);
    EXPECT_EQ(rule("/v1/a/c"), rules[1]);
    EXPECT_EQ(rule("/v1/c/b"), rules[4]);
    EXPECT_EQ(rule("/v1/a"), rules[2]);
    EXPECT_EQ(rule("/v1/a/b/c"), rules[2]);
    EXPECT_EQ(rule("/v1/b/c"), rules[0]);
    EXPECT_EQ(rule("/v1"), rules[0]);
  }
}

TEST(RouterTest, PassesOverATemplateWithoutTheMethod) {
  const TestMethods methods({R"(get: "/v1/special")", R"(delete: "/v1/{name}")"});
  const auto router = Routed(methods.list());
  EXPECT_EQ(Found(*router, "GET", "/v1/special"), "M0");
  EXPECT_EQ(Found(*router, "DELETE", "/v1/special"), "M1 name=special");
  EXPECT_EQ(Found(*router, "POST", "/v1/special"), "405 GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(Found(*router, "GET", "/v1/other"), "405 DELETE, OPTIONS");
}

TEST(RouterTest, AVerbBelongsToItsTemplatesAlone) {
  const TestMethods methods({R"(get: "/v1/{name}")", R"(post: "/v1/{name}:go")"});
  const auto router = Routed(methods.list());
  EXPECT_EQ(Found(*router, "POST", "/v1/a:go"), "M1 name=a");
  EXPECT_EQ(Found(*router, "GET", "/v1/a:go"), "405 POST, OPTIONS");
  EXPECT_EQ(Found(*router, "GET", "/v1/a%3Ago"), "M0 name=a:go");
  EXPECT_EQ(Found(*router, "GET", "/v1/a:stop"), "M0 name=a:stop");  // no template's verb
  EXPECT_EQ(Found(*router, "POST", "/v1/a:b:go"), "M1 name=a:b");
}

TEST(RouterTest, ServesEveryBindingOfAMethod) {
  const TestMethods methods({R"(get: "/v1/a/{name}" additional_bindings { get: "/v1/b/{child.name}" }
                                additional_bindings { custom { kind: "PURGE" path: "/v1/a/{name}" } })"});
  const auto router = Routed(methods.list());
  EXPECT_EQ(Found(*router, "GET", "/v1/a/x"), "M0 name=x");
  EXPECT_EQ(Found(*router, "GET", "/v1/b/x"), "M0 child.name=x");
  EXPECT_EQ(Found(*router, "PURGE", "/v1/a/x"), "M0 name=x");
  EXPECT_EQ(Found(*router, "PURGE", "/v1/b/x"), "405 GET, HEAD, OPTIONS");
  EXPECT_EQ(Found(*router, "OPTIONS", "/v1/a/x"), "OPTIONS: GET, HEAD, PURGE, OPTIONS");
}

TEST(RouterTest, ARuleForAllMethodsLeavesThoseWithARuleOfTheirOwn) {
  const TestMethods methods({R"(custom { kind: "*" path: "/v1/a" })", R"(get: "/v1/a")",
                             R"(custom { kind: "HEAD" path: "/v1/h" })", R"(get: "/v1/h")",
                             R"(custom { kind: "OPTIONS" path: "/v1/o" })"});
  const auto router = Routed(methods.list());
  EXPECT_EQ(Found(*router, "GET", "/v1/a"), "M1");
  EXPECT_EQ(Found(*router, "HEAD", "/v1/a"), "M1");
  EXPECT_EQ(Found(*router, "POST", "/v1/a"), "M0");
  EXPECT_EQ(Found(*router, "BREW", "/v1/a"), "M0");
  EXPECT_EQ(Found(*router, "OPTIONS", "/v1/a"), "OPTIONS: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(Found(*router, "HEAD", "/v1/h"), "M2");
  EXPECT_EQ(Found(*router, "GET", "/v1/h"), "M3");
  EXPECT_EQ(Found(*router, "OPTIONS", "/v1/o"), "M4");
}

TEST(RouterTest, RefusesRoutesThatMatchTheSameRequests) {
  const std::vector<std::vector<std::string>> conflicts = {
      {R"(get: "/v1/{name}")", R"(get: "/v1/{child.name=*}")"},
      {R"(get: "/v1/{name=a/*}")", R"(get: "/v1/a/{name}")"},
      {R"(post: "/v1/*:go")", R"(post: "/v1/{name}:go")"},
      {R"(get: "/v1/**")", R"(get: "/v1/{name=**}")"},
      {R"(get: "/v1" additional_bindings { get: "/v1" })"},
  };
  for (const auto& rules : conflicts) {
    const TestMethods methods(rules);
    const auto router = Router::Create(methods.list());
    ASSERT_FALSE(router.ok()) << rules[0];
    EXPECT_TRUE(absl::IsInvalidArgument(router.status()));
    EXPECT_THAT(std::string(router.status().message()), HasSubstr("matches the same requests as"))
        << rules[0];
    EXPECT_THAT(std::string(router.status().message()), HasSubstr("of test.S.M0")) << rules[0];
  }
}

TEST(RouterTest, TakesRoutesThatDifferInTheMethodTheVerbOrALiteral) {
  const TestMethods methods({R"(get: "/v1/{name}")", R"(put: "/v1/{name}")", R"(get: "/v1/{name}:go")",
                             R"(get: "/v1/a")", R"(get: "/v1/{name=**}")", R"(get: "/v2/{name}")"});
  EXPECT_EQ(Routed(methods.list())->routes().size(), 6);
}

TEST(RouterTest, RefusesInvalidRules) {
  const TestMethods methods({R"(get: "/v1/a")", R"(get: "/v1/{nome}")"});
  const auto router = Router::Create(methods.list());
  ASSERT_FALSE(router.ok());
  EXPECT_THAT(std::string(router.status().message()), HasSubstr("test.S.M1"));
}

TEST(RouterTest, WithoutRoutesNothingIsFound) {
  EXPECT_EQ(Found(*Routed({}), "GET", "/v1"), "404");
  EXPECT_EQ(Found(*Routed({}), "GET", "/v1:x"), "404");
  auto router = Router::Create(std::vector<Method>());
  EXPECT_EQ(Found(**router, "GET", "/"), "404");
}

}  // namespace
}  // namespace hookd
