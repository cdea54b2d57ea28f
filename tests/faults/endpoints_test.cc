// Endpoints that hang, reset, drip, flood and lie.
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/faults/ledger.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

struct Misbehaviour {
  const char* name;
  HttpReceiver::Behaviour behaviour;
};

TEST(FaultTest, EndpointsThatMisbehave) {
  const Misbehaviour kMisbehaviours[] = {
      {"endpoint hangs", {.hang = true}},
      {"endpoint resets", {.reset = true}},
      {"endpoint closes without an answer", {.close = true}},
      {"endpoint drips", {.body = std::string(100000, 'x'), .drip = absl::Milliseconds(20)}},
      {"endpoint floods with headers", {.header_flood = 5000}},
      {"endpoint floods with a body", {.endless_body = true}},
      {"endpoint lies about its length", {.body = "x", .cut_short = true}},
      {"endpoint speaks no HTTP", {.garbage = true}},
      {"endpoint answers 500", {.status = 500}},
  };
  TempDir data;
  const auto server = ServerProcess::Start(data.path());
  ASSERT_NE(server, nullptr);
  for (const Misbehaviour& each : kMisbehaviours) {
    // Each has a project of its own in all but name: the audit looks at the webhook's receiver alone.
    TempDir own;
    const auto own_server = ServerProcess::Start(own.path());
    ASSERT_NE(own_server, nullptr);
    HttpReceiver receiver;
    Ledger ledger;
    const v1::RetryPolicy retries = Retries(1000);
    CreateWebhook(own_server->channel(), "bad", receiver.Url("/bad"), &retries);
    CreateWebhook(own_server->channel(), "once", receiver.Url("/bad"));
    CreateWebhook(own_server->channel(), "good", receiver.Url("/good"));
    receiver.Set("/bad", each.behaviour);
    {
      Caller caller(own_server->channel(), &ledger, Caller::How::kUnary);
      const absl::Time deadline = absl::Now() + kPatience;
      const auto good = [&] {
        size_t count = 0;
        for (const auto& request : receiver.requests()) count += request.path == "/good" ? 1 : 0;
        return count;
      };
      // The good one is served meanwhile.
      while ((ledger.size() < 50 || good() < 50) && absl::Now() < deadline)
        absl::SleepFor(absl::Milliseconds(5));
      EXPECT_GE(good(), 50u) << each.name;
    }
    receiver.Set("/bad", {});
    ledger.Audit(each.name, own_server->channel(), receiver, absl::Now());
  }
}

}  // namespace
}  // namespace hookd
