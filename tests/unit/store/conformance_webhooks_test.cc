// The conformance suite: webhooks.
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

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

// Every setting of the delivery engine, and every secret.
void Set(Webhook& webhook, absl::Time now) {
  webhook.ordered = true;
  webhook.max_concurrency = 3;
  webhook.rate_limit = RateLimit{.per_second = 0.1, .burst = 7};
  webhook.retry_policy = {.max_attempts = 9,
                          .min_backoff = absl::Milliseconds(1500),
                          .max_backoff = absl::Hours(24),
                          .multiplier = 1.1};
  webhook.signing_secrets = {
      {.algorithm = SigningAlgorithm::kEd25519, .key = std::string("\0\xff", 2)},
      {.algorithm = SigningAlgorithm::kHmacSha256, .key = "old", .expire_time = now + absl::Hours(24)}};
  webhook.headers = {{"A", "1: 2"}, {"B", "3"}};
  webhook.basic_auth = BasicAuth{.username = "u", .password = ""};
  webhook.client_certificate = ClientCertificate{.certificate_chain = "c", .private_key = "k"};
  webhook.tls_ca = "ca";
  webhook.disabled = true;
  webhook.disable_reason = DisableReason::kGone;
  webhook.disable_time = now;
}

void ExpectSet(const Webhook& webhook, absl::Time now) {
  Webhook expected;
  Set(expected, now);
  EXPECT_EQ(webhook.ordered, expected.ordered);
  EXPECT_EQ(webhook.max_concurrency, expected.max_concurrency);
  EXPECT_EQ(webhook.rate_limit, expected.rate_limit);
  EXPECT_EQ(webhook.retry_policy, expected.retry_policy);
  EXPECT_EQ(webhook.signing_secrets, expected.signing_secrets);
  EXPECT_EQ(webhook.headers, expected.headers);
  EXPECT_EQ(webhook.basic_auth, expected.basic_auth);
  EXPECT_EQ(webhook.client_certificate, expected.client_certificate);
  EXPECT_EQ(webhook.tls_ca, expected.tls_ca);
  EXPECT_EQ(webhook.disable_reason, expected.disable_reason);
  EXPECT_EQ(webhook.disable_time, expected.disable_time);
}

TEST_P(StoreConformanceTest, EverySettingOfANewWebhookIsKeptAndGivenAgain) {
  Webhook webhook = NewWebhook();
  Set(webhook, clock_.Now());
  for (int i = 0; i < 2; ++i) {
    const auto created = calls_->CreateWebhook(webhook, RequestId{"r", "f"});
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_EQ(created->repeated, i == 1);
    ExpectSet(created->webhook, clock_.Now());
  }
  ExpectSet(store_->LoadWebhooks()->at(0), clock_.Now());
}

TEST_P(StoreConformanceTest, EverySettingCanBeEditedThereAndBack) {
  Create();
  const absl::Time now = clock_.Now();
  ASSERT_TRUE(calls_
                  ->UpdateWebhook("p", "first",
                                  [now](Webhook& webhook) {
                                    Set(webhook, now);
                                    return absl::OkStatus();
                                  })
                  .ok());
  ExpectSet(store_->LoadWebhooks()->at(0), now);
  ASSERT_TRUE(calls_
                  ->UpdateWebhook("p", "first",
                                  [](Webhook& webhook) {
                                    webhook.rate_limit.reset();
                                    webhook.retry_policy = RetryPolicy();
                                    webhook.disabled = false;
                                    webhook.disable_reason = DisableReason::kNone;
                                    return absl::OkStatus();
                                  })
                  .ok());
  const Webhook webhook = store_->LoadWebhooks()->at(0);
  EXPECT_EQ(webhook.rate_limit, std::nullopt);
  EXPECT_EQ(webhook.retry_policy, RetryPolicy());
  EXPECT_EQ(webhook.disable_reason, DisableReason::kNone);
}

TEST_P(StoreConformanceTest, SinceWhenAWebhookFailsIsNotedAndForgottenWithoutAnEdit) {
  const Webhook webhook = Create();
  EXPECT_EQ(store_->LoadWebhooks()->at(0).failing_since, std::nullopt);
  store_->SetFailingSince(webhook.key, clock_.Now());
  store_->SetFailingSince(webhook.key + 1, clock_.Now());  // there is none
  Accept({});                                              // answered after all before it
  EXPECT_EQ(store_->LoadWebhooks()->at(0).failing_since, clock_.Now());
  EXPECT_EQ(store_->LoadWebhooks()->at(0).revision, webhook.revision);
  store_->SetFailingSince(webhook.key, std::nullopt);
  Accept({});
  EXPECT_EQ(store_->LoadWebhooks()->at(0).failing_since, std::nullopt);
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
  EXPECT_THAT(Keys({.project = "p", .filter = {.webhook_ids = {"first"}}, .limit = 10}), SizeIs(2));
}

TEST_P(StoreConformanceTest, AnEditLeavesSinceWhenAWebhookFails) {
  const Webhook webhook = Create();
  const absl::Time since = clock_.Now();
  store_->SetFailingSince(webhook.key, since);
  clock_.Advance(absl::Seconds(1));
  const auto edited = calls_->UpdateWebhook("p", "first", [](Webhook& edit) {
    edit.url = "changed";
    return absl::OkStatus();
  });
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->failing_since, since);
  EXPECT_EQ(store_->LoadWebhooks()->at(0).failing_since, since);
}

}  // namespace
}  // namespace hookd
