// What every engine keeps of store.h's promises. An engine is added at the end of this file.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Makes a store in a folder, or opens the one that is there.
struct Engine {
  std::string name;
  bool survives_closing;
  std::function<std::unique_ptr<Store>(const std::string& folder, Clock* clock)> open;
};

// For the test's name.
void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

Webhook NewWebhook(std::string id = "first", std::string project = "p") {
  Webhook webhook;
  webhook.project = std::move(project);
  webhook.id = std::move(id);
  webhook.url = "http://127.0.0.1:1/";
  webhook.event_types = EventTypes(0b0110);
  webhook.display_name = "Ünïcode";
  webhook.timeout = absl::Milliseconds(1500);
  return webhook;
}

Attempt AnAttempt(int number) {
  Attempt attempt;
  attempt.number = number;
  attempt.start_time = absl::FromUnixMicros(1'790'000'000'000'123);
  attempt.name_lookup = absl::Microseconds(1);
  attempt.connect = absl::Microseconds(2);
  attempt.tls = absl::Microseconds(3);
  attempt.first_byte = absl::Microseconds(4);
  attempt.total = absl::Microseconds(5);
  attempt.response_status = 500;
  attempt.error = "the endpoint answered with status 500";
  attempt.response_body = std::string("a\0b", 3);
  attempt.response_body_truncated = true;
  return attempt;
}

class StoreConformanceTest : public ::testing::TestWithParam<Engine> {
 protected:
  StoreConformanceTest() { Open(); }

  void Open() {
    store_.reset();
    store_ = GetParam().open(folder_.path(), &clock_);
    calls_ = std::make_unique<BlockingStore>(store_.get());
  }

  Webhook Create(std::string id = "first", std::string project = "p") {
    const auto created = calls_->CreateWebhook(NewWebhook(std::move(id), std::move(project)));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value().webhook;
  }

  AcceptedEvent Accept(std::vector<int64_t> webhooks, int type = 1, std::string project = "p") {
    const auto accepted =
        calls_->AcceptEvents(project, {{.type = type, .event = "bytes", .webhooks = webhooks}});
    EXPECT_TRUE(accepted.ok()) << accepted.status();
    return accepted.value().events.at(0);
  }

  std::vector<int64_t> Keys(const DeliveryQuery& query) {
    const auto page = calls_->ListDeliveries(query);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<int64_t> keys;
    for (const Delivery& delivery : page.value()) keys.push_back(delivery.key);
    return keys;
  }

  std::vector<int64_t> Waiting(int64_t webhook, int64_t after = 0, int limit = 100, size_t bytes = 1 << 20) {
    const auto waiting = calls_->ReadWaiting(webhook, after, limit, bytes);
    EXPECT_TRUE(waiting.ok()) << waiting.status();
    std::vector<int64_t> keys;
    for (const WaitingDelivery& delivery : waiting.value()) keys.push_back(delivery.key);
    return keys;
  }

  TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<BlockingStore> calls_;
};

// --- Webhooks ---

TEST_P(StoreConformanceTest, ANewWebhookGetsKeyRevisionAndTimes) {
  const Webhook webhook = Create();
  EXPECT_GT(webhook.key, 0);
  EXPECT_GT(webhook.revision, 0);
  EXPECT_EQ(webhook.create_time, clock_.Now());
  EXPECT_EQ(webhook.update_time, clock_.Now());
}

TEST_P(StoreConformanceTest, AWebhookIsLoadedAsItWasStored) {
  const Webhook webhook = Create();
  const auto loaded = store_->LoadWebhooks();
  ASSERT_TRUE(loaded.ok());
  ASSERT_THAT(*loaded, SizeIs(1));
  EXPECT_EQ((*loaded)[0].key, webhook.key);
  EXPECT_EQ((*loaded)[0].revision, webhook.revision);
  EXPECT_EQ((*loaded)[0].project, "p");
  EXPECT_EQ((*loaded)[0].id, "first");
  EXPECT_EQ((*loaded)[0].url, webhook.url);
  EXPECT_EQ((*loaded)[0].event_types, webhook.event_types);
  EXPECT_EQ((*loaded)[0].disabled, false);
  EXPECT_EQ((*loaded)[0].display_name, "Ünïcode");
  EXPECT_EQ((*loaded)[0].timeout, absl::Milliseconds(1500));
  EXPECT_EQ((*loaded)[0].create_time, webhook.create_time);
  EXPECT_EQ((*loaded)[0].update_time, webhook.update_time);
}

TEST_P(StoreConformanceTest, AnIdIsMadeWhereNoneIsChosen) {
  const Webhook webhook = Create("");
  EXPECT_EQ(webhook.id, EncodeId(webhook.key));
}

TEST_P(StoreConformanceTest, AnIdIsTakenOnceAProject) {
  Create("first");
  const auto again = calls_->CreateWebhook(NewWebhook("first"));
  EXPECT_TRUE(absl::IsAlreadyExists(again.status())) << again.status();
  Create("first", "other-project");
  EXPECT_THAT(store_->LoadWebhooks().value(), SizeIs(2));
}

TEST_P(StoreConformanceTest, AnEditGivesANewRevisionAndUpdateTime) {
  const Webhook before = Create();
  clock_.Advance(absl::Seconds(1));
  const auto after = calls_->UpdateWebhook("p", "first", [](Webhook& webhook) {
    webhook.url = "https://127.0.0.1/new";
    webhook.disabled = true;
    return absl::OkStatus();
  });
  ASSERT_TRUE(after.ok());
  EXPECT_GT(after->revision, before.revision);
  EXPECT_EQ(after->key, before.key);
  EXPECT_EQ(after->create_time, before.create_time);
  EXPECT_EQ(after->update_time, before.update_time + absl::Seconds(1));
  const Webhook loaded = store_->LoadWebhooks().value().at(0);
  EXPECT_EQ(loaded.url, "https://127.0.0.1/new");
  EXPECT_TRUE(loaded.disabled);
  EXPECT_EQ(loaded.revision, after->revision);
}

TEST_P(StoreConformanceTest, AnEditThatIsRefusedLeavesNoTrace) {
  const Webhook before = Create();
  const auto after = calls_->UpdateWebhook("p", "first", [](Webhook& webhook) {
    webhook.url = "changed";
    return absl::AbortedError("no");
  });
  EXPECT_TRUE(absl::IsAborted(after.status()));
  const Webhook loaded = store_->LoadWebhooks().value().at(0);
  EXPECT_EQ(loaded.url, before.url);
  EXPECT_EQ(loaded.revision, before.revision);
}

TEST_P(StoreConformanceTest, WhatIsNotThereIsNotFound) {
  Create("first", "other-project");
  const auto ok = [](Webhook&) { return absl::OkStatus(); };
  EXPECT_TRUE(absl::IsNotFound(calls_->UpdateWebhook("p", "first", ok).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->DeleteWebhook("p", "first").status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", 1).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetDelivery("p", 1).status()));
}

TEST_P(StoreConformanceTest, ADeletedWebhookIsGone) {
  Create();
  const auto deleted = calls_->DeleteWebhook("p", "first");
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->id, "first");
  EXPECT_THAT(store_->LoadWebhooks().value(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(calls_->DeleteWebhook("p", "first").status()));
}

TEST_P(StoreConformanceTest, ADeleteThatIsRefusedLeavesItThere) {
  Create();
  const auto deleted =
      calls_->DeleteWebhook("p", "first", [](const Webhook&) { return absl::AbortedError("changed"); });
  EXPECT_TRUE(absl::IsAborted(deleted.status()));
  EXPECT_THAT(store_->LoadWebhooks().value(), SizeIs(1));
}

TEST_P(StoreConformanceTest, AnIdCanBeUsedAgainByAnotherWebhook) {
  const Webhook first = Create();
  const AcceptedEvent event = Accept({first.key});
  ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  const Webhook second = Create();
  EXPECT_NE(second.key, first.key);
  Accept({second.key});
  // The deliveries of the deleted one stay readable under its name, beside the new one's.
  EXPECT_EQ(calls_->GetDelivery("p", event.key + 1)->webhook_id, "first");
  EXPECT_THAT(Keys({.project = "p", .webhook_id = "first", .limit = 10}), SizeIs(2));
}

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
  EXPECT_THAT(Keys({.project = "q", .webhook_id = "first", .limit = 10}), IsEmpty());
  EXPECT_THAT(Keys({.project = "q", .event_key = event.key, .limit = 10}), IsEmpty());
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
  constexpr int kWrites = 50;
  for (int i = 0; i < kWrites; ++i) {
    store_->AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {}}}, std::nullopt,
                         [&, i](absl::StatusOr<Store::Accepted>) {
                           absl::MutexLock lock(&mutex);
                           order.push_back(i);
                         });
  }
  absl::MutexLock lock(&mutex);
  const auto all_answered = [&] { return order.size() == kWrites; };
  mutex.Await(absl::Condition(&all_answered));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
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
  EXPECT_EQ(attempt.response_body, expected.response_body);
  EXPECT_TRUE(attempt.response_body_truncated);
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

