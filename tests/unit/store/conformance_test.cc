// The conformance suite's engines, and what they keep of webhooks, request ids and durability. An engine is
// added at the end of this file.
#include "tests/unit/store/conformance.h"

#include <atomic>
#include <future>

#include "base/ids.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite_store.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

TEST_P(StoreConformanceTest, WhatIsKnownOfWebhooksIsThereAfterClosing) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  const auto created = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  ASSERT_TRUE(created.ok());
  const int64_t delivery = Accept({created->webhook.key}).key + 1;
  const auto deleted = calls_->DeleteWebhook("p", "first");
  ASSERT_TRUE(deleted.ok());
  Open();
  EXPECT_THAT(store_->LoadWebhooks().value(), IsEmpty());
  EXPECT_EQ(calls_->GetDelivery("p", delivery)->webhook_id, "first");
  EXPECT_THAT(Waiting(created->webhook.key), ElementsAre(delivery));
  const auto again = calls_->CreateWebhook(NewWebhook(), RequestId{"r", "f"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->webhook.revision, created->webhook.revision);
}

TEST_P(StoreConformanceTest, RevisionsGrowAfterClosingThoughTheClockJumpedBack) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  const auto touch = [](Webhook&) { return absl::OkStatus(); };
  Create();
  clock_.Advance(absl::Hours(1));
  const auto before = calls_->UpdateWebhook("p", "first", touch);
  clock_.JumpTo(clock_.Now() - absl::Hours(2));
  Open();
  const auto after = calls_->UpdateWebhook("p", "first", touch);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_GT(after->revision, before->revision);
}

TEST_P(StoreConformanceTest, ClosingAnswersEveryCall) {
  const Webhook webhook = Create();
  const AcceptedEvent event = Accept({webhook.key});
  std::atomic<int> answered = 0;
  constexpr int kRounds = 20;
  for (int i = 0; i < kRounds; ++i) {
    store_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {webhook.key}}}, std::nullopt,
                         [&](absl::StatusOr<Store::Accepted> accepted) { answered += accepted.ok(); });
    store_->RecordOutcome({.delivery_key = event.key + 1,
                           .state = DeliveryState::kDelivered,
                           .attempt = AnAttempt(1),
                           .error = ""},
                          [&] { ++answered; });
    store_->GetEvent("p", event.key, [&](absl::StatusOr<Event> got) { answered += got.ok(); });
  }
  store_.reset();
  EXPECT_EQ(answered, 3 * kRounds);
}

INSTANTIATE_TEST_SUITE_P(
    Engines, StoreConformanceTest,
    ::testing::Values(StoreEngine{"Sqlite", true,
                                  [](const std::string& folder, Clock* clock) -> std::unique_ptr<Store> {
                                    return SqliteStore::Create({.data_dir = folder, .clock = clock}).value();
                                  }},
                      StoreEngine{"Fake", false,
                                  [](const std::string&, Clock* clock) -> std::unique_ptr<Store> {
                                    return std::make_unique<FakeStore>(clock);
                                  }}),
    [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace hookd
