// The templates of google.api.http as paths of OpenAPI.
#include "openapi/http_bindings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "google/api/annotations.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Names(const ExpandedPath& path) {
  std::vector<std::string> names;
  for (const ExpandedPath::Parameter& parameter : path.parameters) names.push_back(parameter.name);
  return names;
}

TEST(ExpandPathTest, NamesEachSegmentAfterItsCollection) {
  const auto path = ExpandPath("/v1/{webhook.name=projects/*/webhooks/*}:enable");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(path->path, "/v1/projects/{project}/webhooks/{webhook}:enable");
  EXPECT_THAT(Names(*path), ElementsAre("project", "webhook"));
  EXPECT_THAT(path->fields, ElementsAre("webhook.name"));
}

TEST(ExpandPathTest, KnowsTheSingularOfDeliveries) {
  const auto path = ExpandPath("/v1/{parent=projects/*/deliveries/*}/attempts");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(path->path, "/v1/projects/{project}/deliveries/{delivery}/attempts");
}

TEST(ExpandPathTest, TakesPathsWithoutVariables) {
  const auto path = ExpandPath("/v1:backup");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(path->path, "/v1:backup");
  EXPECT_TRUE(path->parameters.empty());
}

TEST(ExpandPathTest, RefusesWhatOpenApiCannotSay) {
  for (const char* path : {"/v1/{name}", "/v1/{name=**}", "/v1/{name=projects/**}", "/v1/{name=*/webhooks}",
                           "/v1/{name=projects/*/*}", "/v1/{name=projects/*"}) {
    EXPECT_FALSE(ExpandPath(path).ok()) << path;
  }
}

TEST(HttpBindingsTest, HasTheVerbThePathAndTheBody) {
  const auto* service = v1::GetWebhookRequest::descriptor()->file()->FindServiceByName("WebhookService");
  const auto bindings = HttpBindings(*service->FindMethodByName("UpdateWebhook"));
  ASSERT_EQ(bindings.size(), 1);
  EXPECT_EQ(bindings[0].verb, "PATCH");
  EXPECT_EQ(bindings[0].path, "/v1/{webhook.name=projects/*/webhooks/*}");
  EXPECT_EQ(bindings[0].body, "webhook");
}

TEST(HttpBindingsTest, IsEmptyForAMethodWithoutARule) {
  const auto* service = v1::GetEventRequest::descriptor()->file()->FindServiceByName("EventService");
  EXPECT_TRUE(HttpBindings(*service->FindMethodByName("StreamEvents")).empty());
}

TEST(HttpBindingsTest, HasTheAdditionalBindings) {
  google::protobuf::FileDescriptorProto file;
  file.set_name("test.proto");
  file.add_message_type()->set_name("M");
  auto* service = file.add_service();
  service->set_name("S");
  auto* added = service->add_method();
  added->set_name("Get");
  added->set_input_type("M");
  added->set_output_type("M");
  google::api::HttpRule& rule = *added->mutable_options()->MutableExtension(google::api::http);
  rule.set_get("/v1/a");
  rule.add_additional_bindings()->set_delete_("/v1/b");
  google::protobuf::DescriptorPool pool;
  const auto* built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);
  const auto bindings = HttpBindings(*built->service(0)->method(0));
  ASSERT_EQ(bindings.size(), 2);
  EXPECT_EQ(bindings[0].path, "/v1/a");
  EXPECT_EQ(bindings[1].verb, "DELETE");
  EXPECT_EQ(bindings[1].path, "/v1/b");
}

}  // namespace
}  // namespace hookd
