// What is SQLite's own: the file, its lock, a full disk.
#include "store/sqlite/sqlite_store.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

Webhook AWebhook(const std::string& id) {
  Webhook webhook;
  webhook.project = "p";
  webhook.id = id;
  webhook.url = "http://127.0.0.1/";
  webhook.display_name = "a name";
  webhook.event_types = EventTypes(2);
  return webhook;
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open(int64_t max_pages = 0) {
    return SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_, .max_pages = max_pages});
  }
  std::string path() const { return folder_.path() + "/hookd.db"; }

  TempDir folder_;
  FakeClock clock_;
};

TEST_F(SqliteStoreTest, ASecondStoreInTheSameDirectoryIsRefused) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(std::string(Open().status().message()),
              AllOf(HasSubstr("another hookd"), HasSubstr(folder_.path())));
}

TEST_F(SqliteStoreTest, TheDirectoryIsFreeAgainAfterClosing) {
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteStoreTest, ItTellsTheLatestTimeThatItKnew) {
  const absl::Time began = clock_.Steady();
  int64_t key = 0;
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_LE((*store)->opened_at_least(), began);
    clock_.Advance(absl::Hours(240));
    BlockingStore calls(store->get());
    key = calls.AcceptEvents("p", {{.type = 1, .event = "x", .webhooks = {}}})->events[0].key;
  }
  // Two starts with a clock that is behind, the first of them for five hours.
  for (const absl::Duration since : {absl::ZeroDuration(), absl::Hours(5)}) {
    FakeClock behind;
    const auto store = SqliteStore::Create({.data_dir = folder_.path(), .clock = &behind});
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->opened_at_least(), TimeOfKey(key) + since);
    behind.Advance(absl::Hours(5));
    ASSERT_TRUE(BlockingStore(store->get()).Purge(0, 0, 1).ok());
  }
}

TEST_F(SqliteStoreTest, ADeliveryWhoseRowIsRefusedHoldsUpNoOtherAndIsThereOnceItIsTaken) {
  std::vector<int64_t> deliveries;
  const auto state_of = [&](BlockingStore& calls, int64_t key) {
    const auto delivery = calls.GetDelivery("p", key);
    return delivery.ok() ? delivery->state : static_cast<DeliveryState>(0);
  };
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    BlockingStore calls(store->get());
    const int64_t webhook = calls.CreateWebhook(AWebhook("w"))->webhook.key;
    const auto accept = [&](int count) {
      return calls.AcceptEvents(
          "p", std::vector<NewEvent>(count, {.type = 1, .event = "x", .webhooks = {webhook}}));
    };
    const auto accepted = accept(5);
    for (const AcceptedEvent& event : accepted->events) deliveries.push_back(event.key + 1);
    ASSERT_TRUE(Database::Open(path(), false)
                    .value()
                    ->Execute(absl::StrCat("CREATE TRIGGER bad BEFORE INSERT ON deliveries WHEN NEW.key = ",
                                           deliveries[2], " BEGIN SELECT raise(ABORT, 'bad'); END"))
                    .ok());
    // Old enough to have their rows written with whatever comes next.
    clock_.Advance(absl::Seconds(5));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(accept(1).ok());
    for (const int64_t delivery : deliveries) {
      if (delivery == deliveries[2]) continue;
      EXPECT_EQ(state_of(calls, delivery), DeliveryState::kPending);
      EXPECT_GT(calls.RecordOutcome({.delivery_key = delivery, .state = DeliveryState::kDelivered}), 0);
    }
    (*store)->RecordOutcome({.delivery_key = deliveries[2], .state = DeliveryState::kDelivered},
                            [](int64_t) {});
    EXPECT_TRUE(accept(1).ok());
  }
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    BlockingStore calls(store->get());
    EXPECT_EQ(state_of(calls, deliveries[1]), DeliveryState::kDelivered);
  }
  ASSERT_TRUE(Database::Open(path(), false).value()->Execute("DROP TRIGGER bad").ok());
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  BlockingStore calls(store->get());
  EXPECT_EQ(state_of(calls, deliveries[2]), DeliveryState::kPending);
}

