// A disk that fails now and then, under the whole server.
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server.h"
#include "tests/faults/faulty_vfs.h"
#include "tests/faults/ledger.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

TEST(FaultTest, WriteErrorsOfTheStore) {
  InstallFaultyVfs();
  TempDir data;
  HttpReceiver receiver;
  Ledger ledger;
  auto server = Server::Create(
      {.listen = "127.0.0.1:0", .data_dir = data.path(), .egress = {.allow = {"127.0.0.0/8"}}});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string((*server)->port()),
                                           grpc::InsecureChannelCredentials());
  const v1::RetryPolicy retries = Retries(1000);
  CreateWebhook(channel, "w", receiver.Url("/w"));
  CreateWebhook(channel, "retried", receiver.Url("/retried"), &retries);

  FailWritesPerMille(30);
  Caller unary(channel, &ledger, Caller::How::kUnary, /*persistent=*/true);
  Caller stream(channel, &ledger, Caller::How::kStream);
  const absl::Time deadline = absl::Now() + kPatience;
  while ((FailedWrites() < 200 || ledger.size() < 1000) && absl::Now() < deadline) {
    receiver.SetNext({.status = 503});
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_GE(FailedWrites(), 200);
  EXPECT_GT(unary.refused() + stream.refused(), 0);
  unary.Stop();
  stream.Stop();
  FailWritesPerMille(0);
  ledger.Audit("write errors of the store, 3 in 100", channel, receiver, absl::Now());
}

}  // namespace
}  // namespace hookd
