// protos/hookd/v1/service_config.json, which clients in other languages give to their channels.
#include "hookd/v1/service_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "rapidjson/document.h"
#include "tests/unit/client/fake_hookd.h"

namespace hookd {
namespace {

std::string ServiceConfig() {
  std::ifstream file(HOOKD_SOURCE_DIR "/protos/hookd/v1/service_config.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

class ServiceConfigTest : public testing::Test {
 protected:
  std::shared_ptr<grpc::Channel> Channel() {
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(ServiceConfig());
    return grpc::CreateCustomChannel(hookd_.target(), grpc::InsecureChannelCredentials(), arguments);
  }

  FakeHookd hookd_;
};

TEST_F(ServiceConfigTest, IsPartOfTheProgramsThatLinkIt) {
  EXPECT_EQ(v1::ServiceConfigJson(), ServiceConfig());
}

TEST_F(ServiceConfigTest, NamesMethodsThatExist) {
  rapidjson::Document config;
  config.Parse(ServiceConfig().c_str());
  ASSERT_FALSE(config.HasParseError());
  const auto& names = config["methodConfig"][0]["name"];
  ASSERT_GT(names.Size(), 0U);
  for (const auto& name : names.GetArray()) {
    const std::string method = std::string(name["service"].GetString()) + "." + name["method"].GetString();
    EXPECT_NE(google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(method), nullptr)
        << method;
  }
}

// The sentence of client/README.md that names the methods which the file leaves out.
std::string LeftOut() {
  std::ifstream file(HOOKD_SOURCE_DIR "/client/README.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const size_t begin = page.find("It does not list methods");
  EXPECT_NE(begin, std::string::npos);
  return page.substr(begin, page.find("`StreamEvents`.", begin) + 15 - begin);
}

TEST_F(ServiceConfigTest, ListsEveryMethodThatThePageDoesNotLeaveOut) {
  const std::string config = ServiceConfig();
  const std::string left_out = LeftOut();
  int methods = 0;
  for (const char* name : {"ProjectService", "WebhookService", "EventService", "DeliveryService",
                           "TokenService", "AdminService"}) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        std::string("hookd.v1.") + name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i, ++methods) {
      const std::string method = service->method(i)->name();
      const bool listed = config.find("\"" + method + "\"") != std::string::npos;
      const bool named = left_out.find("`" + method + "`") != std::string::npos;
      EXPECT_NE(listed, named) << method << " must be either in service_config.json or in client/README.md";
    }
  }
  EXPECT_GT(methods, 30);
}

TEST_F(ServiceConfigTest, RetriesWhatIsSafeToRepeat) {
  hookd_.events.emit.Set([calls = 0](const auto&, auto*) mutable {
    return ++calls < 3 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting") : grpc::Status::OK;
  });
  grpc::ClientContext context;
  v1::EmitEventResponse response;
  EXPECT_TRUE(
      v1::EventService::NewStub(Channel())->EmitEvent(&context, v1::EmitEventRequest(), &response).ok());
  EXPECT_EQ(hookd_.events.emit.requests().size(), 3U);
}

TEST_F(ServiceConfigTest, DoesNotRetryWhatSaysSomethingElseWhenRepeated) {
  hookd_.webhooks.remove.Fail({grpc::StatusCode::UNAVAILABLE, "starting"});
  grpc::ClientContext context;
  google::protobuf::Empty response;
  EXPECT_FALSE(v1::WebhookService::NewStub(Channel())
                   ->DeleteWebhook(&context, v1::DeleteWebhookRequest(), &response)
                   .ok());
  EXPECT_EQ(hookd_.webhooks.remove.requests().size(), 1U);
}

}  // namespace
}  // namespace hookd
