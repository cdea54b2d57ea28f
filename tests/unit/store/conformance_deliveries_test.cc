// The conformance suite: events, deliveries and lists.
#include <algorithm>

#include "absl/synchronization/mutex.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// --- Events and deliveries ---

TEST_P(StoreConformanceTest, AnEventComesBackAsItWasAccepted) {
  const Webhook webhook = Create();
  const AcceptedEvent accepted = Accept({webhook.key}, 7);
  EXPECT_EQ(accepted.webhook_count, 1);
  EXPECT_EQ(accepted.emit_time, TimeOfKey(accepted.key));
  const auto event = calls_->GetEvent("p", accepted.key);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->type, 7);
  EXPECT_EQ(event->event, "bytes");
  EXPECT_EQ(event->emit_time, accepted.emit_time);
  EXPECT_EQ(event->webhook_count, 1);
}

TEST_P(StoreConformanceTest, ADeliveryIsMadeForEachWebhookWithTheKeysThatFollow) {
  const Webhook a = Create("a"), b = Create("b");
  const AcceptedEvent event = Accept({b.key, a.key}, 7);
  const auto first = calls_->GetDelivery("p", event.key + 1);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->webhook_key, b.key);
  EXPECT_EQ(first->webhook_id, "b");
  EXPECT_EQ(first->event_key, event.key);
  EXPECT_EQ(first->event_type, 7);
  EXPECT_EQ(first->state, DeliveryState::kPending);
  EXPECT_EQ(first->attempt_count, 0);
  EXPECT_THAT(first->attempts, IsEmpty());
  EXPECT_EQ(calls_->GetDelivery("p", event.key + 2)->webhook_key, a.key);
  EXPECT_TRUE(absl::IsNotFound(calls_->GetDelivery("p", event.key + 3).status()));
}

TEST_P(StoreConformanceTest, ProjectsSeeNothingOfEachOther) {
  const Webhook webhook = Create();
  const AcceptedEvent event = Accept({webhook.key});
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("q", event.key).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetDelivery("q", event.key + 1).status()));
  EXPECT_THAT(Keys({.project = "q", .limit = 10}), IsEmpty());
  EXPECT_THAT(Keys({.project = "q", .filter = {.webhook_ids = {"first"}}, .limit = 10}), IsEmpty());
  EXPECT_THAT(Keys({.project = "q", .filter = {.event_keys = {event.key}}, .limit = 10}), IsEmpty());
}

TEST_P(StoreConformanceTest, KeysGrowInTheOrderOfAcceptanceEvenIfTheClockJumpsBack) {
  const Webhook webhook = Create();
  const AcceptedEvent first = Accept({webhook.key});
  clock_.JumpTo(clock_.Now() - absl::Hours(1));
  const AcceptedEvent second = Accept({webhook.key});
  EXPECT_GT(second.key, first.key + 1);
}

TEST_P(StoreConformanceTest, ABatchIsAcceptedInItsOrder) {
  const Webhook webhook = Create();
  const auto accepted = calls_->AcceptEvents(
      "p", {{.type = 1, .event = "a", .webhooks = {webhook.key}}, {.type = 2, .event = "b", .webhooks = {}}});
  ASSERT_TRUE(accepted.ok());
  ASSERT_THAT(accepted->events, SizeIs(2));
  EXPECT_LT(accepted->events[0].key, accepted->events[1].key);
  EXPECT_EQ(calls_->GetEvent("p", accepted->events[0].key)->event, "a");
  EXPECT_EQ(calls_->GetEvent("p", accepted->events[1].key)->event, "b");
}

