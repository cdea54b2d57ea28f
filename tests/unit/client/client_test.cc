#include "hookd/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <regex>

#include "absl/synchronization/notification.h"
#include "tests/unit/client/fake_hookd.h"

namespace hookd::client {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// Answers UNAVAILABLE `failures` times, then OK.
template <typename Method>
void FailAtFirst(Method& method, int failures) {
  method.Set([left = failures](const auto&, auto*) mutable {
    return left-- > 0 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting") : grpc::Status::OK;
  });
}

class ClientTest : public testing::Test {
 protected:
  FakeHookd hookd_;
  Client client_{{.target = hookd_.target()}};
};

TEST_F(ClientTest, ItsStubsReachTheirServices) {
  v1::Webhook webhook;
  webhook.set_name("projects/shop/webhooks/w");
  hookd_.webhooks.get.Respond(webhook);
  grpc::ClientContext of_webhook;
  v1::Webhook got;
  EXPECT_TRUE(client_.webhooks().GetWebhook(&of_webhook, v1::GetWebhookRequest(), &got).ok());
  EXPECT_EQ(got.name(), webhook.name());

  grpc::ClientContext of_event;
  v1::Event event;
  EXPECT_TRUE(client_.events().GetEvent(&of_event, v1::GetEventRequest(), &event).ok());
  grpc::ClientContext of_delivery;
  v1::Delivery delivery;
  EXPECT_TRUE(client_.deliveries().GetDelivery(&of_delivery, v1::GetDeliveryRequest(), &delivery).ok());
}

TEST_F(ClientTest, ReadsAreRetriedWhileHookdIsUnavailable) {
  FailAtFirst(hookd_.deliveries.list, 2);
  grpc::ClientContext context;
  v1::ListDeliveriesResponse response;
  EXPECT_TRUE(client_.deliveries().ListDeliveries(&context, v1::ListDeliveriesRequest(), &response).ok());
  EXPECT_THAT(hookd_.deliveries.list.requests(), SizeIs(3));
}

TEST_F(ClientTest, OtherErrorsAreNotRetried) {
  hookd_.deliveries.list.Fail({grpc::StatusCode::RESOURCE_EXHAUSTED, "full"});
  grpc::ClientContext context;
  v1::ListDeliveriesResponse response;
  const auto status = client_.deliveries().ListDeliveries(&context, v1::ListDeliveriesRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(hookd_.deliveries.list.requests(), SizeIs(1));
}

TEST_F(ClientTest, EmitsAreNotRetriedUnlessTheCallerSetsRequestIds) {
  FailAtFirst(hookd_.events.emit, 1);
  grpc::ClientContext context;
  v1::EmitEventResponse response;
  const auto status = client_.events().EmitEvent(&context, v1::EmitEventRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(hookd_.events.emit.requests(), SizeIs(1));
}

TEST_F(ClientTest, EmitsAreRetriedIfTheCallerSetsRequestIds) {
  FailAtFirst(hookd_.events.emit, 1);
  const Client client({.target = hookd_.target(), .sets_request_ids = true});
  grpc::ClientContext context;
  v1::EmitEventResponse response;
  EXPECT_TRUE(client.events().EmitEvent(&context, v1::EmitEventRequest(), &response).ok());
  EXPECT_THAT(hookd_.events.emit.requests(), SizeIs(2));
}

TEST_F(ClientTest, DeletesAndUpdatesAreNeverRetried) {
  FailAtFirst(hookd_.webhooks.remove, 1);
  FailAtFirst(hookd_.webhooks.update, 1);
  const Client client({.target = hookd_.target(), .sets_request_ids = true});
  grpc::ClientContext of_delete;
  google::protobuf::Empty nothing;
  EXPECT_FALSE(client.webhooks().DeleteWebhook(&of_delete, v1::DeleteWebhookRequest(), &nothing).ok());
  grpc::ClientContext of_update;
  v1::Webhook webhook;
  EXPECT_FALSE(client.webhooks().UpdateWebhook(&of_update, v1::UpdateWebhookRequest(), &webhook).ok());
}

TEST_F(ClientTest, CallsEndAtTheDefaultDeadline) {
  // Kept by the handler: a slow server starts it when this test has ended.
  const auto may_answer = std::make_shared<absl::Notification>();
  hookd_.webhooks.get.Set([may_answer](const auto&, auto*) {
    may_answer->WaitForNotification();
    return grpc::Status::OK;
  });
  const Client client({.target = hookd_.target(), .timeout = std::chrono::milliseconds(50)});
  grpc::ClientContext context;  // has no deadline of its own
  v1::Webhook webhook;
  const auto status = client.webhooks().GetWebhook(&context, v1::GetWebhookRequest(), &webhook);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  may_answer->Notify();
}

TEST_F(ClientTest, AShortTimeoutIsNotOverAtOnce) {
  const Client client({.target = hookd_.target(), .timeout = std::chrono::milliseconds(900)});
  grpc::ClientContext context;
  v1::Webhook webhook;
  EXPECT_TRUE(client.webhooks().GetWebhook(&context, v1::GetWebhookRequest(), &webhook).ok());
}

TEST(FieldViolationsTest, ListsEveryOneInOrder) {
  const auto violations =
      FieldViolations(InvalidArgument({{"webhook.url", "is required"}, {"parent", "is wrong"}}));
  ASSERT_THAT(violations, SizeIs(2));
  EXPECT_EQ(violations[0].field, "webhook.url");
  EXPECT_EQ(violations[0].description, "is required");
  EXPECT_EQ(violations[1].field, "parent");
}

TEST(FieldViolationsTest, AreNoneInOtherErrors) {
  EXPECT_THAT(FieldViolations(grpc::Status(grpc::StatusCode::NOT_FOUND, "no")), IsEmpty());
  EXPECT_THAT(FieldViolations(grpc::Status(grpc::StatusCode::INTERNAL, "no", "not a message \xff")),
              IsEmpty());
  EXPECT_THAT(FieldViolations(grpc::Status::OK), IsEmpty());
}

TEST(RetryDelayTest, IsWhatHookdAsksFor) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(500000000);
  EXPECT_EQ(RetryDelay(RichError(grpc::StatusCode::UNAVAILABLE, "busy", retry)),
            std::chrono::milliseconds(1500));
  EXPECT_EQ(RetryDelay(grpc::Status(grpc::StatusCode::UNAVAILABLE, "busy")), std::nullopt);
}

TEST(DescribeTest, HasALineForEachViolation) {
  EXPECT_EQ(Describe(InvalidArgument({{"webhook.url", "is required"}, {"parent", "is wrong"}})),
            "INVALID_ARGUMENT\n  webhook.url: is required\n  parent: is wrong");
  EXPECT_EQ(Describe(grpc::Status(grpc::StatusCode::NOT_FOUND, "")), "NOT_FOUND");
}

TEST(NewRequestIdTest, IsAUuidAndNewEachTime) {
  const std::string id = NewRequestId();
  EXPECT_TRUE(
      std::regex_match(id, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")))
      << id;
  EXPECT_NE(NewRequestId(), id);
}

}  // namespace
}  // namespace hookd::client
