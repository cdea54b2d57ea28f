#include "web/routes/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

PathTemplate Compiled(absl::string_view text) {
  auto compiled = PathTemplate::Compile(text);
  EXPECT_TRUE(compiled.ok()) << text << ": " << compiled.status();
  return *std::move(compiled);
}

std::string Error(absl::string_view text) {
  const auto compiled = PathTemplate::Compile(text);
  EXPECT_TRUE(absl::IsInvalidArgument(compiled.status())) << text << ": " << compiled.status();
  return std::string(compiled.status().message());
}

// Returns "field=value, field=value" if the path matches; nothing if it does not.
std::optional<std::string> Match(absl::string_view text, absl::string_view raw) {
  const PathTemplate compiled = Compiled(text);
  const auto path = RequestPath::Parse(raw);
  EXPECT_TRUE(path.ok()) << raw << ": " << path.status();
  if (!compiled.Matches(*path)) return std::nullopt;
  return absl::StrJoin(compiled.Variables(*path), ", ", [](std::string* out, const PathVariable& variable) {
    absl::StrAppend(out, variable.field_path, "=", variable.value);
  });
}

TEST(PathTemplateTest, MatchesLiterals) {
  EXPECT_EQ(Match("/v1/nodes", "/v1/nodes"), "");
  for (const absl::string_view path :
       {"/v1", "/v1/node", "/v1/nodes/", "/v1/nodes/x", "//v1/nodes", "/V1/nodes", "/v1/nodes:x", "/"}) {
    EXPECT_EQ(Match("/v1/nodes", path), std::nullopt) << path;
  }
}

TEST(PathTemplateTest, DoesNotMatchEncodedLiterals) {
  EXPECT_EQ(Match("/v1/nodes", "/v1/%6eodes"), std::nullopt);
  EXPECT_EQ(Match("/v1/events:emit", "/v1/events%3Aemit"), std::nullopt);
  EXPECT_EQ(Match("/v1/events:emit", "/v1/events:%65mit"), std::nullopt);
}

TEST(PathTemplateTest, CapturesAVariableOfOneSegment) {
  EXPECT_EQ(Match("/v1/messages/{id}", "/v1/messages/m1"), "id=m1");
  EXPECT_EQ(Match("/v1/messages/{id=*}", "/v1/messages/m1"), "id=m1");
  EXPECT_EQ(Match("/v1/{a.b_c}/x/{d}", "/v1/1/x/2"), "a.b_c=1, d=2");
}

TEST(PathTemplateTest, CapturesAVariableOfSeveralSegments) {
  EXPECT_EQ(Match("/v1/{parent=projects/*}/webhooks", "/v1/projects/p/webhooks"), "parent=projects/p");
  EXPECT_EQ(Match("/v1/{name=projects/*/webhooks/*}", "/v1/projects/p/webhooks/w"),
            "name=projects/p/webhooks/w");
  EXPECT_EQ(Match("/v1/{webhook.name=projects/*/webhooks/*}", "/v1/projects/p/webhooks/w"),
            "webhook.name=projects/p/webhooks/w");
  EXPECT_EQ(Match("/v1/{parent=projects/*}/webhooks", "/v1/project/p/webhooks"), std::nullopt);
}

TEST(PathTemplateTest, OneSegmentIsNeitherEmptyNorTwo) {
  EXPECT_EQ(Match("/v1/*", "/v1/"), std::nullopt);
  EXPECT_EQ(Match("/v1/{id}", "/v1/"), std::nullopt);
  EXPECT_EQ(Match("/v1/{id}", "/v1/a/b"), std::nullopt);
  EXPECT_EQ(Match("/v1/{id}/x", "/v1//x"), std::nullopt);
  EXPECT_EQ(Match("/v1/{id}:get", "/v1/:get"), std::nullopt);
}

TEST(PathTemplateTest, TheRestIsAnyNumberOfSegments) {
  EXPECT_EQ(Match("/v1/**", "/v1"), "");
  EXPECT_EQ(Match("/v1/**", "/v1/a/b/c"), "");
  EXPECT_EQ(Match("/v1/**", "/v2"), std::nullopt);
  EXPECT_EQ(Match("/v1/{name=**}", "/v1"), "name=");
  EXPECT_EQ(Match("/v1/{name=**}", "/v1/a"), "name=a");
  EXPECT_EQ(Match("/v1/{name=files/**}", "/v1/files"), "name=files");
  EXPECT_EQ(Match("/v1/{name=files/**}", "/v1/files/a/b"), "name=files/a/b");
  EXPECT_EQ(Match("/v1/{name=files/**}", "/v1/files/a//b/"), "name=files/a//b/");
  EXPECT_EQ(Match("/**", "/"), "");
}

TEST(PathTemplateTest, MatchesAVerb) {
  EXPECT_EQ(Match("/v1:backup", "/v1:backup"), "");
  EXPECT_EQ(Match("/v1:backup", "/v1"), std::nullopt);
  EXPECT_EQ(Match("/v1:backup", "/v1:back"), std::nullopt);
  EXPECT_EQ(Match("/v1:backup", "/v1:backup:"), std::nullopt);
  EXPECT_EQ(Match("/v1:backup", "/v1:backup/"), std::nullopt);
  EXPECT_EQ(Match("/v1/{name=webhooks/*}:test", "/v1/webhooks/w:test"), "name=webhooks/w");
  EXPECT_EQ(Match("/v1/{name=webhooks/*}:test", "/v1/webhooks/a:b:test"), "name=webhooks/a:b");
  EXPECT_EQ(Match("/v1/{name=webhooks/*}:test", "/v1/webhooks:test/w"), std::nullopt);
  EXPECT_EQ(Match("/v1/{name=files/**}:get", "/v1/files:get"), "name=files");
  EXPECT_EQ(Match("/v1/{name=files/**}:get", "/v1/files/a/b:get"), "name=files/a/b");
  EXPECT_EQ(Match("/v1/{name=**}:get", "/v1:get"), "name=");
}