// --- Lists ---

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
  for (int i = 0; i < 5; ++i) keys.push_back(Accept({webhook.key}).key + 1);
  EXPECT_THAT(Keys({.project = "p", .limit = 2}), ElementsAre(keys[4], keys[3]));
  EXPECT_THAT(Keys({.project = "p", .max_key = keys[3] - 1, .limit = 2}), ElementsAre(keys[2], keys[1]));
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
    if (mask & 1) query.webhook_id = "a";
    if (mask & 2) query.event_key = all[20].event_key;
    if (mask & 4) query.event_type = all[20].event_type;
    if (mask & 8) query.state = all[20].state;
    if (mask & 16) query.min_key = all[10].key;
    if (mask & 32) query.max_key = all[40].key;
    std::vector<int64_t> expected;
    for (auto it = all.rbegin(); it != all.rend(); ++it) {
      if ((!query.webhook_id || it->webhook_id == *query.webhook_id) &&
          (!query.event_key || it->event_key == *query.event_key) &&
          (!query.event_type || it->event_type == *query.event_type) &&
          (!query.state || it->state == *query.state) && (!query.min_key || it->key >= *query.min_key) &&
          (!query.max_key || it->key <= *query.max_key)) {
        expected.push_back(it->key);
      }
    }
    EXPECT_EQ(Keys(query), expected) << "conditions " << mask;
  }
}

