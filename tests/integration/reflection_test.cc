// What a running hookd tells tools that have no .proto, such as grpcurl.
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "reflection.grpc.pb.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

namespace reflection = grpc::reflection::v1alpha;
using ::testing::Contains;
using ::testing::IsSupersetOf;

class ReflectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = ServerProcess::Start(data_.path());
    ASSERT_NE(server_, nullptr);
  }

  reflection::ServerReflectionResponse Ask(const reflection::ServerReflectionRequest& request) {
    grpc::ClientContext context;
    const auto stub = reflection::ServerReflection::NewStub(server_->channel());
    const auto stream = stub->ServerReflectionInfo(&context);
    stream->Write(request);
    stream->WritesDone();
    reflection::ServerReflectionResponse response;
    EXPECT_TRUE(stream->Read(&response));
    EXPECT_TRUE(stream->Finish().ok());
    return response;
  }

  std::vector<std::string> Services() {
    reflection::ServerReflectionRequest request;
    request.set_list_services("*");
    std::vector<std::string> names;
    const auto response = Ask(request);
    for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
    return names;
  }

  TempDir data_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(ReflectionTest, NamesEveryService) {
  EXPECT_THAT(Services(),
              IsSupersetOf({"hookd.v1.ProjectService", "hookd.v1.WebhookService", "hookd.v1.EventService",
                            "hookd.v1.DeliveryService", "hookd.v1.TokenService", "hookd.v1.AdminService",
                            "grpc.health.v1.Health", "grpc.channelz.v1.Channelz"}));
}

TEST_F(ReflectionTest, DescribesEveryServiceItNames) {
  for (const std::string& name : Services()) {
    reflection::ServerReflectionRequest request;
    request.set_file_containing_symbol(name);
    const auto response = Ask(request);
    std::vector<std::string> described;
    for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      ASSERT_TRUE(file.ParseFromString(bytes));
      for (const auto& service : file.service()) described.push_back(file.package() + "." + service.name());
    }
    EXPECT_THAT(described, Contains(name)) << response.error_response().error_message();
  }
}

}  // namespace
}  // namespace hookd