TEST(PathTemplateTest, WithoutAVerbAColonIsPartOfTheSegment) {
  EXPECT_EQ(Match("/v1/{id}", "/v1/a:b"), "id=a:b");
  EXPECT_EQ(Match("/v1/{id}", "/v1/a%3Ab"), "id=a:b");
  EXPECT_EQ(Match("/v1/{id}:get", "/v1/a%3Ab:get"), "id=a:b");
}

TEST(PathTemplateTest, DecodesAVariableOfOneSegmentCompletely) {
  EXPECT_EQ(Match("/v1/{id}", "/v1/a%2Fb%20c%25"), "id=a/b c%");
  EXPECT_EQ(Match("/v1/{id}", "/v1/%2e%2e"), "id=..");
  EXPECT_EQ(Match("/v1/{id}/x", "/v1/a%2fx/x"), "id=a/x");
  EXPECT_EQ(Match("/v1/{id}", "/v1/a+b"), "id=a+b");  // not a space: that is for forms
}

TEST(PathTemplateTest, KeepsEncodedSlashesInAVariableOfSeveralSegments) {
  EXPECT_EQ(Match("/v1/{name=projects/*}", "/v1/projects/a%2Fb%20c"), "name=projects/a%2Fb c");
  EXPECT_EQ(Match("/v1/{name=projects/*}", "/v1/projects/a%2fwebhooks"), "name=projects/a%2fwebhooks");
  EXPECT_EQ(Match("/v1/{name=**}", "/v1/a%2Fb/c%20d"), "name=a%2Fb/c d");
  EXPECT_EQ(Match("/v1/{name=projects/*/webhooks/*}", "/v1/projects/p%2Fwebhooks/w"), std::nullopt);
}

TEST(PathTemplateTest, APathWithTooManySegmentsMatchesNothing) {
  std::string path;
  for (size_t i = 0; i < RequestPath::kMaxSegments; ++i) path += "/a";
  EXPECT_NE(Match("/**", path), std::nullopt);
  EXPECT_EQ(Match("/**", path + "/a"), std::nullopt);
}

TEST(PathTemplateTest, RefusesWhatIsNoTemplate) {
  for (const absl::string_view text :
       {"",           "/",          "v1",           "/v1/",        "//v1",     "/v1//x",
        "/v1:",       "/v1:a:b",    "/v1:a/b",      "/v1:*",       "/v1/a*",   "/v1/*a",
        "/v1/***",    "/v1/{",      "/v1/{}",       "/v1/{a",      "/v1/{a}b", "/v1/a{b}",
        "/v1/{a=}",   "/v1/{a=/x}", "/v1/{a=x/}",   "/v1/{a=x:y}", "/v1/{a.}", "/v1/{.a}",
        "/v1/{a..b}", "/v1/{1a}",   "/v1/{a-b}",    "/v1/}",       "/v1/a b",  "/v1/%20",
        "/v1?x",      "/v1#x",      "/v1/\xc3\xa9", "/v1/{a=*}}"}) {
    EXPECT_THAT(Error(text), HasSubstr("path template, at byte ")) << text;
  }
}

TEST(PathTemplateTest, RefusesSegmentsAfterTheRest) {
  for (const absl::string_view text : {"/v1/**/x", "/**/**", "/{a=**}/x", "/{a=**/x}", "/{a=**}/{b}"}) {
    EXPECT_THAT(Error(text), HasSubstr("** must be the last segment")) << text;
  }
}

TEST(PathTemplateTest, RefusesVariablesInVariables) {
  EXPECT_THAT(Error("/v1/{a={b}}"), HasSubstr("must not have variables"));
  EXPECT_THAT(Error("/v1/{a=x/{b}}"), HasSubstr("must not have variables"));
}

TEST(PathTemplateTest, RefusesAVariableTwice) {
  EXPECT_THAT(Error("/{a}/{a}"), HasSubstr("occurs twice"));
  Compiled("/{a.b}/{a.c}");
}

TEST(PathTemplateTest, RefusesTemplatesThatAreTooLong) {
  std::string text;
  for (size_t i = 0; i < RequestPath::kMaxSegments; ++i) text += "/*";
  Compiled(text);
  EXPECT_THAT(Error(text + "/*"), HasSubstr("too many segments"));
  EXPECT_THAT(Error(absl::StrCat("/", std::string(limits::kMaxUrlBytes, 'a'))), HasSubstr("too long"));
}

TEST(PathTemplateTest, SaysWhereTheErrorIs) {
  EXPECT_EQ(Error("/v1/{a=x"), "path template, at byte 8: expected }");
  EXPECT_EQ(Error("/v1/x y"), "path template, at byte 5: expected the end, / or :verb");
}

}  // namespace
}  // namespace hookd
