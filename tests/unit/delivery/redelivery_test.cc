#include "delivery/redelivery.h"

#include "base/ids.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct RedeliveryTest : ::testing::Test {
  absl::StatusOr<Delivery> RetryOne(int64_t key, const std::string& project = "p") {
    absl::StatusOr<Delivery> answer;
    redelivery.RetryOne(project, key, [&](absl::StatusOr<Delivery> got) { answer = std::move(got); });
    return answer;
  }
  // Of webhook a.
  absl::StatusOr<int64_t> RetryAll(Redelivery::Selection selection = {}, bool validate_only = false) {
    selection.webhook_id = "a";
    const auto result = RetryMatching(selection, validate_only);
    if (!result.ok()) return result.status();
    EXPECT_EQ(result->skipped, 0);
    return result->redelivered;
  }
  // Of all webhooks, unless the selection has one.
  absl::StatusOr<Redelivery::Result> RetryMatching(Redelivery::Selection selection = {},
                                                   bool validate_only = false) {
    selection.project = "p";
    absl::StatusOr<Redelivery::Result> answer;
    redelivery.RetryAll(
        selection, validate_only, [] { return false; },
        [&](absl::StatusOr<Redelivery::Result> got) { answer = got; });
    return answer;
  }

  TestEngine engine;
  Redelivery& redelivery = engine.redelivery;
};

TEST_F(RedeliveryTest, AFailedDeliveryIsAttemptedAgainAsTheSameMessage) {
  engine.Create("a");
  const int64_t event = engine.Emit()[0];
  const std::string id = engine.http->waiting()[0].headers[2].second;
  engine.http->AnswerNext(TestEngine::Status(500));
  const auto retried = RetryOne(event + 1);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->state, DeliveryState::kPending);
  ASSERT_THAT(engine.http->waiting(), SizeIs(1));
  EXPECT_EQ(engine.http->waiting()[0].headers[2].second, id);
  engine.http->AnswerNext(TestEngine::Status(200));
  const Delivery delivery = engine.Get(event + 1);
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery.attempt_count, 2);
  EXPECT_EQ(delivery.attempts.back().number, 2);
  EXPECT_EQ(engine.counts.total(), 0);
}

TEST_F(RedeliveryTest, OnlyTheFirstAttemptAfterTheRequestIsManual) {
  engine.Create("a", {.retry_policy = {.max_attempts = 2,
                                       .min_backoff = absl::Seconds(1),
                                       .max_backoff = absl::Seconds(1),
                                       .multiplier = 1}});
  const int64_t key = engine.Emit()[0] + 1;
  const auto fail_twice = [&] {
    ASSERT_TRUE(engine.http->AnswerNext(TestEngine::Status(500)));
    engine.clock.Advance(absl::Minutes(1));
    ASSERT_TRUE(engine.http->AnswerNext(TestEngine::Status(500)));
  };
  fail_twice();
  ASSERT_TRUE(RetryOne(key).ok());
  fail_twice();
  ASSERT_EQ(RetryAll().value(), 1);
  ASSERT_TRUE(engine.http->AnswerNext(TestEngine::Status(200)));
  std::vector<AttemptTrigger> triggers;
  for (const Attempt& attempt : engine.Get(key).attempts) triggers.push_back(attempt.trigger);
  EXPECT_THAT(triggers,
              ElementsAre(AttemptTrigger::kAutomatic, AttemptTrigger::kAutomatic, AttemptTrigger::kManual,
                          AttemptTrigger::kAutomatic, AttemptTrigger::kManual));
}

TEST_F(RedeliveryTest, OfADeliveryThatWasCanceledUnsentTheFirstAttemptIsManual) {
  engine.Create("a", {.max_concurrency = 1});
  const std::vector<int64_t> events = engine.Emit(2);
  engine.SetDisabled("a", true);
  engine.SetDisabled("a", false);
  ASSERT_EQ(engine.Get(events[1] + 1).state, DeliveryState::kCanceled);
  ASSERT_TRUE(RetryOne(events[1] + 1).ok());
  engine.AnswerAllWith(200);
  ASSERT_THAT(engine.Get(events[1] + 1).attempts, SizeIs(1));
  EXPECT_EQ(engine.Get(events[1] + 1).attempts[0].trigger, AttemptTrigger::kManual);
}

