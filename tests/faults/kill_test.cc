// kill -9 at random moments, with retries, streams, disables and edits going on.
#include <random>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/faults/ledger.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

constexpr int kRounds = 100;

// Disables, enables and edits a webhook until it is stopped or hookd is gone.
void Disturb(const std::shared_ptr<grpc::Channel>& channel, const std::string& name,
             const HttpReceiver& receiver, const std::atomic<bool>& stopped) {
  const auto stub = v1::WebhookService::NewStub(channel);
  for (int i = 0; !stopped; ++i) {
    v1::Webhook webhook;
    grpc::ClientContext context;
    grpc::Status status;
    if (i % 3 == 0) {
      v1::DisableWebhookRequest request;
      request.set_name(name);
      status = stub->DisableWebhook(&context, request, &webhook);
    } else if (i % 3 == 1) {
      v1::EnableWebhookRequest request;
      request.set_name(name);
      status = stub->EnableWebhook(&context, request, &webhook);
    } else {
      v1::UpdateWebhookRequest request;
      request.mutable_webhook()->set_name(name);
      request.mutable_webhook()->set_url(receiver.Url("/edited/" + std::to_string(i)));
      request.mutable_webhook()->set_ordered(i % 2 == 0);
      request.mutable_update_mask()->add_paths("url");
      request.mutable_update_mask()->add_paths("ordered");
      status = stub->UpdateWebhook(&context, request, &webhook);
    }
    if (!status.ok()) return;
  }
}

TEST(FaultTest, KilledAtRandomMoments) {
  HttpReceiver receiver;
  TempDir data;
  Ledger ledger;
  std::mt19937 random(std::random_device{}());
  auto server = ServerProcess::Start(data.path());
  ASSERT_NE(server, nullptr);
  const v1::RetryPolicy retries = Retries(1000);
  CreateWebhook(server->channel(), "steady", receiver.Url("/steady"), &retries);
  CreateWebhook(server->channel(), "ordered", receiver.Url("/ordered"), &retries, /*ordered=*/true);
  const std::string edited = CreateWebhook(server->channel(), "edited", receiver.Url("/edited"), &retries);

  absl::Time last_kill;
  for (int round = 0; round < kRounds; ++round) {
    {
      Caller unary(server->channel(), &ledger, Caller::How::kUnary);
      Caller stream(server->channel(), &ledger, Caller::How::kStream);
      std::atomic<bool> stopped = false;
      std::thread disturber([&] { Disturb(server->channel(), edited, receiver, stopped); });
      // The moment is what the test is about; nothing is waited for. Some attempts fail meanwhile.
      const absl::Time kill =
          absl::Now() + absl::Milliseconds(std::uniform_int_distribution<int>(5, 250)(random));
      while (absl::Now() < kill) {
        receiver.SetNext({.status = 503});
        absl::SleepFor(absl::Milliseconds(3));
      }
      server->Kill();
      last_kill = absl::Now();
      stopped = true;
      disturber.join();
    }
    server = ServerProcess::Start(data.path());
    ASSERT_NE(server, nullptr);
  }
  ledger.Audit("kill -9, 100 times, under load", server->channel(), receiver, last_kill);
}

}  // namespace
}  // namespace hookd
