#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class DeliveryRetriesTest : public HookctlTest {};

TEST_F(DeliveryRetriesTest, RetryShowsTheDeliveryThatWaitsAgain) {
  v1::Delivery delivery;
  delivery.set_name("projects/shop/deliveries/d1");
  delivery.set_state(v1::DELIVERY_STATE_PENDING);
  delivery.set_attempt_count(3);
  hookd_.deliveries.retry.Respond(delivery);
  EXPECT_THAT(Hookctl({"deliveries", "retry", "d1"}).out,
              AllOf(HasSubstr("projects/shop/deliveries/d1\n"), HasSubstr("State     pending\n")));
  EXPECT_EQ(hookd_.deliveries.retry.requests()[0].name(), "projects/shop/deliveries/d1");
}

TEST_F(DeliveryRetriesTest, ADeliveryThatIsPendingIsAConflict) {
  hookd_.deliveries.retry.Fail({grpc::StatusCode::FAILED_PRECONDITION, "it is pending already"});
  const Result result = Hookctl({"deliveries", "retry", "d1"});
  EXPECT_EQ(result.code, kConflict);
  EXPECT_THAT(result.err, HasSubstr("it is pending already"));
}

TEST_F(DeliveryRetriesTest, RetryAllSendsItsFlags) {
  v1::RetryDeliveriesResponse response;
  response.set_delivery_count(1234);
  hookd_.deliveries.retry_all.Respond(response);
  const Result result =
      Hookctl({"deliveries", "retry-all", "--webhook", "billing", "--since", "2026-01-31", "--until",
               "2026-02-01T00:00:00Z", "--type", "sent,opened", "--type", "bounced"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out, "Retrying 1,234 deliveries.\n");
  EXPECT_EQ(result.err, "");
  ASSERT_THAT(hookd_.deliveries.retry_all.requests(), SizeIs(1));
  const auto request = hookd_.deliveries.retry_all.requests()[0];
  EXPECT_EQ(request.parent(), "projects/shop");
  EXPECT_EQ(request.webhook(), "projects/shop/webhooks/billing");
  EXPECT_EQ(request.start_time().seconds(), 1769817600);
  EXPECT_EQ(request.end_time().seconds(), 1769904000);
  EXPECT_THAT(request.event_types(),
              ElementsAre(v1::EVENT_TYPE_SENT, v1::EVENT_TYPE_OPENED, v1::EVENT_TYPE_BOUNCED));
  EXPECT_FALSE(request.validate_only());
}

TEST_F(DeliveryRetriesTest, ADryRunCountsAlone) {
  v1::RetryDeliveriesResponse response;
  response.set_delivery_count(1);
  hookd_.deliveries.retry_all.Respond(response);
  EXPECT_EQ(Hookctl({"deliveries", "retry-all", "--webhook", "w", "--dry-run"}, "", 0, 80).out,
            "Would retry 1 delivery.\n");
  ASSERT_THAT(hookd_.deliveries.retry_all.requests(), SizeIs(1));
  const auto request = hookd_.deliveries.retry_all.requests()[0];
  EXPECT_TRUE(request.validate_only());
  EXPECT_FALSE(request.has_start_time());
  EXPECT_FALSE(request.has_end_time());
}

TEST_F(DeliveryRetriesTest, RetryAllTakesAFilterInPlaceOfAWebhook) {
  v1::RetryDeliveriesResponse response;
  response.set_delivery_count(2);
  response.set_skipped_count(1);
  hookd_.deliveries.retry_all.Respond(response);
  const Result result = Hookctl(
      {"deliveries", "retry-all", "--status-code", "5xx", "--email", "a@b.c", "--filter", "state = FAILED"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out, "Retrying 2 deliveries.\n");
  EXPECT_THAT(result.err, HasSubstr("Skipped 1 delivery whose webhooks are disabled or deleted."));
  ASSERT_THAT(hookd_.deliveries.retry_all.requests(), SizeIs(1));
  const auto request = hookd_.deliveries.retry_all.requests()[0];
  EXPECT_EQ(request.webhook(), "");
  EXPECT_EQ(request.filter(), "status_code = 5xx AND user.email = \"a@b.c\" AND state = FAILED");
}

TEST_F(DeliveryRetriesTest, RetryAllNeedsAWebhookOrACondition) {
  EXPECT_EQ(Hookctl({"deliveries", "retry-all"}).code, kUsage);
  EXPECT_EQ(Hookctl({"deliveries", "retry-all", "--since", "2h"}).code, kUsage);
  EXPECT_THAT(hookd_.deliveries.retry_all.requests(), IsEmpty());
}

TEST_F(DeliveryRetriesTest, OneThatEndsEarlySaysThatAPartMayBeDone) {
  hookd_.deliveries.retry_all.Fail({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many wait"});
  const Result result = Hookctl({"deliveries", "retry-all", "--webhook", "w"});
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_THAT(result.err, HasSubstr("run it again for the rest"));
}

TEST_F(DeliveryRetriesTest, OnATerminalALongOneShowsHowFarItIs) {
  absl::Mutex mutex;
  int counted = 0;
  hookd_.deliveries.retry_all.Set([&](const v1::RetryDeliveriesRequest& request, auto* response) {
    absl::MutexLock lock(&mutex);
    if (request.validate_only()) {
      response->set_delivery_count(++counted == 1 ? 200 : 50);
    } else {
      // Long enough for the second count to be drawn.
      mutex.Await(absl::Condition(
          +[](int* count) { return *count >= 3; }, &counted));
      response->set_delivery_count(200);
    }
    return grpc::Status::OK;
  });
  const Result result = Hookctl({"deliveries", "retry-all", "--webhook", "w"}, "", 0, 80);
  EXPECT_EQ(result.code, kOk);
  EXPECT_EQ(result.out, "Retrying 200 deliveries.\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("75%"), HasSubstr("150 deliveries"), Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace hookctl