TEST_P(StoreConformanceTest, WritesAreAnsweredInTheOrderOfTheirCalls) {
  absl::Mutex mutex;
  std::vector<int> order;
  std::vector<int64_t> keys;
  constexpr int kWrites = 50;
  for (int i = 0; i < kWrites; ++i) {
    store_->AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {}}}, std::nullopt,
                         [&, i](absl::StatusOr<Store::Accepted> accepted) {
                           absl::MutexLock lock(&mutex);
                           order.push_back(i);
                           keys.push_back(accepted.value().events.at(0).key);
                         });
  }
  absl::MutexLock lock(&mutex);
  const auto all_answered = [&] { return order.size() == kWrites; };
  mutex.Await(absl::Condition(&all_answered));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST_P(StoreConformanceTest, AnOutcomeIsRecordedWithItsAttempt) {
  const Webhook webhook = Create();
  const int64_t key = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome({.delivery_key = key,
                         .state = DeliveryState::kFailed,
                         .attempt = AnAttempt(1),
                         .error = "the endpoint answered with status 500"});
  const auto delivery = calls_->GetDelivery("p", key);
  ASSERT_TRUE(delivery.ok());
  EXPECT_EQ(delivery->state, DeliveryState::kFailed);
  EXPECT_EQ(delivery->attempt_count, 1);
  EXPECT_EQ(delivery->response_status, 500);
  EXPECT_EQ(delivery->error, "the endpoint answered with status 500");
  ASSERT_THAT(delivery->attempts, SizeIs(1));
  const Attempt& attempt = delivery->attempts[0];
  const Attempt expected = AnAttempt(1);
  EXPECT_EQ(attempt.number, 1);
  EXPECT_EQ(attempt.start_time, expected.start_time);
  EXPECT_EQ(attempt.name_lookup, expected.name_lookup);
  EXPECT_EQ(attempt.connect, expected.connect);
  EXPECT_EQ(attempt.tls, expected.tls);
  EXPECT_EQ(attempt.first_byte, expected.first_byte);
  EXPECT_EQ(attempt.total, expected.total);
  EXPECT_EQ(attempt.response_status, 500);
  EXPECT_EQ(attempt.error, expected.error);
  EXPECT_EQ(attempt.request_headers, expected.request_headers);
  EXPECT_EQ(attempt.response_headers, expected.response_headers);
  EXPECT_EQ(attempt.response_body, expected.response_body);
  EXPECT_TRUE(attempt.response_body_truncated);
  EXPECT_EQ(attempt.url, expected.url);
  EXPECT_EQ(attempt.remote_address, expected.remote_address);
  EXPECT_EQ(attempt.http_version, "1.1");
  EXPECT_EQ(attempt.trigger, AttemptTrigger::kManual);
  EXPECT_EQ(attempt.node, "n1");
  EXPECT_EQ(attempt.retry_after, absl::Seconds(30));
  EXPECT_EQ(attempt.error_class, ErrorClass::kStatus);
  EXPECT_EQ(delivery->error_class, ErrorClass::kStatus);
}

TEST_P(StoreConformanceTest, AnAttemptWithoutAConnectionHasNoDetailsOfOne) {
  const int64_t key = Accept({Create().key}).key + 1;
  Attempt attempt = AnAttempt(1);
  attempt.response_status = 0;
  attempt.remote_address = attempt.http_version = "";
  attempt.retry_after = absl::ZeroDuration();
  attempt.trigger = AttemptTrigger::kAutomatic;
  attempt.error_class = ErrorClass::kConnection;
  calls_->RecordOutcome(
      {.delivery_key = key, .state = DeliveryState::kFailed, .attempt = attempt, .error = "refused"});
  const auto delivery = calls_->GetDelivery("p", key);
  ASSERT_TRUE(delivery.ok());
  EXPECT_EQ(delivery->error_class, ErrorClass::kConnection);
  const Attempt& stored = delivery->attempts.at(0);
  EXPECT_EQ(stored.remote_address, "");
  EXPECT_EQ(stored.http_version, "");
  EXPECT_EQ(stored.retry_after, absl::ZeroDuration());
  EXPECT_EQ(stored.trigger, AttemptTrigger::kAutomatic);
  EXPECT_EQ(stored.url, attempt.url);
}

