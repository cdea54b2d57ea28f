#include "web/routes/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/web/routes/descriptors.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Error(const std::string& rule, absl::string_view method_extra = "") {
  const TestMethods methods({rule}, method_extra);
  const auto routes = RoutesOf(*methods.list()[0], 0);
  EXPECT_TRUE(absl::IsInvalidArgument(routes.status())) << rule << ": " << routes.status();
  EXPECT_THAT(std::string(routes.status().message()), StartsWith("test.S.M0: google.api.http: "));
  return std::string(routes.status().message());
}

TEST(RouteTest, ReadsTheRuleAndItsAdditionalBindings) {
  const TestMethods methods({R"(post: "/v1/{name=a/*}:go" body: "child" response_body: "child"
                                additional_bindings { get: "/v1/{child.child.name}" }
                                additional_bindings { custom { kind: "PURGE" path: "/v1/x" } body: "*" })"});
  const auto routes = RoutesOf(*methods.list()[0], 7);
  ASSERT_TRUE(routes.ok()) << routes.status();
  ASSERT_EQ(routes->size(), 3);
  const Route& first = (*routes)[0];
  EXPECT_EQ(first.method, methods.list()[0]);
  EXPECT_EQ(first.method_index, 7);
  EXPECT_EQ(first.http_method, "POST");
  EXPECT_EQ(first.path.text(), "/v1/{name=a/*}:go");
  EXPECT_EQ(first.body, "child");
  ASSERT_NE(first.body_field, nullptr);
  EXPECT_EQ(first.body_field->name(), "child");
  EXPECT_EQ(first.response_body_field, methods.list()[0]->output_type()->FindFieldByName("child"));
  EXPECT_EQ((*routes)[1].http_method, "GET");
  EXPECT_EQ((*routes)[1].body, "");
  EXPECT_EQ((*routes)[1].body_field, nullptr);
  EXPECT_EQ((*routes)[1].response_body_field, nullptr);
  EXPECT_EQ((*routes)[2].http_method, "PURGE");
  EXPECT_EQ((*routes)[2].body, "*");
  EXPECT_EQ((*routes)[2].body_field, nullptr);
}

TEST(RouteTest, ReadsEveryHttpMethod) {
  const TestMethods methods({R"(get: "/a" additional_bindings { put: "/a" }
                                additional_bindings { post: "/a" } additional_bindings { delete: "/a" }
                                additional_bindings { patch: "/a" }
                                additional_bindings { custom { kind: "*" path: "/a" } })"});
  const auto routes = RoutesOf(*methods.list()[0], 0);
  ASSERT_TRUE(routes.ok()) << routes.status();
  std::vector<std::string> found;
  for (const Route& route : *routes) found.push_back(route.http_method);
  EXPECT_THAT(found, ::testing::ElementsAre("GET", "PUT", "POST", "DELETE", "PATCH", "*"));
}

TEST(RouteTest, AMethodWithoutARuleHasNone) {
  const TestMethods methods({""});
  EXPECT_TRUE(RoutesOf(*methods.list()[0], 0)->empty());
  const TestMethods stream({""}, "client_streaming: true");
  EXPECT_TRUE(RoutesOf(*stream.list()[0], 0)->empty());
}

TEST(RouteTest, RefusesAStreamOfRequests) {
  EXPECT_THAT(Error(R"(post: "/v1")", "client_streaming: true"), HasSubstr("a stream of requests"));
  const TestMethods responses({R"(get: "/v1")"}, "server_streaming: true");
  EXPECT_TRUE(RoutesOf(*responses.list()[0], 0).ok());
}

TEST(RouteTest, RefusesARuleWithoutAPath) {
  EXPECT_THAT(Error(R"(body: "*")"), HasSubstr("no path"));
  EXPECT_THAT(Error(R"(get: "")"), HasSubstr("path template"));
  EXPECT_THAT(Error(R"(get: "/v1/{name")"), HasSubstr("path template"));
}

TEST(RouteTest, RefusesCustomKindsThatAreNoMethods) {
  for (const char* kind : {"", "get", "GET POST", "G*"}) {
    EXPECT_THAT(Error(std::string("custom { path: '/v1' kind: '") + kind + "' }"), HasSubstr("custom.kind"));
  }
}

TEST(RouteTest, RefusesVariablesThatCannotBeWritten) {
  EXPECT_THAT(Error(R"(get: "/{nome}")"), HasSubstr("nome is not a field of the request"));
  EXPECT_THAT(Error(R"(get: "/{child.nome}")"), HasSubstr("child.nome is not a field"));
  EXPECT_THAT(Error(R"(get: "/{name.child}")"), HasSubstr("name.child is not a field"));
  EXPECT_THAT(Error(R"(get: "/{child}")"), HasSubstr("child is a message"));
  EXPECT_THAT(Error(R"(get: "/{names}")"), HasSubstr("names is repeated"));
  EXPECT_THAT(Error(R"(get: "/{children.name}")"), HasSubstr("children.name is repeated"));
  EXPECT_TRUE(RoutesOf(*TestMethods({R"(get: "/{size}")"}).list()[0], 0).ok());
}

TEST(RouteTest, RefusesBodiesThatAreNoSingularFieldsAtTheTop) {
  EXPECT_THAT(Error(R"(post: "/v1" body: "nome")"), HasSubstr("nome is not a field of test.Request"));
  EXPECT_THAT(Error(R"(post: "/v1" body: "child.name")"), HasSubstr("child.name is not a field"));
  EXPECT_THAT(Error(R"(post: "/v1" body: "names")"), HasSubstr("body: names is repeated"));
  EXPECT_THAT(Error(R"(post: "/v1" response_body: "nome")"), HasSubstr("nome is not a field"));
  EXPECT_THAT(Error(R"(get: "/v1" body: "*")"), HasSubstr("a GET has no body"));
}

TEST(RouteTest, RefusesNestedAdditionalBindings) {
  EXPECT_THAT(Error(R"(get: "/a" additional_bindings { get: "/b" additional_bindings { get: "/c" } })"),
              HasSubstr("must not have additional_bindings"));
}

}  // namespace
}  // namespace hookd
