// A disk that fills up, for real: a small file system of its own where that can be mounted.
#include <sys/mount.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/faults/ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

// A file system in memory of a few megabytes, unmounted with it.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path, const char* size = "size=24m")
      : path_(path), mounted_(mount("none", path.c_str(), "tmpfs", 0, size) == 0) {}
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  const std::string path_;
  const bool mounted_;
};

TEST(FaultTest, FullDisk) {
  TempDir folder;
  SmallDisk disk(folder.path());
  if (!disk.mounted()) GTEST_SKIP() << "mounting a file system takes rights that this user does not have";
  // What is to be given up once the disk is full.
  std::ofstream(folder.path() + "/ballast") << std::string(12 << 20, 'x');
  HttpReceiver receiver;
  Ledger ledger;
  const auto server = ServerProcess::Start(folder.path() + "/data", {"--min_free_bytes=0"});
  ASSERT_NE(server, nullptr);
  CreateWebhook(server->channel(), "w", receiver.Url("/"));
  Caller caller(server->channel(), &ledger, Caller::How::kUnary, /*persistent=*/true);
  const absl::Time deadline = absl::Now() + kPatience;
  while (caller.refused() < 100 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_GE(caller.refused(), 100) << "the disk did not fill up";
  std::filesystem::remove(folder.path() + "/ballast");
  const absl::Time room = absl::Now();
  const size_t before = ledger.size();
  while (ledger.size() < before + 10 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  caller.Stop();
  ledger.Audit("full disk, then room again", server->channel(), receiver, room);
}

TEST(FaultTest, DiskDownToItsReserve) {
  TempDir folder;
  SmallDisk disk(folder.path());
  if (!disk.mounted()) GTEST_SKIP() << "mounting a file system takes rights that this user does not have";
  HttpReceiver receiver;
  Ledger ledger;
  const auto server = ServerProcess::Start(folder.path() + "/data", {"--min_free_bytes=8MiB"});
  ASSERT_NE(server, nullptr);
  CreateWebhook(server->channel(), "w", receiver.Url("/"));
  Caller caller(server->channel(), &ledger, Caller::How::kUnary, /*persistent=*/true);
  const size_t some = 100;
  const absl::Time deadline = absl::Now() + kPatience;
  while (ledger.size() < some && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  std::ofstream(folder.path() + "/other") << std::string(16 << 20, 'x');
  while (caller.refused() < 100 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_GE(caller.refused(), 100);
  std::filesystem::remove(folder.path() + "/other");
  const absl::Time room = absl::Now();
  const size_t before = ledger.size();
  while (ledger.size() < before + 10 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  caller.Stop();
  ledger.Audit("disk down to its reserve, then room again", server->channel(), receiver, room);
}

// The store alone on a disk that its own data fills: what retention deletes is room for what comes next.
TEST(FaultTest, DiskFullOfTheStoresOwnData) {
  TempDir folder;
  SmallDisk disk(folder.path(), "size=128m");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a file system takes rights that this user does not have";
  FakeClock clock;
  const auto store = SqliteStore::Create(
      {.data_dir = folder.path() + "/data", .clock = &clock, .room = {.min_free_bytes = 32 << 20}});
  ASSERT_TRUE(store.ok()) << store.status();
  BlockingStore calls(store->get());
  const std::vector<NewEvent> batch(100, {.type = 1, .event = std::string(10'000, 'x'), .webhooks = {}});
  std::array<int, 3> accepted = {};
  for (int& count : accepted) {
    int64_t last = 0;
    absl::Status status;
    while (status.ok()) {
      clock.Advance(absl::Seconds(1));
      const auto events = calls.AcceptEvents("p", batch);
      status = events.status();
      if (!status.ok()) break;
      last = events->events.back().key;
      count += 100;
    }
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_FALSE((*store)->has_room());
    for (bool more = true; more;) {
      clock.Advance(absl::Seconds(1));
      const auto purged = calls.Purge(last + 1, last + 1, 200);
      ASSERT_TRUE(purged.ok()) << purged.status();
      more = purged->more;
    }
    EXPECT_TRUE((*store)->has_room());
  }
  // Every time about as much as the first time, on a disk of 128 MiB with 32 in reserve.
  EXPECT_GT(accepted[0], 5000);
  EXPECT_GT(accepted[1], accepted[0] / 4 * 3);
  EXPECT_GT(accepted[2], accepted[0] / 4 * 3);
}

}  // namespace
}  // namespace hookd
