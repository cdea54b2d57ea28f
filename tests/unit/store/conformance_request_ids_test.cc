// The conformance suite: request ids, which make a write idempotent.
#include <future>

#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::SizeIs;

TEST_P(StoreConformanceTest, ARequestIdGivesTheFirstAnswerAgainAndAcceptsNothing) {
  const Webhook webhook = Create();
  const std::vector<NewEvent> events = {{.type = 1, .event = "a", .webhooks = {webhook.key}},
                                        {.type = 2, .event = "b", .webhooks = {}}};
  const auto first = calls_->AcceptEvents("p", events, RequestId{"r", "f"});
  const auto again = calls_->AcceptEvents("p", events, RequestId{"r", "f"});
  ASSERT_TRUE(first.ok() && again.ok()) << again.status();
  EXPECT_FALSE(first->repeated);
  EXPECT_TRUE(again->repeated);
  ASSERT_THAT(again->events, SizeIs(2));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(again->events[i].key, first->events[i].key);
    EXPECT_EQ(again->events[i].emit_time, first->events[i].emit_time);
    EXPECT_EQ(again->events[i].webhook_count, first->events[i].webhook_count);
  }
  EXPECT_THAT(Keys({.project = "p", .limit = 10}), SizeIs(1));
}

TEST_P(StoreConformanceTest, TheFirstAnswerToARequestIdCanBeRead) {
  const std::vector<NewEvent> events = {{.type = 1, .event = "a", .webhooks = {}},
                                        {.type = 2, .event = "b", .webhooks = {}}};
  EXPECT_TRUE(absl::IsNotFound(calls_->FindAccepted("p", {"r", "f"}).status())) << "no such project yet";
  const auto first = calls_->AcceptEvents("p", events, RequestId{"r", "f"});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto found = calls_->FindAccepted("p", {"r", "f"});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->repeated);
  ASSERT_THAT(found->events, SizeIs(2));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(found->events[i].key, first->events[i].key);
    EXPECT_EQ(found->events[i].emit_time, first->events[i].emit_time);
  }
  EXPECT_TRUE(absl::IsNotFound(calls_->FindAccepted("p", {"s", "f"}).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->FindAccepted("q", {"r", "f"}).status()));
  EXPECT_EQ(FieldOf(calls_->FindAccepted("p", {"r", "g"}).status()), "request_id");
}

TEST_P(StoreConformanceTest, ARequestIdOfOtherContentIsRefused) {
  ASSERT_TRUE(
      calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {}}}, RequestId{"r", "f"}).ok());
  const auto other =
      calls_->AcceptEvents("p", {{.type = 1, .event = "b", .webhooks = {}}}, RequestId{"r", "g"});
  EXPECT_EQ(FieldOf(other.status()), "request_id") << other.status();
}

TEST_P(StoreConformanceTest, ARequestIdIsItsProjectsOwn) {
  const std::vector<NewEvent> events = {{.type = 1, .event = "a", .webhooks = {}}};
  ASSERT_TRUE(calls_->AcceptEvents("p", events, RequestId{"r", "f"}).ok());
  const auto other = calls_->AcceptEvents("q", events, RequestId{"r", "g"});
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_FALSE(other->repeated);
}

TEST_P(StoreConformanceTest, TwoCallsOfOneRequestIdAtOnceAcceptOneEvent) {
  std::promise<void> both;
  std::vector<Store::Accepted> answers;
  const auto done = [&](absl::StatusOr<Store::Accepted> accepted) {
    answers.push_back(accepted.value());
    if (answers.size() == 2) both.set_value();
  };
  for (int i = 0; i < 2; ++i) {
    store_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {}}}, RequestId{"r", "f"}, done);
  }
  both.get_future().wait();
  EXPECT_FALSE(answers[0].repeated);
  EXPECT_TRUE(answers[1].repeated);
  EXPECT_EQ(answers[0].events[0].key, answers[1].events[0].key);
}

TEST_P(StoreConformanceTest, ARequestIdGivesTheWebhookAsItWasCreatedEvenIfItChangedSince) {
  const auto first = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(calls_
                  ->UpdateWebhook("p", "first",
                                  [](Webhook& webhook) {
                                    webhook.url = "changed";
                                    return absl::OkStatus();
                                  })
                  .ok());
  const auto again = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->webhook.url, first->webhook.url);
  EXPECT_EQ(again->webhook.revision, first->webhook.revision);
  EXPECT_EQ(again->webhook.timeout, first->webhook.timeout);
  EXPECT_THAT(store_->LoadWebhooks().value(), SizeIs(1));
}

TEST_P(StoreConformanceTest, ARequestIdOfAnotherWebhookIsRefusedAndMakesNone) {
  ASSERT_TRUE(calls_->CreateWebhook(NewWebhook("first"), RequestId{"r", "f"}).ok());
  const auto other = calls_->CreateWebhook(NewWebhook("second"), RequestId{"r", "g"});
  EXPECT_EQ(FieldOf(other.status()), "request_id") << other.status();
  EXPECT_THAT(store_->LoadWebhooks().value(), SizeIs(1));
}

TEST_P(StoreConformanceTest, ARefusalDoesNotUseUpItsRequestId) {
  Create();
  const auto refused = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  EXPECT_TRUE(absl::IsAlreadyExists(refused.status())) << refused.status();
  ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  const auto again = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->repeated);
}

}  // namespace
}  // namespace hookd