TEST_P(StoreConformanceTest, ADeliveryHasTheErrorClassOfItsLastAttempt) {
  const int64_t key = Accept({Create().key}).key + 1;
  const auto record = [&](int number, DeliveryState state, std::optional<ErrorClass> error_class) {
    Outcome outcome{
        .delivery_key = key, .state = state, .error = error_class == ErrorClass::kNone ? "" : "why"};
    if (error_class.has_value()) {
      outcome.attempt = AnAttempt(number);
      outcome.attempt->error_class = *error_class;
    }
    calls_->RecordOutcome(outcome);
    return calls_->GetDelivery("p", key)->error_class;
  };
  EXPECT_EQ(calls_->GetDelivery("p", key)->error_class, ErrorClass::kNone);
  EXPECT_EQ(record(1, DeliveryState::kPending, ErrorClass::kTimeout), ErrorClass::kTimeout);
  EXPECT_EQ(record(2, DeliveryState::kPending, ErrorClass::kTls), ErrorClass::kTls);
  // Without an attempt.
  EXPECT_EQ(record(0, DeliveryState::kCanceled, std::nullopt), ErrorClass::kTls);
  calls_->RetryDeliveries("p", {key}, clock_.Now()).value();
  EXPECT_EQ(record(3, DeliveryState::kDelivered, ErrorClass::kNone), ErrorClass::kNone);
  const std::vector<RecordedOutcome> outcomes = calls_->ReadOutcomes({.project = "p", .limit = 10})->outcomes;
  ASSERT_THAT(outcomes, SizeIs(4));
  EXPECT_EQ(outcomes[0].delivery.error_class, ErrorClass::kTimeout);
  EXPECT_EQ(outcomes[1].delivery.error_class, ErrorClass::kTls);
  EXPECT_EQ(outcomes[2].delivery.error_class, ErrorClass::kTls);
  EXPECT_EQ(outcomes[3].delivery.error_class, ErrorClass::kNone);
}

TEST_P(StoreConformanceTest, ACanceledDeliveryHasNoAttempt) {
  const Webhook webhook = Create();
  const int64_t key = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = key, .state = DeliveryState::kCanceled, .attempt = std::nullopt, .error = "disabled"});
  const auto delivery = calls_->GetDelivery("p", key);
  ASSERT_TRUE(delivery.ok());
  EXPECT_EQ(delivery->state, DeliveryState::kCanceled);
  EXPECT_EQ(delivery->attempt_count, 0);
  EXPECT_EQ(delivery->error, "disabled");
  EXPECT_THAT(delivery->attempts, IsEmpty());
}

TEST_P(StoreConformanceTest, AttemptsAddUpWhileADeliveryWaits) {
  const Webhook webhook = Create();
  const int64_t key = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = key, .state = DeliveryState::kPending, .attempt = AnAttempt(1), .error = ""});
  Attempt second = AnAttempt(2);
  second.response_status = 200;
  second.request_headers = {{"Webhook-Id", "second"}};
  second.response_headers = {};
  calls_->RecordOutcome(
      {.delivery_key = key, .state = DeliveryState::kDelivered, .attempt = second, .error = ""});
  const auto delivery = calls_->GetDelivery("p", key);
  ASSERT_TRUE(delivery.ok());
  EXPECT_EQ(delivery->attempt_count, 2);
  EXPECT_EQ(delivery->response_status, 200);
  ASSERT_THAT(delivery->attempts, SizeIs(2));
  EXPECT_EQ(delivery->attempts[0].number, 1);
  EXPECT_EQ(delivery->attempts[0].request_headers, AnAttempt(1).request_headers);
  EXPECT_EQ(delivery->attempts[0].response_headers, AnAttempt(1).response_headers);
  EXPECT_EQ(delivery->attempts[1].number, 2);
  EXPECT_EQ(delivery->attempts[1].request_headers, second.request_headers);
  EXPECT_THAT(delivery->attempts[1].response_headers, IsEmpty());
}

TEST_P(StoreConformanceTest, ACancellationKeepsTheAttemptsBeforeIt) {
  const Webhook webhook = Create();
  const int64_t key = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = key, .state = DeliveryState::kPending, .attempt = AnAttempt(1), .error = ""});
  calls_->RecordOutcome(
      {.delivery_key = key, .state = DeliveryState::kCanceled, .attempt = std::nullopt, .error = "deleted"});
  const auto delivery = calls_->GetDelivery("p", key);
  ASSERT_TRUE(delivery.ok());
  EXPECT_EQ(delivery->state, DeliveryState::kCanceled);
  EXPECT_EQ(delivery->attempt_count, 1);
  EXPECT_EQ(delivery->response_status, 500);
  EXPECT_THAT(delivery->attempts, SizeIs(1));
}

