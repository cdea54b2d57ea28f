// The real hookd told to stop, and what service managers see of it.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/support/health.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

class StoppingTest : public ::testing::Test {
 protected:
  void Start(std::vector<std::string> flags = {}) {
    server_ = ServerProcess::Start(data_.path(), std::move(flags));
    ASSERT_NE(server_, nullptr);
  }

  std::string CreateWebhook() {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/p");
    request.mutable_webhook()->set_url(receiver_.Url("/"));
    request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
    request.mutable_webhook()->mutable_timeout()->set_seconds(30);
    v1::Webhook webhook;
    grpc::ClientContext context;
    const auto status =
        v1::WebhookService::NewStub(server_->channel())->CreateWebhook(&context, request, &webhook);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return webhook.name();
  }

  grpc::Status Emit() {
    v1::EmitEventRequest request;
    request.set_parent("projects/p");
    request.mutable_event()->mutable_sent()->mutable_user()->set_email("m");
    v1::EmitEventResponse response;
    grpc::ClientContext context;
    return v1::EventService::NewStub(server_->channel())->EmitEvent(&context, request, &response);
  }

  // Deliveries in that state.
  int Count(const std::string& state) {
    v1::ListDeliveriesRequest request;
    request.set_parent("projects/p");
    request.set_filter("state = " + state);
    v1::ListDeliveriesResponse response;
    grpc::ClientContext context;
    const auto status =
        v1::DeliveryService::NewStub(server_->channel())->ListDeliveries(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.deliveries_size();
  }

  bool WaitForDelivered(int count) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (Count("DELIVERED") != count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(10));
    return Count("DELIVERED") == count;
  }

  std::future<grpc::Status> TestWebhook(const std::string& name) {
    return std::async(std::launch::async, [name, channel = server_->channel()] {
      v1::TestWebhookRequest request;
      request.set_name(name);
      request.set_event_type(v1::EVENT_TYPE_SENT);
      v1::TestWebhookResponse response;
      grpc::ClientContext context;
      return v1::WebhookService::NewStub(channel)->TestWebhook(&context, request, &response);
    });
  }

  TempDir data_;
  HttpReceiver receiver_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(StoppingTest, AnAttemptUnderWayEndsAndIsNotMadeAgain) {
  Start();
  CreateWebhook();
  receiver_.SetNext({.delay = absl::Milliseconds(500)});
  ASSERT_TRUE(Emit().ok());
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(server_->Stop().exit_code, 0);
  Start();
  EXPECT_EQ(Count("DELIVERED"), 1);
  EXPECT_EQ(receiver_.request_count(), 1U);
}

TEST_F(StoppingTest, AnAttemptThatOutlivesTheDrainIsPutBackAndMadeAfterTheNextStart) {
  Start({"--drain_timeout=0.2"});
  CreateWebhook();
  receiver_.SetNext({.hang = true});
  ASSERT_TRUE(Emit().ok());
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(server_->Stop().exit_code, 0);
  Start();
  EXPECT_TRUE(WaitForDelivered(1));
  EXPECT_EQ(receiver_.request_count(), 2U);
}

TEST_F(StoppingTest, ACallUnderWayIsAnswered) {
  Start();
  const std::string webhook = CreateWebhook();
  receiver_.SetNext({.delay = absl::Milliseconds(500)});
  auto tested = TestWebhook(webhook);
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(server_->Stop().exit_code, 0);
  EXPECT_TRUE(tested.get().ok());
}

TEST_F(StoppingTest, ACallThatOutlivesTheDrainDoesNotHoldItUp) {
  Start({"--drain_timeout=0.2"});
  const std::string webhook = CreateWebhook();
  receiver_.SetNext({.hang = true});
  auto tested = TestWebhook(webhook);
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(server_->Stop().exit_code, 0);
  EXPECT_FALSE(tested.get().ok());
}

TEST_F(StoppingTest, WhileItDrainsItsHealthIsNotServingAndCallsAreRefused) {
  Start({"--drain_timeout=1h"});
  CreateWebhook();
  HealthWatch health(server_->channel());
  EXPECT_EQ(health.Next(), "SERVING");
  receiver_.SetNext({.hang = true});
  ASSERT_TRUE(Emit().ok());
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  server_->Signal(SIGTERM);
  EXPECT_EQ(health.Next(), "NOT_SERVING");
  ASSERT_TRUE(server_->WaitUntilItSays("draining"));
  EXPECT_FALSE(Emit().ok());
}

TEST_F(StoppingTest, ASecondSignalEndsItAtOnceAndLosesNothing) {
  Start({"--drain_timeout=1h"});
  CreateWebhook();
  receiver_.SetNext({.hang = true});
  ASSERT_TRUE(Emit().ok());
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  server_->Signal(SIGTERM);
  ASSERT_TRUE(server_->WaitUntilItSays("draining"));
  EXPECT_EQ(server_->Stop().exit_code, -1);
  Start();
  EXPECT_TRUE(WaitForDelivered(1));
}

TEST_F(StoppingTest, CallersThatWatchHealthDoNotHoldItUp) {
  Start({"--drain_timeout=1h"});
  HealthWatch health(server_->channel());
  EXPECT_EQ(health.Next(), "SERVING");
  EXPECT_EQ(server_->Stop().exit_code, 0);
}

TEST_F(StoppingTest, AHangUpIsNoReasonToStop) {
  Start();
  server_->Signal(SIGHUP);
  EXPECT_TRUE(server_->WaitUntilItSays("SIGHUP"));
  EXPECT_TRUE(Emit().ok());
}

// The socket at which systemd listens to a service of Type=notify.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    timeval patience = {.tv_sec = absl::ToInt64Seconds(kPatience), .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~NotifySocket() { close(socket_); }

  std::string Next() {
    char text[256];
    const ssize_t size = recv(socket_, text, sizeof(text), 0);
    return size < 0 ? "nothing" : std::string(text, static_cast<size_t>(size));
  }

 private:
  const int socket_;
};

TEST_F(StoppingTest, SystemdIsToldOfReadinessOfLifeAndOfTheEnd) {
  TempDir dir;
  NotifySocket systemd(dir.path() + "/notify");
  setenv("NOTIFY_SOCKET", (dir.path() + "/notify").c_str(), 1);
  setenv("WATCHDOG_USEC", "200000", 1);
  Start();
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  EXPECT_EQ(systemd.Next(), "READY=1");
  EXPECT_EQ(systemd.Next(), "WATCHDOG=1");
  EXPECT_EQ(systemd.Next(), "WATCHDOG=1");
  server_->Signal(SIGTERM);
  std::string said = systemd.Next();
  while (said == "WATCHDOG=1") said = systemd.Next();
  EXPECT_EQ(said, "STOPPING=1");
  EXPECT_EQ(server_->Wait().exit_code, 0);
}

}  // namespace
}  // namespace hookd
