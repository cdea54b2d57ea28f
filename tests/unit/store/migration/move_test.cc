// Moving an embedded store to PostgreSQL: real ones, both.
#include "store/migration/move.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/codec/label_codec.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// More than a batch.
constexpr int kEvents = 2500;

class PostgresMoveTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteStore> OpenOld() {
    return SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_, .secrets = secrets_}).value();
  }
  std::unique_ptr<PostgresStore> OpenNew() {
    return PostgresStore::Create({.url = url_, .clock = &clock_, .secrets = secrets_}).value();
  }
  absl::StatusOr<Moved> Move(std::function<bool(int64_t, int64_t)> on_progress = nullptr) {
    return MoveToPostgres({.data_dir = folder_.path(), .url = url_, .on_progress = std::move(on_progress)});
  }

  // Something of everything, on two days.
  void Fill() {
    const auto store = OpenOld();
    BlockingStore calls(store.get());
    Webhook webhook = NewWebhook("first");
    webhook.signing_secrets = {
        {.algorithm = SigningAlgorithm::kHmacSha256, .key = "hunter2-hunter2-hunter2-"}};
    webhook.headers = {{"X-Key", "hunter2"}};
    webhook.max_concurrency = 3;
    first_ = calls.CreateWebhook(webhook, RequestId{"created", "f"})->webhook.key;
    webhook = NewWebhook("second", "q");
    webhook.rate_limit = RateLimit{.per_second = 0.1, .burst = 3};
    webhook.retry_policy = {.max_attempts = 5, .multiplier = 1.1};
    webhook.ordered = webhook.disabled = true;
    webhook.disable_reason = DisableReason::kGone;
    webhook.disable_time = clock_.Now();
    second_ = calls.CreateWebhook(webhook)->webhook.key;
    const auto name_it = [](Project& project) {
      project.display_name = "Prøject";
      project.labels = {{"a", "b"}, {"c", ""}};
      return absl::OkStatus();
    };
    EXPECT_TRUE(calls.UpdateProject("q", name_it).ok());
    EXPECT_TRUE(calls.UpdateProject("gone", name_it, /*allow_missing=*/true).ok());
    EXPECT_TRUE(calls.DeleteProject("gone").ok());
    const int64_t deleted = calls.CreateWebhook(NewWebhook("deleted"))->webhook.key;
    store->SetFailingSince(second_, clock_.Now());
    EXPECT_TRUE(calls
                    .RecordHealth({{.webhook_key = first_, .last_success_time = clock_.Now()},
                                   {.webhook_key = second_,
                                    .last_failure_time = clock_.Now(),
                                    .last_error = "no, it says é",
                                    .failing_since = clock_.Now() - absl::Hours(1),
                                    .consecutive_failures = 12,
                                    .circuit_ready = absl::InfiniteFuture(),
                                    .pending = 3}})
                    .ok());
    Token token;
    token.id = "t";
    token.secret_hash = std::string(32, '\xee');
    token.projects = {"p", "q"};
    token.roles = Roles(0b10110);
    token.rate_limit = RateLimit{.per_second = 0.3, .burst = 1};
    store->CreateToken(token, [](const absl::StatusOr<Token>& made) { EXPECT_TRUE(made.ok()); });

    const auto trace = std::make_shared<const TraceContext>(TraceContext{.parent = "p", .state = "s"});
    std::vector<NewEvent> events;
    for (int i = 0; i < kEvents; ++i) {
      events.push_back(
          {.type = 1 + i % kLastEventType,
           .event = absl::StrCat(std::string("\0\xff", 2), i),
           .webhooks = i % 2 == 0 ? std::vector<int64_t>{first_} : std::vector<int64_t>{second_, deleted},
           .trace = i % 3 == 0 ? trace : nullptr});
    }
    const auto accepted = calls.AcceptEvents("p", events, RequestId{"events", "f"})->events;
    const auto record = [&](int event, DeliveryState state, int attempt) {
      Outcome outcome{
          .delivery_key = accepted[static_cast<size_t>(event)].key + 1, .state = state, .error = ""};
      if (state != DeliveryState::kDelivered) outcome.error = "no, it says é";
      if (state == DeliveryState::kPending) outcome.next_attempt_time = clock_.Now() + absl::Hours(event);
      if (attempt > 0) outcome.attempt = AnAttempt(attempt);
      calls.RecordOutcome(outcome);
    };
    clock_.Advance(absl::Hours(20));  // the next day
    for (int i = 0; i < 100; ++i) record(i, DeliveryState::kDelivered, 1);
    for (int i = 100; i < 120; ++i) {
      record(i, DeliveryState::kPending, 1);
      if (i % 2 == 0) record(i, DeliveryState::kPending, 2);
    }
    for (int i = 120; i < 130; ++i) record(i, DeliveryState::kFailed, 1);
    record(130, DeliveryState::kCanceled, 0);
    EXPECT_THAT(*calls.RetryDeliveries("p", {accepted[120].key + 1}, clock_.Now()), SizeIs(1));
    EXPECT_TRUE(calls.AcceptEvents("q", {{.type = 1, .event = "next day", .webhooks = {second_}}}).ok());
    EXPECT_TRUE(calls.DeleteWebhook("p", "deleted").ok());
  }

  // All that can be read of a store.
  std::string Picture(Store& store) {
    BlockingStore calls(&store);
    std::string text;
    const auto say = [&text](const auto&... words) { absl::StrAppend(&text, words..., "\n"); };
    const auto time = [](std::optional<absl::Time> at) {
      return at.has_value() ? absl::ToUnixMicros(*at) : -1;
    };
    auto webhooks = store.LoadWebhooks().value();
    std::sort(webhooks.begin(), webhooks.end(), [](auto& a, auto& b) { return a.key < b.key; });
    for (const Webhook& w : webhooks) {
      say(w.key, w.revision, w.project, w.id, w.url, w.event_types.to_string(), w.disabled, w.display_name,
          absl::FormatDuration(w.timeout), w.ordered, w.max_concurrency, w.rate_limit.has_value(),
          w.rate_limit.value_or(RateLimit()).per_second, w.rate_limit.value_or(RateLimit()).burst,
          w.retry_policy.max_attempts, w.retry_policy.multiplier, static_cast<int>(w.disable_reason),
          time(w.disable_time), time(w.create_time), time(w.update_time), time(w.failing_since));
      for (const auto& secret : w.signing_secrets) say("secret ", secret.key, time(secret.expire_time));
      for (const auto& [name, value] : w.headers) say(name, "=", value);
    }
    for (const int64_t key : {first_, second_}) {
      const WebhookHealth h = calls.ReadHealth({key})->at(0);
      say("health ", key, time(h.last_success_time), time(h.last_failure_time), h.last_error,
          time(h.failing_since), h.consecutive_failures, time(h.circuit_ready), h.pending);
    }
    const auto projects = calls.ListProjects({.limit = 10}).value();
    for (const Project& p : projects) {
      say(p.key, p.id, p.display_name, EncodeLabels(p.labels), p.revision, time(p.create_time));
    }
    auto tokens = store.LoadTokens().value();
    std::sort(tokens.begin(), tokens.end(), [](auto& a, auto& b) { return a.key < b.key; });
    for (const Token& t : tokens) {
      say(t.key, t.id, t.secret_hash, t.client_identity, t.projects.size(), t.roles.to_string(),
          t.rate_limit.value_or(RateLimit()).per_second, time(t.expire_time), time(t.last_used_time));
    }
    const auto say_delivery = [&](const Delivery& d) {
      say(d.key, " ", d.event_key, " ", d.webhook_id, d.event_type, static_cast<int>(d.state),
          d.attempt_count, d.response_status, absl::CHexEscape(d.error), time(d.next_attempt_time));
    };
    for (const char* project : {"p", "q"}) {
      const auto deliveries = calls.ListDeliveries({.project = project, .limit = 3 * kEvents}).value();
      for (const Delivery& listed : deliveries) say_delivery(listed);
      for (size_t i = 0; i<deliveries.size(); i += deliveries.size()> 100 ? 20 : 1) {
        const Delivery delivery = calls.GetDelivery(project, deliveries[i].key).value();
        for (const Attempt& a : delivery.attempts) {
          say(a.number, time(a.start_time), absl::FormatDuration(a.total), a.response_status, a.error,
              a.request_headers.size(), a.response_headers.size(), a.response_body,
              a.response_body_truncated);
        }
        const Event event = calls.GetEvent(project, delivery.event_key).value();
        say(event.type, absl::CHexEscape(event.event), event.webhook_count);
      }
      OutcomeQuery query;
      query.project = project;
      query.limit = kEvents;
      const OutcomePage page = calls.ReadOutcomes(query).value();
      for (const RecordedOutcome& outcome : page.outcomes) {
        say("outcome ", outcome.key);
        say_delivery(outcome.delivery);
      }
    }
    for (const int64_t webhook : {first_, second_}) {
      for (const auto which : {PendingQuery::Which::kNew, PendingQuery::Which::kDue}) {
        const auto waiting = calls.ReadPending(
            {.webhook_key = webhook, .which = which, .limit = kEvents, .max_bytes = size_t{1} << 30});
        for (const PendingDelivery& w : waiting->deliveries) {
          say("waits ", w.key, w.attempt_count, w.earlier_attempt_count, time(w.next_attempt_time),
              absl::CHexEscape(w.event), w.trace == nullptr ? "" : w.trace->parent + w.trace->state);
        }
      }
    }
    return text;
  }

  TempDir folder_, keys_;
  FakeClock clock_;
  SecretBox secrets_ = [this] {
    const std::string path = keys_.path() + "/keys";
    std::ofstream(path) << absl::Base64Escape(std::string(32, 'k')) << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return SecretBox::FromFile(path).value();
  }();
  const std::string url_ = PostgresServer::Shared().NewDatabase();
  int64_t first_ = 0, second_ = 0;
};