TEST_F(RedeliveryTest, CanceledAndDeliveredOnesCanBeWantedOnceMoreToo) {
  engine.Create("a", {.max_concurrency = 1});
  const std::vector<int64_t> events = engine.Emit(2);
  engine.SetDisabled("a", true);
  engine.http->AnswerNext(TestEngine::Status(200));
  engine.SetDisabled("a", false);
  EXPECT_TRUE(RetryOne(events[0] + 1).ok());
  EXPECT_TRUE(RetryOne(events[1] + 1).ok());
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Get(events[0] + 1).attempt_count, 2);
  EXPECT_EQ(engine.Get(events[1] + 1).attempt_count, 1);
}

TEST_F(RedeliveryTest, ThePolicyAppliesAsToANewDelivery) {
  engine.random.Set(0);
  engine.Create("a",
                {.retry_policy = {
                     .max_attempts = 3, .min_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(1)}});
  const int64_t event = engine.Emit()[0];
  const auto fail_all = [&] {
    while (engine.http->AnswerNext(TestEngine::Status(500))) engine.clock.FireDue();
  };
  fail_all();
  EXPECT_EQ(engine.Get(event + 1).attempt_count, 3);
  ASSERT_TRUE(RetryOne(event + 1).ok());
  fail_all();
  EXPECT_EQ(engine.Get(event + 1).attempt_count, 6);
  EXPECT_EQ(engine.Get(event + 1).state, DeliveryState::kFailed);
}

TEST_F(RedeliveryTest, RefusesWhatCannotBeSent) {
  engine.Create("a", {.max_concurrency = 1});
  const std::vector<int64_t> events = engine.Emit(2);
  EXPECT_TRUE(absl::IsFailedPrecondition(RetryOne(events[0] + 1).status()));  // under way
  EXPECT_TRUE(absl::IsNotFound(RetryOne(events[0] + 1, "other").status()));
  EXPECT_TRUE(absl::IsNotFound(RetryOne(1).status()));
  engine.AnswerAllWith(500);
  engine.SetDisabled("a", true);
  EXPECT_TRUE(absl::IsFailedPrecondition(RetryOne(events[0] + 1).status()));
  engine.webhooks.Delete("p", "a", "", false, [](auto) {});
  EXPECT_TRUE(absl::IsFailedPrecondition(RetryOne(events[0] + 1).status()));
  EXPECT_EQ(engine.counts.total(), 0);
}

TEST_F(RedeliveryTest, AWebhookThatIsDeletedInBetweenIsTheReasonNotAWaitingDelivery) {
  engine.Create("a");
  const int64_t event = engine.Emit()[0];
  engine.AnswerAllWith(500);
  const Webhook webhook = *engine.table.Find("p", "a");
  engine.store.DeleteWebhook(
      "p", "a", [](const Webhook&) { return absl::OkStatus(); }, [](auto) {});
  absl::StatusOr<Delivery> answer;
  engine.store.HoldCommits();
  redelivery.RetryOne("p", event + 1, [&](absl::StatusOr<Delivery> got) { answer = std::move(got); });
  engine.table.Remove(webhook);
  engine.store.ReleaseCommits();
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("has been deleted"));
  EXPECT_EQ(engine.counts.total(), 0);
}

TEST_F(RedeliveryTest, AnOrderedWebhookGetsItBeforeWhatWaits) {
  engine.Create("a", {.ordered = true});
  const std::vector<int64_t> events = engine.Emit(3);
  engine.http->AnswerNext(TestEngine::Status(500));
  ASSERT_TRUE(RetryOne(events[0] + 1).ok());
  engine.http->AnswerNext(TestEngine::Status(200));  // the second, which was under way
  engine.http->AnswerNext(TestEngine::Status(200));
  EXPECT_EQ(engine.Get(events[0] + 1).state, DeliveryState::kDelivered);
  EXPECT_EQ(engine.Get(events[2] + 1).state, DeliveryState::kPending);
}