// --- Lists ---

TEST_P(StoreConformanceTest, AListThatFindsLittleEndsItsPagesAndMissesNothing) {
  // One id after another's: lists of it are of both.
  for (int of = 0; of < 2; ++of) {
    const Webhook webhook = Create("first");
    const Webhook other = Create("other" + std::to_string(of));
    for (int i = 0; i < 30; ++i) {
      const int64_t key = Accept({webhook.key, other.key}, /*type=*/1 + i % 2).key + 1;
      Record(key, i % 13 == 0 ? DeliveryState::kDelivered : DeliveryState::kFailed);
      Record(key + 1, i % 7 == 0 ? DeliveryState::kCanceled : DeliveryState::kFailed);
    }
    ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  }
  for (const DeliveryState state :
       {DeliveryState::kDelivered, DeliveryState::kFailed, DeliveryState::kCanceled}) {
    for (const bool of_type : {false, true}) {
      for (const bool of_webhook : {false, true}) {
        DeliveryQuery query{.project = "p", .filter = {.states = {state}}, .limit = 1000};
        if (of_type) query.filter.event_types = {2};
        if (of_webhook) query.filter.webhook_ids = {"first"};
        const std::vector<int64_t> all = Keys(query);
        query.limit = 3;
        query.max_examined = 7;
        std::vector<int64_t> found;
        int ended_by_looking = 0;
        while (true) {
          const auto page = calls_->ListPage(query);
          ASSERT_TRUE(page.ok()) << page.status();
          ASSERT_LE(page->deliveries.size(), 3);
          for (const Delivery& delivery : page->deliveries) found.push_back(delivery.key);
          if (page->examined_to.has_value()) {
            ++ended_by_looking;
            query.filter.max_key = *page->examined_to - 1;
          } else if (page->deliveries.size() == 3) {
            query.filter.max_key = page->deliveries.back().key - 1;
          } else {
            break;
          }
        }
        EXPECT_EQ(found, all) << static_cast<int>(state) << of_type << of_webhook;
        // Each looks at some of all webhooks, not of one.
        EXPECT_LE(ended_by_looking, 20) << static_cast<int>(state) << of_type << of_webhook;
        if (state == DeliveryState::kDelivered) EXPECT_GT(ended_by_looking, 0) << of_type << of_webhook;
      }
    }
  }
}

TEST_P(StoreConformanceTest, AListOfAnIdThatManyWebhooksHadMissesNothing) {
  std::vector<int64_t> all;
  for (int i = 0; i < 40; ++i) {
    const Webhook webhook = Create("first");
    // Of some of them there are none, and of others many.
    for (int j = 0; j < (i % 3) * (i % 3); ++j) all.insert(all.begin(), Accept({webhook.key}).key + 1);
    ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  }
  for (const int max_examined : {10, 60, 1000}) {
    DeliveryQuery query{.project = "p", .filter = {.webhook_ids = {"first"}}, .limit = 7};
    query.max_examined = max_examined;
    EXPECT_EQ(Pages(query), all) << max_examined;
    query.filter.states = {DeliveryState::kPending};
    EXPECT_EQ(Pages(query), all) << max_examined;
    query.filter.states = {DeliveryState::kFailed};
    EXPECT_THAT(Pages(query), IsEmpty()) << max_examined;
  }
}

TEST_P(StoreConformanceTest, DeliveriesAreListedNewestFirstAndWithoutAttempts) {
  const Webhook webhook = Create();
  const int64_t first = Accept({webhook.key}).key + 1;
  const int64_t second = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = first, .state = DeliveryState::kFailed, .attempt = AnAttempt(1), .error = "e"});
  EXPECT_THAT(Keys({.project = "p", .limit = 10}), ElementsAre(second, first));
  EXPECT_THAT(calls_->ListDeliveries({.project = "p", .limit = 10})->at(1).attempts, IsEmpty());
}

