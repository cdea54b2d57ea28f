// hookctl admin backup on the real hookd under load, and hookd started on what it wrote.
#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/admin_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

constexpr int kEvents = 50;
constexpr absl::Duration kPatience = absl::Seconds(30);

class BackupTest : public ::testing::Test {
 protected:
  void CreateWebhook(ServerProcess& server) {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/p");
    request.mutable_webhook()->set_url(receiver_.Url("/"));
    request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
    v1::Webhook webhook;
    grpc::ClientContext context;
    const auto status =
        v1::WebhookService::NewStub(server.channel())->CreateWebhook(&context, request, &webhook);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  // The new event's name; empty if it was not accepted.
  static std::string Emit(ServerProcess& server) {
    v1::EmitEventRequest request;
    request.set_parent("projects/p");
    request.mutable_event()->mutable_sent()->mutable_user()->set_email("m");
    v1::EmitEventResponse response;
    grpc::ClientContext context;
    const auto status = v1::EventService::NewStub(server.channel())->EmitEvent(&context, request, &response);
    return status.ok() ? response.event() : "";
  }

  static bool HasEvent(ServerProcess& server, const std::string& name) {
    v1::GetEventRequest request;
    request.set_name(name);
    v1::Event event;
    grpc::ClientContext context;
    return v1::EventService::NewStub(server.channel())->GetEvent(&context, request, &event).ok();
  }

  TempDir data_, restored_;
  HttpReceiver receiver_;
};

TEST_F(BackupTest, ARestoredHookdHasWhatWasAcceptedBeforeAndDeliversWhatWaited) {
  auto server = ServerProcess::Start(data_.path(), {"--drain_timeout=0"});
  ASSERT_NE(server, nullptr);
  CreateWebhook(*server);
  receiver_.SetDefault({.hang = true});
  std::set<std::string> before;
  for (int i = 0; i < kEvents; ++i) before.insert(Emit(*server));
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));

  // Events go on coming in while the copy is made.
  std::atomic<bool> stop = false;
  std::thread caller([&] {
    while (!stop) EXPECT_NE(Emit(*server), "");
  });
  const std::string file = restored_.path() + "/hookd.db";
  const ProgramResult backup = RunHookctl({"--server", server->address(), "admin", "backup", file});
  stop = true;
  caller.join();
  EXPECT_EQ(backup.exit_code, 0) << backup.output;
  const std::string after = Emit(*server);
  server->Kill();
  server.reset();
  const size_t sent = receiver_.request_count();
  receiver_.SetDefault({.status = 200});

  server = ServerProcess::Start(restored_.path());
  ASSERT_NE(server, nullptr);
  for (const std::string& event : before) EXPECT_TRUE(HasEvent(*server, event)) << event;
  EXPECT_FALSE(HasEvent(*server, after));
  const auto missing = [&] {
    std::set<std::string> events = before;
    const auto requests = receiver_.requests();
    for (size_t i = sent; i < requests.size(); ++i) {
      events.erase(absl::StrCat("projects/p/events/", requests[i].header("Webhook-Id")));
    }
    return events;
  };
  const absl::Time deadline = absl::Now() + kPatience;
  while (!missing().empty() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_THAT(missing(), ::testing::IsEmpty());
}

TEST_F(BackupTest, OneThatNobodyReadsDoesNotHoldUpAStop) {
  const auto server = ServerProcess::Start(data_.path(), {"--drain_timeout=0.2"});
  ASSERT_NE(server, nullptr);
  // More than a connection holds.
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  for (int i = 0; i < 1000; ++i) {
    request.add_requests()->mutable_event()->mutable_sent()->mutable_user()->set_email(
        std::string(15000, 'x'));
  }
  v1::BatchEmitEventsResponse response;
  grpc::ClientContext emitting;
  ASSERT_TRUE(
      v1::EventService::NewStub(server->channel())->BatchEmitEvents(&emitting, request, &response).ok());
  grpc::ClientContext context;
  const auto stub = v1::AdminService::NewStub(server->channel());
  const auto reader = stub->Backup(&context, v1::BackupRequest());
  v1::BackupResponse piece;
  ASSERT_TRUE(reader->Read(&piece));
  EXPECT_EQ(server->Stop().exit_code, 0);
  while (reader->Read(&piece)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
}

}  // namespace
}  // namespace hookd
