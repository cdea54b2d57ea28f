// A caller's trace context on its way through a real hookd.
#include "gmock/gmock.h"
#include "tests/integration/watched_hookd.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::Pair;

constexpr char kParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class TraceTest : public WatchedHookd {};

TEST_F(TraceTest, GoesWithEveryAttemptAlsoAfterAKill) {
  Start();
  receiver_.SetNext({.hang = true});
  CreateWebhook("w", receiver_.Url("/"), /*max_attempts=*/3);
  const std::string event = Emit("a@example.com", {{"traceparent", kParent}, {"tracestate", "a=1"}});
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  server_->Kill();
  receiver_.SetNext({.status = 500});
  Start();
  ASSERT_TRUE(receiver_.WaitForRequests(3, kPatience));
  WaitForValue("hookd_deliveries_ended_total", 1);
  for (const ReceivedRequest& request : receiver_.requests()) {
    EXPECT_EQ(request.header("traceparent"), kParent);
    EXPECT_EQ(request.header("tracestate"), "a=1");
  }
  const auto deliveries = Deliveries(event);
  ASSERT_EQ(deliveries.size(), 1u);
  ASSERT_EQ(deliveries[0].attempts_size(), 2);
  for (const v1::Attempt& attempt : deliveries[0].attempts()) {
    std::vector<std::pair<std::string, std::string>> headers;
    for (const v1::HttpHeader& header : attempt.request_headers()) {
      headers.emplace_back(header.name(), header.value());
    }
    EXPECT_THAT(headers, Contains(Pair("traceparent", kParent)));
  }
}

TEST_F(TraceTest, IsInTheLog) {
  Start({"--log_level=debug", "--drain_timeout=1s"});
  CreateWebhook("w", receiver_.Url("/"));
  Emit("a@example.com", {{"traceparent", kParent}});
  WaitForValue("hookd_deliveries_ended_total", 1);
  const std::string log = server_->Stop().output;
  EXPECT_THAT(log, ContainsRegex("event accepted .*trace_id=4bf92f3577b34da6a3ce929d0e0e4736"));
  EXPECT_THAT(log, ContainsRegex("attempt succeeded .*trace_id=4bf92f3577b34da6a3ce929d0e0e4736"));
}

}  // namespace
}  // namespace hookd