TEST_P(StoreConformanceTest, APageHasAtMostItsLimitAndTheNextGoesOnBelowIt) {
  const Webhook webhook = Create();
  std::vector<int64_t> keys;
  keys.reserve(5);
  for (int i = 0; i < 5; ++i) keys.push_back(Accept({webhook.key}).key + 1);
  EXPECT_THAT(Keys({.project = "p", .limit = 2}), ElementsAre(keys[4], keys[3]));
  EXPECT_THAT(Keys({.project = "p", .filter = {.max_key = keys[3] - 1}, .limit = 2}),
              ElementsAre(keys[2], keys[1]));
}

TEST_P(StoreConformanceTest, WhatWaitsIsListedNewestFirstWhetherNewOrToBeAttemptedAgain) {
  const Webhook a = Create("a"), b = Create("b"), other = Create("other", "q");
  std::vector<int64_t> of_a, all;
  for (int i = 0; i < 12; ++i) {
    const int64_t key = Accept({i % 3 == 0 ? b.key : a.key}, 1 + i % 2).key + 1;
    // The newest are due first.
    if (i % 4 == 1) Record(key, DeliveryState::kPending, clock_.Now() + absl::Hours(100 - i));
    all.insert(all.begin(), key);
    if (i % 3 != 0) of_a.insert(of_a.begin(), key);
    Accept({other.key}, 1, "q");
  }
  for (const auto& [webhook_ids, expected] :
       {std::pair(std::vector<std::string>(), all), std::pair(std::vector<std::string>{"a"}, of_a)}) {
    DeliveryQuery query{.project = "p",
                        .filter = {.webhook_ids = webhook_ids, .states = {DeliveryState::kPending}}};
    for (query.limit = 1; query.limit < 14; ++query.limit) {
      std::vector<int64_t> paged;
      query.filter.max_key = std::nullopt;
      for (auto page = Keys(query); !page.empty(); page = Keys(query)) {
        EXPECT_LE(page.size(), static_cast<size_t>(query.limit));
        paged.insert(paged.end(), page.begin(), page.end());
        query.filter.max_key = page.back() - 1;
      }
      EXPECT_EQ(paged, expected) << "pages of " << query.limit;
    }
  }
}

TEST_P(StoreConformanceTest, EveryConditionOfAListHoldsTogetherWithEveryOther) {
  const Webhook a = Create("a"), b = Create("b");
  std::vector<Delivery> all;
  for (int i = 0; i < 24; ++i) {
    const AcceptedEvent event = Accept({a.key, b.key}, 1 + i % 3);
    for (int64_t key : {event.key + 1, event.key + 2}) {
      const auto state = static_cast<DeliveryState>(1 + (i + key) % 4);
      if (state != DeliveryState::kPending) {
        calls_->RecordOutcome({.delivery_key = key, .state = state, .attempt = std::nullopt, .error = ""});
      }
      all.push_back(calls_->GetDelivery("p", key).value());
    }
    clock_.Advance(absl::Milliseconds(1));
  }
  // All 64 combinations of six conditions, against a filter of our own.
  for (int mask = 0; mask < 64; ++mask) {
    DeliveryQuery query{.project = "p", .limit = 1000};
    if (mask & 1) query.filter.webhook_ids = {"a"};
    if (mask & 2) query.filter.event_keys = {all[20].event_key};
    if (mask & 4) query.filter.event_types = {all[20].event_type};
    if (mask & 8) query.filter.states = {all[20].state};
    if (mask & 16) query.filter.min_key = all[10].key;
    if (mask & 32) query.filter.max_key = all[40].key;
    std::vector<int64_t> expected;
    for (auto it = all.rbegin(); it != all.rend(); ++it) {
      if (query.filter.Matches(*it)) {
        expected.push_back(it->key);
      }
    }
    EXPECT_EQ(Keys(query), expected) << "conditions " << mask;
  }
}

}  // namespace
}  // namespace hookd