// --- What waits ---

TEST_P(StoreConformanceTest, WhatWaitsIsReadInOrderWithAllAnAttemptNeeds) {
  const Webhook a = Create("a"), b = Create("b");
  const int64_t first = Accept({a.key, b.key}, 7).key + 1;
  const int64_t second = Accept({a.key}).key + 1;
  EXPECT_THAT(Waiting(a.key), ElementsAre(first, second));
  const WaitingDelivery waiting = calls_->ReadWaiting(a.key, 0, 10, 1 << 20)->at(0);
  EXPECT_EQ(waiting.event_key, first - 1);
  EXPECT_EQ(waiting.event_type, 7);
  EXPECT_EQ(waiting.attempt_count, 0);
  EXPECT_EQ(waiting.event, "bytes");
}

TEST_P(StoreConformanceTest, WhatIsDoneWaitsNoMore) {
  const Webhook webhook = Create();
  const int64_t first = Accept({webhook.key}).key + 1;
  const int64_t second = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = first, .state = DeliveryState::kDelivered, .attempt = AnAttempt(1), .error = ""});
  EXPECT_THAT(Waiting(webhook.key), ElementsAre(second));
}

TEST_P(StoreConformanceTest, WhatWaitsIsReadInPagesByNumberAndByBytes) {
  const Webhook webhook = Create();
  std::vector<int64_t> keys;
  for (int i = 0; i < 5; ++i) keys.push_back(Accept({webhook.key}).key + 1);
  EXPECT_THAT(Waiting(webhook.key, 0, 2), ElementsAre(keys[0], keys[1]));
  EXPECT_THAT(Waiting(webhook.key, keys[1], 2), ElementsAre(keys[2], keys[3]));
  EXPECT_THAT(Waiting(webhook.key, keys[3], 2), ElementsAre(keys[4]));
  // Five bytes an event.
  EXPECT_THAT(Waiting(webhook.key, 0, 100, 6), ElementsAre(keys[0], keys[1]));
  EXPECT_THAT(Waiting(webhook.key, 0, 100, 1), ElementsAre(keys[0]));
}

TEST_P(StoreConformanceTest, TellsWhichWebhooksHaveDeliveriesWaitingAlsoDeletedOnes) {
  const Webhook a = Create("a"), b = Create("b"), c = Create("c");
  Accept({a.key, c.key});
  Accept({c.key});
  const int64_t done = Accept({b.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = done, .state = DeliveryState::kDelivered, .attempt = AnAttempt(1), .error = ""});
  ASSERT_TRUE(calls_->DeleteWebhook("p", "a").ok());
  EXPECT_THAT(store_->LoadWebhooksWithWaiting().value(), ::testing::UnorderedElementsAre(a.key, c.key));
}

TEST_P(StoreConformanceTest, NothingWaitsInAnEmptyStore) {
  EXPECT_THAT(store_->LoadWebhooksWithWaiting().value(), IsEmpty());
  EXPECT_THAT(Waiting(1), IsEmpty());
}

// --- Request ids ---

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

// --- Durability ---

TEST_P(StoreConformanceTest, EverythingIsThereAfterClosing) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  const Webhook webhook = Create();
  const auto accepted =
      calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {webhook.key}}}, RequestId{"r", "f"});
  const int64_t done = Accept({webhook.key}).key + 1;
  calls_->RecordOutcome(
      {.delivery_key = done, .state = DeliveryState::kDelivered, .attempt = AnAttempt(1), .error = ""});
  Open();
  EXPECT_EQ(store_->LoadWebhooks().value().at(0).key, webhook.key);
  EXPECT_THAT(Waiting(webhook.key), ElementsAre(accepted->events[0].key + 1));
  EXPECT_EQ(calls_->GetDelivery("p", done)->state, DeliveryState::kDelivered);
  EXPECT_TRUE(
      calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {}}}, RequestId{"r", "f"})->repeated);
  clock_.JumpTo(clock_.Now() - absl::Hours(1));
  EXPECT_GT(Accept({webhook.key}).key, done);
}

INSTANTIATE_TEST_SUITE_P(
    Engines, StoreConformanceTest,
    ::testing::Values(Engine{"Sqlite", true,
                             [](const std::string& folder, Clock* clock) -> std::unique_ptr<Store> {
                               return SqliteStore::Create({.data_dir = folder, .clock = clock}).value();
                             }},
                      Engine{"Fake", false,
                             [](const std::string&, Clock* clock) -> std::unique_ptr<Store> {
                               return std::make_unique<FakeStore>(clock);
                             }}),
    [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace hookd
