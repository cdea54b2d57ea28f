#include "grpc/grpc_listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

// A gRPC server without services behind a listener, which answers every call with UNIMPLEMENTED.
class Listening {
 public:
  explicit Listening(const std::string& address) {
    auto listener = GrpcListener::Create(address, Clock::Real());
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (!listener.ok()) return;
    listener_ = *std::move(listener);
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(&service_);
    auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        grpc::InsecureServerCredentials());
    server_ = builder.BuildAndStart();
    listener_->Start(std::move(acceptor), &connections_);
  }
  ~Listening() {
    if (listener_ == nullptr) return;
    listener_->StopListening();
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  int port() const { return listener_->port(); }
  CallerConnections& connections() { return connections_; }
  // Calls the server and returns the peer that it saw; empty if it was not reached.
  std::string Call(const std::string& target) {
    service_.peer.clear();
    const auto channel = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), Local());
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    grpc::Slice nothing;
    grpc::ByteBuffer request(&nothing, 1), response;
    absl::Notification done;
    stub.UnaryCall(&context, "/a/b", grpc::StubOptions(), &request, &response,
                   [&done](const grpc::Status&) { done.Notify(); });
    done.WaitForNotification();
    return service_.peer;
  }

 private:
  class Service : public grpc::CallbackGenericService {
   public:
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
      peer = context->peer();
      class Reactor : public grpc::ServerGenericBidiReactor {
       public:
        Reactor() { Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "")); }
        void OnDone() override { delete this; }
      };
      return new Reactor();
    }
    std::string peer;
  };

  static grpc::ChannelArguments Local() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
  }

  CallerConnections connections_{Clock::Real(), 10};
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GrpcListener> listener_;
};

TEST(GrpcListenerTest, TakesCallsOnAFreePort) {
  Listening listening("127.0.0.1:0");
  ASSERT_GT(listening.port(), 0);
  EXPECT_EQ(listening.Call(absl::StrCat("127.0.0.1:", listening.port())).rfind("ipv4:127.0.0.1:", 0), 0U);
  EXPECT_EQ(listening.connections().figures().accepted, 1);
}

TEST(GrpcListenerTest, AnAddressThatStandsForAllIsOfBothFamilies) {
  for (const char* all : {"0.0.0.0:0", "[::]:0"}) {
    Listening listening(all);
    EXPECT_EQ(listening.Call(absl::StrCat("127.0.0.1:", listening.port())).rfind("ipv4:127.0.0.1:", 0), 0U);
    EXPECT_EQ(listening.Call(absl::StrCat("[::1]:", listening.port())).rfind("ipv6:%5B::1%5D:", 0), 0U);
  }
}

TEST(GrpcListenerTest, ANameIsResolved) {
  Listening listening("localhost:0");
  // Uses an address, because c-ares 1.18 loses the name of a host that gRPC resolves.
  EXPECT_NE(listening.Call(absl::StrCat("127.0.0.1:", listening.port())), "");
}

TEST(GrpcListenerTest, ASocketsFileIsReplacedAndRemoved) {
  const TempDir folder;
  const std::string path = folder.path() + "/socket";
  struct stat status;
  {
    Listening first("unix:" + path);
    Listening second("unix://" + path);
    EXPECT_EQ(second.Call("unix:" + path).rfind("unix:", 0), 0U);
    EXPECT_EQ(second.connections().figures().accepted, 1);
  }
  EXPECT_NE(stat(path.c_str(), &status), 0);
}

TEST(GrpcListenerTest, APortThatIsTakenIsNotShared) {
  Listening listening("127.0.0.1:0");
  EXPECT_FALSE(GrpcListener::Create(absl::StrCat("127.0.0.1:", listening.port()), Clock::Real()).ok());
}

TEST(GrpcListenerTest, AnAddressOfAnotherMachineIsRefused) {
  EXPECT_FALSE(GrpcListener::Create("192.0.2.1:0", Clock::Real()).ok());
  EXPECT_FALSE(GrpcListener::Create("no.such.name.invalid:0", Clock::Real()).ok());
}

TEST(GrpcListenerTest, ConnectionsThatEndAreForgotten) {
  Listening listening("127.0.0.1:0");
  listening.Call(absl::StrCat("127.0.0.1:", listening.port()));
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (listening.connections().figures().open > 0 && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(listening.connections().figures().open, 0);
}

}  // namespace
}  // namespace hookd
