#include <csignal>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kTime = 1769862605;

// The outcome of attempt `attempt` of `delivery`, `ms` milliseconds after kTime.
v1::WatchDeliveriesResponse Outcome(const std::string& delivery, int attempt, int ms) {
  v1::WatchDeliveriesResponse outcome;
  auto* of = outcome.mutable_delivery();
  of->set_name("projects/shop/deliveries/" + delivery);
  of->set_webhook("projects/shop/webhooks/billing");
  of->set_event_type(v1::EVENT_TYPE_BOUNCED);
  of->set_state(v1::DELIVERY_STATE_PENDING);
  of->set_attempt_count(attempt);
  of->set_response_status(503);
  of->set_error("answered 503");
  of->mutable_next_attempt_time()->set_seconds(kTime + 10);
  outcome.mutable_outcome_time()->set_seconds(kTime);
  outcome.mutable_outcome_time()->set_nanos(ms * 1000000);
  return outcome;
}

const grpc::Status kStopping(grpc::StatusCode::UNAVAILABLE, "the server stops");

class DeliveryWatchTest : public HookctlTest {};

TEST_F(DeliveryWatchTest, ShowsALineAnOutcomeAndEndsAtItsLimit) {
  hookd_.deliveries.watches = {{{Outcome("d1", 1, 0), Outcome("d2", 1, 5), Outcome("d3", 1, 6)}, {}}};
  const Result result = Hookctl({"deliveries", "watch", "--limit", "2"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out,
            "TIME                      DELIVERY       WEBHOOK   TYPE          STATE      ATTEMPTS  STATUS  "
            "NEXT ATTEMPT              ERROR\n"
            "2026-01-31 12:30:05.000Z  d1             billing   bounced       pending    1         503     "
            "2026-01-31 12:30:15.000Z  answered 503\n"
            "2026-01-31 12:30:05.005Z  d2             billing   bounced       pending    1         503     "
            "2026-01-31 12:30:15.000Z  answered 503\n");
}

TEST_F(DeliveryWatchTest, FlagsBecomeAFilterAndSinceTheStart) {
  hookd_.deliveries.watches = {{{Outcome("d1", 1, 0)}, {}}};
  Hookctl({"deliveries", "watch", "--limit", "1", "--webhook", "billing", "--type", "bounced", "--state",
           "failed", "--since", "2026-01-31"});
  const auto request = hookd_.deliveries.watch.requests()[0];
  EXPECT_EQ(request.parent(), "projects/shop");
  EXPECT_EQ(request.filter(),
            "webhook = \"projects/shop/webhooks/billing\" AND event_type = EVENT_TYPE_BOUNCED AND "
            "state = DELIVERY_STATE_FAILED");
  EXPECT_EQ(request.start_time().seconds(), 1769817600);
}

TEST_F(DeliveryWatchTest, AsJsonEachOutcomeIsOneLine) {
  hookd_.deliveries.watches = {{{Outcome("d1", 1, 0), Outcome("d2", 1, 5)}, {}}};
  const Result result = Hookctl({"deliveries", "watch", "--limit", "2", "-o", "json"});
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
  EXPECT_EQ(result.out.find(R"({"delivery":{"name":"projects/shop/deliveries/d1",)"), 0U) << result.out;
  EXPECT_THAT(result.out, HasSubstr(R"("outcome_time":"2026-01-31T12:30:05.005Z"})"));
}

TEST_F(DeliveryWatchTest, ABrokenStreamGoesOnFromTheLastOutcomeWithoutShowingItAgain) {
  // In the last millisecond are two, of which the second stream brings one more before them.
  hookd_.deliveries.watches = {{{Outcome("d1", 1, 0), Outcome("d2", 1, 5), Outcome("d3", 1, 5)}, kStopping},
                               {{Outcome("d4", 1, 5), Outcome("d2", 1, 5), Outcome("d3", 1, 5),
                                 Outcome("d2", 2, 5), Outcome("d2", 3, 9)},
                                {}}};
  const Result result = Hookctl({"deliveries", "watch", "--limit", "6", "-o", "json"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto requests = hookd_.deliveries.watch.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_FALSE(requests[0].has_start_time());
  EXPECT_EQ(requests[1].start_time().seconds(), kTime);
  EXPECT_EQ(requests[1].start_time().nanos(), 5000000);
  std::vector<std::string> shown;
  for (size_t at = result.out.find("deliveries/"); at != std::string::npos;
       at = result.out.find("deliveries/", at + 1)) {
    shown.push_back(result.out.substr(at + 11, 2));
  }
  EXPECT_THAT(shown, testing::ElementsAre("d1", "d2", "d3", "d4", "d2", "d2"));
  EXPECT_THAT(result.err,
              HasSubstr("The stream ended (UNAVAILABLE: the server stops); reconnecting in 250ms."));
}

TEST_F(DeliveryWatchTest, OneStreamMayTellTheSameTwice) {
  // Asked for again and canceled again within a millisecond: two outcomes.
  hookd_.deliveries.watches = {{{Outcome("d1", 1, 0), Outcome("d1", 1, 0)}, {}}};
  const Result result = Hookctl({"deliveries", "watch", "--limit", "2", "-o", "json"});
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
}

TEST_F(DeliveryWatchTest, AStreamThatBreaksBeforeAnyOutcomeLosesNone) {
  hookd_.deliveries.watches = {{{}, kStopping}, {{Outcome("d1", 1, 0)}, {}}};
  const absl::Time before = absl::Now();
  Hookctl({"deliveries", "watch", "--limit", "1"});
  const auto requests = hookd_.deliveries.watch.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_TRUE(requests[1].has_start_time());
  EXPECT_GE(requests[1].start_time().seconds(), absl::ToUnixSeconds(before));
}

TEST_F(DeliveryWatchTest, AWatcherThatIsTooSlowWaitsAsLongAsItIsTold) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(300000000);
  hookd_.deliveries.watches = {
      {{Outcome("d1", 1, 0)}, hookd::RichError(grpc::StatusCode::RESOURCE_EXHAUSTED, "too slow", retry)},
      {{Outcome("d2", 1, 1)}, {}}};
  const Result result = Hookctl({"deliveries", "watch", "--limit", "2"});
  EXPECT_EQ(result.code, kOk);
  EXPECT_THAT(result.err, HasSubstr("(RESOURCE_EXHAUSTED: too slow); reconnecting in 300ms."));
}

TEST_F(DeliveryWatchTest, AServerThatGoesAwayAtOnceIsWaitedForToo) {
  hookd_.deliveries.watches = {{{}, {grpc::StatusCode::CANCELLED, "gone"}}, {{Outcome("d1", 1, 0)}, {}}};
  EXPECT_EQ(Hookctl({"deliveries", "watch", "--limit", "1"}).code, kOk);
}

// What gRPC makes of a proxy that resets a silent stream, or answers with a page of HTML.
TEST_F(DeliveryWatchTest, AStreamThatAProxyCutsGoesOnFromItsLastOutcome) {
  hookd_.deliveries.watches = {{{Outcome("d1", 1, 0)}, {grpc::StatusCode::INTERNAL, "RST_STREAM"}},
                               {{}, {grpc::StatusCode::UNKNOWN, "HTTP status"}},
                               {{Outcome("d2", 1, 5)}, {}}};
  EXPECT_EQ(Hookctl({"deliveries", "watch", "--limit", "2"}).code, kOk);
  const auto requests = hookd_.deliveries.watch.requests();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_TRUE(requests[2].has_start_time());
}

TEST_F(DeliveryWatchTest, AnotherErrorEndsIt) {
  hookd_.deliveries.watch.Fail(hookd::InvalidArgument({{"filter", "is not understood"}}));
  const Result result = Hookctl({"deliveries", "watch", "--filter", "?"});
  EXPECT_EQ(result.code, kInvalidArgument);
  EXPECT_THAT(result.err, HasSubstr("  filter: is not understood\n"));
  EXPECT_THAT(hookd_.deliveries.watch.requests(), SizeIs(1));
}

TEST_F(DeliveryWatchTest, AHookdThatIsNotThereAtTheBeginningIsAnError) {
  hookd_.deliveries.list.Fail({grpc::StatusCode::UNAVAILABLE, "starting"});
  EXPECT_EQ(Hookctl({"deliveries", "watch"}).code, kUnavailable);
  EXPECT_THAT(hookd_.deliveries.watch.requests(), IsEmpty());
}

TEST_F(DeliveryWatchTest, TimeoutBoundsItAll) {
  const Result result = Hookctl({"deliveries", "watch", "--timeout", "300ms"});
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_THAT(result.err, HasSubstr("DEADLINE_EXCEEDED"));
}

TEST_F(DeliveryWatchTest, CtrlCEndsItWithSuccess) {
  std::thread person([&] {
    // It listens to Ctrl-C before it calls.
    while (hookd_.deliveries.watch.requests().empty()) std::this_thread::yield();
    // To this thread: the process's could be handled by one that waits for a condition variable, where
    // ThreadSanitizer keeps a signal back for as long as the thread sleeps.
    raise(SIGINT);
  });
  const Result result = Hookctl({"deliveries", "watch"});
  person.join();
  EXPECT_EQ(result.code, kOk);
  EXPECT_EQ(result.err, "");
}

}  // namespace
}  // namespace hookctl
