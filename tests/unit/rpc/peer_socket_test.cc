#include "rpc/peer_socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>

#include "grpcpp/grpcpp.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

// Notes for a caller what is found of it while its call is under way.
class FindsCallers : public v1::EventService::Service {
 public:
  grpc::Status EmitEvent(grpc::ServerContext* context, const v1::EmitEventRequest*,
                         v1::EmitEventResponse*) override {
    peer = context->peer();
    found = FindPeerSocket(peer);
    found_is_it = found.has_value() && IsPeerSocket(*found, peer);
    int type = 0;
    socklen_t size = sizeof(type);
    if (found.has_value()) getsockopt(*found, SOL_SOCKET, SO_TYPE, &type, &size);
    found_is_stream = type == SOCK_STREAM;
    return grpc::Status::OK;
  }

  std::string peer;
  std::optional<int> found;
  bool found_is_it = false;
  bool found_is_stream = false;
};

class PeerSocketTest : public testing::Test {
 protected:
  // A call of a server at `address`, whose port is chosen. False if there is no listening there.
  bool CallAt(const std::string& address) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    const auto server = builder.BuildAndStart();
    if (server == nullptr) return false;
    std::string target = address;
    if (const size_t zero = target.rfind(":0"); zero != std::string::npos) {
      target = target.substr(0, zero + 1) + std::to_string(port);
    }
    const auto channel = grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::EmitEventResponse response;
    EXPECT_TRUE(v1::EventService::NewStub(channel)->EmitEvent(&context, {}, &response).ok());
    return true;
  }

  FindsCallers service_;
};

TEST_F(PeerSocketTest, FindsACallerByIPv4) {
  ASSERT_TRUE(CallAt("127.0.0.1:0"));
  EXPECT_TRUE(service_.found_is_it) << service_.peer;
  EXPECT_TRUE(service_.found_is_stream);
}

TEST_F(PeerSocketTest, FindsACallerByIPv6) {
  if (!CallAt("[::1]:0")) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_TRUE(service_.found_is_it) << service_.peer;
}

TEST_F(PeerSocketTest, FindsNoneOfASocketsFile) {
  const TempDir folder;
  ASSERT_TRUE(CallAt("unix:" + folder.path() + "/socket"));
  EXPECT_EQ(service_.found, std::nullopt) << service_.peer;
}

TEST_F(PeerSocketTest, FindsNoneThatIsGone) {
  ASSERT_TRUE(CallAt("127.0.0.1:0"));
  EXPECT_EQ(FindPeerSocket(service_.peer), std::nullopt);
  EXPECT_EQ(FindPeerSocket(""), std::nullopt);
  EXPECT_FALSE(IsPeerSocket(-1, service_.peer));
}

}  // namespace
}  // namespace hookd