TEST_F(SqliteStoreTest, ARowThatCannotBeWrittenHoldsUpNoOther) {
  std::vector<int64_t> deliveries;
  int64_t bad = 0;
  std::atomic<int> lost = 0;
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    BlockingStore calls(store->get());
    const int64_t webhook = calls.CreateWebhook(AWebhook("w"))->webhook.key;
    const auto accept = [&](int count) {
      return calls.AcceptEvents(
          "p", std::vector<NewEvent>(count, {.type = 1, .event = "x", .webhooks = {webhook}}));
    };
    const auto accepted = accept(20);
    for (const AcceptedEvent& event : accepted->events) deliveries.push_back(event.key + 1);
    bad = deliveries[7];
    ASSERT_TRUE(Database::Open(path(), false)
                    .value()
                    ->Execute(absl::StrCat(
                        "CREATE TRIGGER bad BEFORE INSERT ON outcomes WHEN NEW.delivery_key = ", bad,
                        " BEGIN SELECT raise(ABORT, 'bad'); END"))
                    .ok());
    for (const int64_t delivery : deliveries) {
      if (delivery == bad) {
        (*store)->RecordOutcome({.delivery_key = bad, .state = DeliveryState::kDelivered},
                                [&](int64_t key) { lost += key == 0 ? 1 : 0; });
      }
    }
    for (const int64_t delivery : deliveries) {
      if (delivery != bad) {
        EXPECT_GT(calls.RecordOutcome({.delivery_key = delivery, .state = DeliveryState::kDelivered}), 0);
      }
    }
    // Old enough to have their rows written with whatever comes next.
    clock_.Advance(absl::Seconds(5));
    EXPECT_TRUE(accept(1).ok());
    EXPECT_TRUE(calls.GetDelivery("p", deliveries[8]).ok());
    EXPECT_EQ(lost, 0);
  }
  EXPECT_EQ(lost, 1) << "once the store is closed";
  ASSERT_TRUE(Database::Open(path(), false).value()->Execute("DROP TRIGGER bad").ok());
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  BlockingStore calls(store->get());
  for (const int64_t delivery : deliveries) {
    EXPECT_EQ(calls.GetDelivery("p", delivery)->state,
              delivery == bad ? DeliveryState::kPending : DeliveryState::kDelivered);
  }
}

TEST_F(SqliteStoreTest, AFileInPlaceOfTheDirectoryIsRefused) {
  std::ofstream(folder_.path() + "/file") << "x";
  const auto store = SqliteStore::Create({.data_dir = folder_.path() + "/file", .clock = &clock_});
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(folder_.path() + "/file"));
}

TEST_F(SqliteStoreTest, AFileThatIsNoStoreIsRefused) {
  std::ofstream(path()) << std::string(8192, 'x');
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr(path()));
}

TEST_F(SqliteStoreTest, TheFileIsInWalModeSoThatReadersNeverWait) {
  const auto store = Open();
  const auto database = Database::Open(path(), false).value();
  const auto mode = database->Prepare("PRAGMA journal_mode").value();
  ASSERT_TRUE(mode->Step().value());
  EXPECT_EQ(mode->Text(0), "wal");
}

TEST_F(SqliteStoreTest, AFullDiskRefusesEventsAndRecordsEveryOutcomeOnceThereIsRoom) {
  const auto store = Open(/*max_pages=*/128);
  ASSERT_TRUE(store.ok()) << store.status();
  BlockingStore calls(store->get());
  const int64_t webhook = calls.CreateWebhook(AWebhook("w"))->webhook.key;
  std::vector<int64_t> deliveries;
  for (int i = 0; i < 5; ++i) {
    const auto accepted = calls.AcceptEvents("p", {{.type = 1, .event = "x", .webhooks = {webhook}}});
    deliveries.push_back(accepted.value().events[0].key + 1);
  }
  const auto fill = [&] {
    return calls.AcceptEvents("p", {{.type = 2, .event = std::string(4000, 'x'), .webhooks = {}}}).status();
  };
  absl::Status status;
  while (status.ok()) status = fill();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("room"), Not(HasSubstr(path()))));

  absl::Mutex mutex;
  size_t recorded = 0;
  for (int64_t key : deliveries) {
    Attempt attempt;
    // More pages than the last event that did not fit may have left.
    attempt.response_body = std::string(16000, 'y');
    (*store)->RecordOutcome(
        {.delivery_key = key, .state = DeliveryState::kFailed, .attempt = attempt, .error = "no"},
        [&](int64_t) {
          absl::MutexLock lock(&mutex);
          ++recorded;
        });
  }
  // The outcomes were tried before this one is answered. Reads go on meanwhile.
  EXPECT_TRUE(absl::IsResourceExhausted(fill()));
  {
    absl::MutexLock lock(&mutex);
    EXPECT_EQ(recorded, 0u);
  }
  EXPECT_EQ(calls.GetDelivery("p", deliveries[0])->state, DeliveryState::kPending);

  ASSERT_TRUE(Database::Open(path(), false).value()->Execute("DELETE FROM events WHERE type = 2").ok());
  {
    absl::MutexLock lock(&mutex);
    const auto all_recorded = [&] { return recorded == deliveries.size(); };
    mutex.Await(absl::Condition(&all_recorded));
  }
  for (int64_t key : deliveries) {
    const auto delivery = calls.GetDelivery("p", key);
    ASSERT_TRUE(delivery.ok());
    EXPECT_EQ(delivery->state, DeliveryState::kFailed);
    ASSERT_THAT(delivery->attempts, SizeIs(1));
    EXPECT_THAT(delivery->attempts[0].response_body, SizeIs(16000));
  }
  EXPECT_TRUE(fill().ok());
}