TEST_F(RedeliveryTest, AllThatFailedOrWereCanceledAreAttemptedAgain) {
  engine.Create("a", {.max_concurrency = 1});
  engine.Emit(3 * tuning::kRetrySliceSize);
  for (int i = 0; i < 2 * tuning::kRetrySliceSize; ++i)
    engine.http->AnswerNext(TestEngine::Status(i == 0 ? 200 : 500));
  engine.SetDisabled("a", true);
  engine.AnswerAllWith(200);
  EXPECT_TRUE(absl::IsFailedPrecondition(RetryAll().status()));
  engine.SetDisabled("a", false);
  const int64_t expected = 3 * tuning::kRetrySliceSize - 2;  // the first, and the one that was under way
  EXPECT_EQ(RetryAll({}, /*validate_only=*/true).value(), expected);
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  EXPECT_EQ(RetryAll().value(), expected);
  EXPECT_EQ(RetryAll().value(), 0);
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 3 * tuning::kRetrySliceSize);
  EXPECT_EQ(engine.http->sent(), static_cast<size_t>(2 * tuning::kRetrySliceSize + 1 + expected));
  EXPECT_EQ(engine.counts.total(), 0);
}

TEST_F(RedeliveryTest, TakesOnlyTheTypesAndTheTimesAskedFor) {
  engine.Create("a");
  engine.Emit(2);
  engine.AnswerAllWith(500);
  engine.clock.Advance(absl::Hours(1));
  const absl::Time middle = engine.clock.Now();
  engine.Emit(3);
  engine.AnswerAllWith(500);
  EXPECT_EQ(RetryAll({.event_types = {2, 3}}, true).value(), 0);
  EXPECT_EQ(RetryAll({.event_types = {2, 1}}, true).value(), 5);
  EXPECT_EQ(RetryAll({.start = middle}, true).value(), 3);
  EXPECT_EQ(RetryAll({.end = middle}, true).value(), 2);
  EXPECT_EQ(RetryAll({.start = middle, .end = middle}, true).value(), 0);
  // Between two milliseconds, the moment parts them.
  const absl::Duration bit = absl::Nanoseconds(1);
  EXPECT_EQ(RetryAll({.start = middle + bit}, true).value(), 0);
  EXPECT_EQ(RetryAll({.start = middle - bit}, true).value(), 3);
  EXPECT_EQ(RetryAll({.end = middle + bit}, true).value(), 5);
}

TEST_F(RedeliveryTest, AnotherWebhookOfTheSameIdBeforeItIsNotMeant) {
  engine.Create("a");
  engine.Emit(2);
  engine.AnswerAllWith(500);
  engine.webhooks.Delete("p", "a", "", false, [](auto) {});
  EXPECT_TRUE(absl::IsNotFound(RetryAll().status()));
  engine.Create("a");
  EXPECT_EQ(RetryAll().value(), 0);
}

TEST_F(RedeliveryTest, StopsWhenTheCallerHasGone) {
  engine.Create("a");
  engine.Emit(3 * tuning::kRetrySliceSize);
  engine.AnswerAllWith(500);
  int asked = 0;
  absl::StatusOr<Redelivery::Result> answer;
  redelivery.RetryAll(
      {.project = "p", .webhook_id = "a"}, false, [&] { return ++asked > 1; },
      [&](absl::StatusOr<Redelivery::Result> got) { answer = got; });
  EXPECT_EQ(answer->redelivered, tuning::kRetrySliceSize);
}