TEST_F(PostgresMoveTest, EverythingIsThereAsItWas) {
  Fill();
  const std::string before = Picture(*OpenOld());
  const auto moved = Move();
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->webhooks, 2);
  EXPECT_EQ(moved->tokens, 1);
  EXPECT_EQ(moved->events, kEvents + 1);
  EXPECT_EQ(moved->deliveries, kEvents / 2 * 3 + 1);
  const auto store = OpenNew();
  EXPECT_EQ(Picture(*store), before);

  // And goes on: the same answers to request ids, greater keys, projects as they were.
  BlockingStore calls(store.get());
  const auto again = calls.AcceptEvents("p", {{.type = 1, .event = ""}}, RequestId{"events", "f"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_THAT(again->events, SizeIs(kEvents));
  const auto created = calls.CreateWebhook(NewWebhook("first"), RequestId{"created", "f"});
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_TRUE(created->repeated);
  EXPECT_EQ(created->webhook.signing_secrets.at(0).key, "hunter2-hunter2-hunter2-");
  const int64_t newest = calls.ListDeliveries({.project = "q", .limit = 1})->at(0).key;
  const auto next = calls.AcceptEvents("a new project", {{.type = 1, .event = "e", .webhooks = {second_}}});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_GT(next->events[0].key, newest);
  EXPECT_THAT(*calls.ListDeliveries({.project = "a new project", .limit = 9}), SizeIs(1));
}

TEST_F(PostgresMoveTest, WhatWasInterruptedGoesOnAndHookdStartsOnItOnlyAtItsEnd) {
  Fill();
  const std::string before = Picture(*OpenOld());
  int64_t rows = 0;
  int calls = 0;
  absl::StatusOr<Moved> moved = absl::CancelledError("");
  for (; absl::IsCancelled(moved.status()); ++calls) {
    moved = Move([&](int64_t so_far, int64_t total) {
      EXPECT_GE(so_far, rows);
      EXPECT_LE(so_far, total);
      rows = so_far;
      return false;  // after each batch
    });
    const auto early = PostgresStore::Create({.url = url_, .clock = &clock_, .secrets = secrets_});
    if (moved.ok()) break;
    ASSERT_TRUE(absl::IsFailedPrecondition(early.status())) << early.status();
    EXPECT_THAT(std::string(early.status().message()), HasSubstr("hookd migrate"));
  }
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_GT(calls, 7);  // within tables too
  EXPECT_EQ(Picture(*OpenNew()), before);
  // Once more is none.
  EXPECT_EQ(Move()->events, kEvents + 1);
}

TEST_F(PostgresMoveTest, AMovedStoreIsNotStartedOnAgain) {
  Fill();
  ASSERT_TRUE(Move().ok());
  const auto old = SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_, .secrets = secrets_});
  ASSERT_TRUE(absl::IsFailedPrecondition(old.status()));
  EXPECT_THAT(std::string(old.status().message()), HasSubstr("moved to PostgreSQL at 127.0.0.1"));
  // But by one who knows.
  std::filesystem::remove(folder_.path() + "/moved");
  EXPECT_EQ(OpenOld()->LoadWebhooks()->size(), 2u);
}