// Holds the writer within an edit, so that all that is written meanwhile shares one transaction.
TEST_F(SqliteStoreTest, WritesOfOneTransactionSeeEachOtherAndARefusalTakesNoneWithIt) {
  const auto store = Open();
  BlockingStore calls(store->get());
  const int64_t webhook = calls.CreateWebhook(AWebhook("w"))->webhook.key;
  absl::Notification writing, proceed;
  (*store)->UpdateWebhook(
      "p", "w",
      [&](Webhook&) {
        writing.Notify();
        proceed.WaitForNotification();
        return absl::OkStatus();
      },
      [](absl::StatusOr<Webhook>) {});
  writing.WaitForNotification();
  std::vector<absl::StatusOr<Store::Accepted>> accepted;
  std::vector<absl::StatusCode> created;
  const auto accept = [&](const std::string& fingerprint) {
    (*store)->AcceptEvents(
        "p", {{.type = 1, .event = "x", .webhooks = {webhook}}}, RequestId{"r", fingerprint},
        [&](absl::StatusOr<Store::Accepted> answer) { accepted.push_back(std::move(answer)); });
  };
  accept("f");
  accept("f");
  accept("g");
  for (const char* id : {"new", "new", "newer"}) {
    (*store)->CreateWebhook(AWebhook(id), std::nullopt, [&](absl::StatusOr<Store::Created> answer) {
      created.push_back(answer.status().code());
    });
  }
  proceed.Notify();
  // Answered after all that was called before it.
  EXPECT_TRUE(calls.AcceptEvents("p", {{.type = 1, .event = "x", .webhooks = {}}}).ok());
  ASSERT_THAT(accepted, SizeIs(3));
  ASSERT_TRUE(accepted[0].ok() && accepted[1].ok());
  EXPECT_FALSE(accepted[0]->repeated);
  EXPECT_TRUE(accepted[1]->repeated);
  EXPECT_EQ(accepted[1]->events[0].key, accepted[0]->events[0].key);
  EXPECT_EQ(FieldOf(accepted[2].status()), "request_id");
  EXPECT_THAT(created,
              ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kAlreadyExists, absl::StatusCode::kOk));
  EXPECT_THAT(calls.ListDeliveries({.project = "p", .limit = 10}).value(), SizeIs(1));
  EXPECT_THAT((*store)->LoadWebhooks().value(), SizeIs(3));
}

TEST_F(SqliteStoreTest, TheLogIsCarriedIntoTheFileInSmallPortionsWhileNobodyWaits) {
  const auto store = Open();
  BlockingStore calls(store->get());
  const auto before = std::filesystem::file_size(path());
  const std::string event(100'000, 'x');
  // 600 pages in all: SQLite itself would wait for 1,000.
  for (int i = 0; i < 24; ++i) {
    ASSERT_TRUE(calls.AcceptEvents("p", {{.type = 1, .event = event, .webhooks = {}}}).ok());
  }
  const absl::Time end = absl::Now() + absl::Seconds(20);
  const auto is_carried = [&] { return std::filesystem::file_size(path()) > before + 1'000'000; };
  while (!is_carried() && absl::Now() < end) std::this_thread::yield();
  EXPECT_TRUE(is_carried());
}

TEST_F(SqliteStoreTest, OfADeletedWebhookOnlyItsNameIsKept) {
  const auto store = Open();
  BlockingStore calls(store->get());
  ASSERT_TRUE(calls.CreateWebhook(AWebhook("w")).ok());
  ASSERT_TRUE(calls.DeleteWebhook("p", "w").ok());
  const auto database = Database::Open(path(), false).value();
  EXPECT_EQ(database
                ->QueryInt("SELECT count(*) FROM webhooks WHERE id = 'w' AND delete_time IS NOT NULL "
                           "AND url = '' AND display_name = '' AND event_types = 0")
                .value(),
            1);
}

TEST_F(SqliteStoreTest, ExpiredRequestIdsAreForgottenAsNewOnesCome) {
  const auto store = Open();
  BlockingStore calls(store->get());
  const auto accept = [&](const std::string& id) {
    return calls.AcceptEvents("p", {{.type = 1, .event = "x", .webhooks = {}}}, RequestId{id, "f"})
        .value()
        .repeated;
  };
  EXPECT_FALSE(accept("old"));
  clock_.Advance(limits::kRequestIdLifetime - absl::Seconds(1));
  EXPECT_TRUE(accept("old"));
  clock_.Advance(absl::Seconds(2));
  EXPECT_FALSE(accept("new"));
  EXPECT_FALSE(accept("old"));
}

}  // namespace
}  // namespace hookd
