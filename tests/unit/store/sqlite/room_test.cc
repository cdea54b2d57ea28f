// Bounds on the size of the embedded store: they refuse events, and nothing else.
#include <atomic>
#include <filesystem>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite/sqlite_store.h"
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

TEST_F(SqliteRoomTest, TheFirstAnswerToARequestIdIsThereAlthoughTheStoreIsFull) {
  Open({.min_free_bytes = 1000, .free_bytes = [this] { return free.load(); }});
  const RequestId id = {"r", "f"};
  const auto first = calls->AcceptEvents("p", {{.type = 1, .event = "x", .webhooks = {webhook.key}}}, id);
  ASSERT_TRUE(first.ok()) << first.status();
  free = 999;
  EXPECT_TRUE(absl::IsResourceExhausted(Accept().status()));
  const auto found = calls->FindAccepted("p", id);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->events[0].key, first->events[0].key);
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

// Accepts events of 20 kB, in calls of a hundred, until they are refused. Returns their keys.
std::vector<int64_t> Fill(SqliteRoomTest& in) {
  std::vector<int64_t> keys;
  while (true) {
    in.clock.Advance(absl::Seconds(1));
    const auto accepted = in.calls->AcceptEvents(
        "p", std::vector<NewEvent>(
                 100, {.type = 1, .event = std::string(20'000, 'x'), .webhooks = {in.webhook.key}}));
    if (!accepted.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(accepted.status())) << accepted.status();
      return keys;
    }
    for (const AcceptedEvent& event : accepted->events) keys.push_back(event.key);
  }
}

// A disk of 96 MiB that has the store alone.
struct SqliteSmallDiskTest : SqliteRoomTest {
  void OpenOnSmallDisk() {
    Open({.min_free_bytes = 32 << 20,
          .free_bytes = [this] { return (96 << 20) - StoreRoom::FileBytes(folder.path() + "/hookd.db"); },
          .on_change = [this](bool has_room) { changes.push_back(has_room); }});
  }
  void Cancel(const std::vector<int64_t>& events) {
    for (const int64_t event : events) {
      store->RecordOutcome({.delivery_key = event + 1, .state = DeliveryState::kCanceled}, [](int64_t) {});
    }
  }
  // What Retention does. Returns how often.
  int PurgeAll(int64_t before) {
    for (int times = 1;; ++times) {
      clock.Advance(absl::Seconds(1));
      const auto purged = calls->Purge(before, before, 200);
      EXPECT_TRUE(purged.ok()) << purged.status();
      if (!purged.ok() || !purged->more) return times;
    }
  }
  void Checkpoint() {
    ASSERT_TRUE(Database::Open(folder.path() + "/hookd.db", false)
                    .value()
                    ->Execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    .ok());
  }
  int64_t FileBytes() const { return StoreRoom::FileBytes(folder.path() + "/hookd.db"); }

  std::vector<bool> changes;  // of the store's thread, read while it is idle
};

TEST_F(SqliteSmallDiskTest, EventsAreAcceptedAgainAfterAPurge) {
  OpenOnSmallDisk();
  const std::vector<int64_t> events = Fill(*this);
  EXPECT_FALSE(store->has_room());
  Cancel(events);
  clock.Advance(absl::Seconds(1));
  ASSERT_EQ(calls->Purge(events.back() + 1, 0, 1000)->count, 1000);
  EXPECT_TRUE(Accept().ok());
  EXPECT_TRUE(store->has_room());
  EXPECT_GT(store->reusable_bytes(), 10 << 20);
  EXPECT_EQ(changes, (std::vector<bool>{false, true}));
}

TEST_F(SqliteSmallDiskTest, RoomIsNoticedAlthoughNoEventComes) {
  std::atomic<int64_t> disk = 100;
  Open({.min_free_bytes = 1000,
        .free_bytes = [&disk] { return disk.load(); },
        .on_change = [this](bool has_room) { changes.push_back(has_room); }});
  EXPECT_FALSE(store->has_room()) << "before the first event";
  clock.Advance(absl::Seconds(2));
  disk = 1000;
  clock.Advance(absl::Seconds(2));
  // Behind what the timer asked for; a write that looks for no room itself.
  store->SetTokenUsed(1, clock.Now());
  ASSERT_TRUE(calls->RetryDeliveries("p", {}, clock.Now()).ok());
  EXPECT_TRUE(store->has_room());
  EXPECT_EQ(changes, (std::vector<bool>{false, true}));
}

TEST_F(SqliteSmallDiskTest, TheFileShrinksInSlicesAndKeepsASpare) {
  OpenOnSmallDisk();
  const std::vector<int64_t> events = Fill(*this);
  Cancel(events);
  Checkpoint();
  const int64_t full = FileBytes();
  EXPECT_GT(full, 40 << 20);
  // 1 MiB a slice.
  EXPECT_GT(PurgeAll(events.back() + 1), (full - (20 << 20)) >> 20);
  Checkpoint();
  EXPECT_GT(FileBytes(), 16 << 20);
  EXPECT_LT(FileBytes(), 18 << 20);
  EXPECT_EQ(PurgeAll(events.back() + 1), 1) << "nothing is left to give back";
  EXPECT_FALSE(Fill(*this).empty());
}

TEST_F(SqliteSmallDiskTest, AFileThatAnOlderHookdMadeKeepsItsSizeAndIsUsedAgain) {
  OpenOnSmallDisk();
  store.reset();
  ASSERT_TRUE(Database::Open(folder.path() + "/hookd.db", false)
                  .value()
                  ->Execute("PRAGMA auto_vacuum = NONE; VACUUM")
                  .ok());
  store = SqliteStore::Create({.data_dir = folder.path(),
                               .clock = &clock,
                               .room = {.min_free_bytes = 32 << 20,
                                        .free_bytes = [this] { return (96 << 20) - FileBytes(); }}})
              .value();
  calls = std::make_unique<BlockingStore>(store.get());
  const std::vector<int64_t> events = Fill(*this);
  Cancel(events);
  PurgeAll(events.back() + 1);
  Checkpoint();
  EXPECT_GT(FileBytes(), 40 << 20);
  EXPECT_GT(Fill(*this).size(), events.size() / 2);
}

// The log is a file of its own, and no free page of the store's helps it.
TEST_F(SqliteSmallDiskTest, FreePagesDoNotStandInForTheRoomOfTheLog) {
  Open({.min_free_bytes = 16 << 20, .free_bytes = [this] { return free.load(); }});
  free = 40 << 20;
  std::vector<int64_t> events;
  for (int i = 0; i < 5; ++i) {
    clock.Advance(absl::Seconds(1));
    const auto accepted = calls->AcceptEvents(
        "p", std::vector<NewEvent>(
                 200, {.type = 1, .event = std::string(20'000, 'x'), .webhooks = {webhook.key}}));
    for (const AcceptedEvent& event : accepted->events) events.push_back(event.key);
  }
  Cancel(events);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(calls->Purge(events.back() + 1, 0, 20)->count, 20);
  // Less what its file has already, which it uses again.
  const auto log = static_cast<int64_t>(std::filesystem::file_size(folder.path() + "/hookd.db-wal"));
  ASSERT_LT(log, 8 << 20);
  free = (8 << 20) - log - 1;
  EXPECT_TRUE(absl::IsResourceExhausted(Accept().status()));
  free = (8 << 20) - log;
  EXPECT_TRUE(Accept().ok());
}

}  // namespace
}  // namespace hookd