TEST_F(PostgresMoveTest, NothingIsMovedFromOrToWhereHookdRunsOrSomethingElseIs) {
  const auto refusal = [this] {
    const auto moved = Move();
    EXPECT_TRUE(absl::IsFailedPrecondition(moved.status())) << moved.status();
    EXPECT_THAT(std::string(moved.status().message()), Not(HasSubstr("\n")));
    return std::string(moved.status().message());
  };
  EXPECT_THAT(refusal(), HasSubstr("no embedded store"));
  Fill();
  {
    const auto runs = OpenOld();
    EXPECT_THAT(refusal(), HasSubstr("in use by another hookd"));
  }
  {
    const auto runs = OpenNew();
    EXPECT_THAT(refusal(), HasSubstr("hookd runs on PostgreSQL"));
    EXPECT_TRUE(BlockingStore(runs.get()).CreateWebhook(NewWebhook("other")).ok());
    runs->cluster()->Leave(absl::Seconds(30));
  }
  EXPECT_THAT(refusal(), HasSubstr("already has other content"));
  // It is as it was.
  EXPECT_EQ(OpenNew()->LoadWebhooks()->size(), 1u);
}

TEST_F(PostgresMoveTest, AStoreThatChangedSinceTheMoveBeganIsNotMixed) {
  Fill();
  ASSERT_TRUE(absl::IsCancelled(Move([](int64_t rows, int64_t) { return rows < kEvents; }).status()));
  ASSERT_TRUE(BlockingStore(OpenOld().get()).DeleteWebhook("p", "first").ok());
  const auto moved = Move();
  ASSERT_TRUE(absl::IsFailedPrecondition(moved.status())) << moved.status();
  EXPECT_THAT(std::string(moved.status().message()), HasSubstr("hookd has run on this one since"));
}

}  // namespace
}  // namespace hookd
