// Bounds on the size of the embedded store: they refuse events, and nothing else.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

struct SqliteRoomTest : ::testing::Test {
  void Open(StoreRoom::Options room, int64_t max_pages = 0) {
    store = SqliteStore::Create(
                {.data_dir = folder.path(), .clock = &clock, .room = room, .max_pages = max_pages})
                .value();
    calls = std::make_unique<BlockingStore>(store.get());
    webhook.project = "p";
    webhook.id = "w";
    webhook.max_concurrency = 1;
    webhook = calls->CreateWebhook(webhook)->webhook;
  }
  // Accepts one event of 4 kB; the bounds are looked at anew.
  absl::StatusOr<Store::Accepted> Accept() {
    clock.Advance(absl::Seconds(1));
    return calls->AcceptEvents("p",
                               {{.type = 1, .event = std::string(4000, 'x'), .webhooks = {webhook.key}}});
  }
  int64_t Record(int64_t delivery) {
    Attempt attempt;
    attempt.response_body = std::string(4000, 'y');
    return calls->RecordOutcome(
        {.delivery_key = delivery, .state = DeliveryState::kDelivered, .attempt = attempt});
  }

  TempDir folder;
  FakeClock clock;
  std::atomic<int64_t> free = int64_t{1} << 40;
  Webhook webhook;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<BlockingStore> calls;
};

TEST_F(SqliteRoomTest, AStoreGrownToItsBoundRefusesEventsUntilSomeAreGone) {
  constexpr int64_t kBound = 2 << 20;
  Open({.max_bytes = kBound});
  std::vector<int64_t> events;
  absl::Status status;
  while (true) {
    const auto accepted = Accept();
    status = accepted.status();
    if (!accepted.ok()) break;
    events.push_back(accepted->events[0].key);
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("--max_store_bytes"));
  // Everything else goes on.
  for (int64_t event : events) EXPECT_GT(Record(event + 1), 0);
  EXPECT_TRUE(calls->UpdateWebhook("p", "w", [](Webhook&) { return absl::OkStatus(); }).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Accept().status()));
  EXPECT_EQ(calls->Purge(events.back() + 1, 0, 1'000'000)->count, static_cast<int>(events.size()));
  // Once the log has been brought into the file, or used again from its beginning.
  while (!Accept().ok()) {
    ASSERT_TRUE(Database::Open(folder.path() + "/hookd.db", false)
                    .value()
                    ->Execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    .ok());
  }
}

TEST_F(SqliteRoomTest, ADiskDownToItsReserveRefusesEventsUntilThereIsRoom) {
  Open({.min_free_bytes = 1000, .free_bytes = [this] { return free.load(); }});
  const auto accepted = Accept();
  ASSERT_TRUE(accepted.ok());
  free = 999;
  const absl::Status refused = Accept().status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("reserve"));
  EXPECT_GT(Record(accepted->events[0].key + 1), 0);
  free = 1000;
  EXPECT_TRUE(Accept().ok());
}

TEST_F(SqliteRoomTest, TheSpaceOfWhatIsPurgedIsUsedAgain) {
  // The file cannot grow beyond this, and sees several times as much go through it.
  Open({}, /*max_pages=*/512);
  for (int round = 0; round < 20; ++round) {
    std::vector<NewEvent> events(100,
                                 {.type = 1, .event = std::string(4000, 'x'), .webhooks = {webhook.key}});
    const auto accepted = calls->AcceptEvents("p", events);
    ASSERT_TRUE(accepted.ok()) << round << ": " << accepted.status();
    for (const AcceptedEvent& event : accepted->events) {
      store->RecordOutcome({.delivery_key = event.key + 1, .state = DeliveryState::kCanceled},
                           [](int64_t) {});
    }
    const int64_t end = accepted->events.back().key + 1;
    ASSERT_EQ(calls->Purge(end, end, 1000)->count, 100);
  }
}

TEST_F(SqliteRoomTest, APurgeMakesRoomInAFullFile) {
  Open({}, /*max_pages=*/256);
  int64_t last = 0;
  while (true) {
    const auto accepted = Accept();
    if (!accepted.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(accepted.status())) << accepted.status();
      break;
    }
    last = accepted->events[0].key;
    // Few enough bytes to be recorded whatever happens.
    calls->RecordOutcome(
        {.delivery_key = last + 1, .state = DeliveryState::kCanceled, .attempt = std::nullopt});
  }
  const auto purged = calls->Purge(last, last, 20);
  ASSERT_TRUE(purged.ok()) << purged.status();
  EXPECT_GT(purged->count, 0);
  const absl::Status accepted = Accept().status();
  EXPECT_TRUE(accepted.ok()) << accepted;
}

}  // namespace
}  // namespace hookd