TEST_F(RedeliveryTest, WithoutAWebhookThoseOfAllWebhooksThatMatchAreAttemptedAgain) {
  engine.Create("a");
  engine.Create("b");
  engine.Emit(tuning::kRetrySliceSize);  // two slices of deliveries
  engine.AnswerAllWith(500);
  const auto would = RetryMatching({.filter = {.status_codes = {{500, 599}}}}, /*validate_only=*/true);
  EXPECT_EQ(would->redelivered, 2 * tuning::kRetrySliceSize);
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  EXPECT_EQ(RetryMatching({.filter = {.status_codes = {{404, 404}}}})->redelivered, 0);
  EXPECT_EQ(RetryMatching({.filter = {.webhook_ids = {"b"}}}, /*validate_only=*/true)->redelivered,
            tuning::kRetrySliceSize);
  EXPECT_EQ(RetryMatching()->redelivered, 2 * tuning::kRetrySliceSize);
  EXPECT_EQ(RetryMatching()->redelivered, 0);  // all are pending
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.Count(DeliveryState::kDelivered), 2 * tuning::kRetrySliceSize);
  EXPECT_EQ(engine.counts.total(), 0);
}

TEST_F(RedeliveryTest, ThoseOfDisabledAndDeletedWebhooksAreSkippedAndCounted) {
  for (const char* id : {"a", "disabled", "deleted"}) engine.Create(id);
  engine.Emit(2);
  engine.AnswerAllWith(500);
  engine.SetDisabled("disabled", true);
  engine.webhooks.Delete("p", "deleted", "", false, [](auto) {});
  engine.Create("deleted");  // another webhook, whose deliveries these are not
  for (const bool validate_only : {true, false}) {
    const auto result = RetryMatching({}, validate_only);
    EXPECT_EQ(result->redelivered, 2) << validate_only;
    EXPECT_EQ(result->skipped, 4) << validate_only;
  }
  engine.AnswerAllWith(200);
  engine.SetDisabled("disabled", false);
  EXPECT_EQ(RetryMatching()->redelivered, 2);
  EXPECT_EQ(RetryMatching()->skipped, 2);
}

TEST_F(RedeliveryTest, TheFilterTheWebhookTheTypesAndTheTimesAllMustMatch) {
  engine.Create("a");
  engine.Create("b");
  engine.Emit(2);
  engine.AnswerAllWith(500);
  engine.clock.Advance(absl::Hours(1));
  const absl::Time middle = engine.clock.Now();
  engine.Emit(3);
  engine.AnswerAllWith(500);
  const auto count = [&](const Redelivery::Selection& selection) {
    return RetryMatching(selection, /*validate_only=*/true)->redelivered;
  };
  EXPECT_EQ(count({.webhook_id = "a", .filter = {.webhook_ids = {"a", "b"}}}), 5);
  EXPECT_EQ(count({.webhook_id = "a", .filter = {.webhook_ids = {"b"}}}), 0);
  EXPECT_EQ(count({.event_types = {1, 2}, .filter = {.event_types = {1}}}), 10);
  EXPECT_EQ(count({.event_types = {2}, .filter = {.event_types = {1}}}), 0);
  EXPECT_EQ(count({.start = middle, .filter = {.min_key = 1}}), 6);
  EXPECT_EQ(count({.start = middle, .filter = {.max_key = FirstKeyAt(middle) - 1}}), 0);
  EXPECT_EQ(count({.end = middle, .filter = {.min_key = FirstKeyAt(middle)}}), 0);
  EXPECT_EQ(count({.filter = {.states = {DeliveryState::kDelivered}}}), 0);
  EXPECT_EQ(count({.filter = {.states = {DeliveryState::kFailed, DeliveryState::kDelivered}}}), 10);
}

TEST_F(RedeliveryTest, WhatCannotBeStoredDoesNotCountAsWaiting) {
  engine.Create("a");
  engine.Emit(2);
  engine.AnswerAllWith(500);
  engine.store.FailWrites(absl::UnavailableError("gone"));
  EXPECT_TRUE(absl::IsUnavailable(RetryAll().status()));
  EXPECT_EQ(engine.counts.total(), 0);
}

}  // namespace
}  // namespace hookd
