// Copies of a store that is used meanwhile.
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class SqliteBackupTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& folder) {
    return SqliteStore::Create({.data_dir = folder, .clock = &clock_});
  }
  void SetUp() override {
    auto store = Open(folder_.path());
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    Webhook webhook;
    webhook.project = "p";
    webhook.id = "first";
    webhook.event_types = EventTypes(2);
    webhook_ = BlockingStore(store_.get()).CreateWebhook(webhook)->webhook;
  }

  void Accept(int count, const std::string& event) {
    std::vector<NewEvent> events(static_cast<size_t>(count));
    for (NewEvent& each : events) each = {.type = 1, .event = event, .webhooks = {webhook_.key}};
    ASSERT_TRUE(BlockingStore(store_.get()).AcceptEvents("p", events).ok());
  }

  // A store's file in a folder of its own.
  void Backup(const std::string& folder) {
    std::ofstream file(folder + "/hookd.db", std::ios::binary);
    int64_t told = 0;
    const absl::Status status = store_->Backup([&](absl::string_view data, int64_t total) {
      file << data;
      if (!data.empty()) told = total;
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(file.tellp(), told);
  }

  static int64_t Waiting(SqliteStore& store) {
    const auto backlogs = store.LoadBacklogs();
    return backlogs.ok() && backlogs->size() == 1 ? backlogs->front().count : -1;
  }

  FakeClock clock_;
  TempDir folder_;
  std::unique_ptr<SqliteStore> store_;
  Webhook webhook_;
};

TEST_F(SqliteBackupTest, AStoreOpensOnTheCopyAndHasEverything) {
  Accept(100, std::string(10000, 'x'));
  TempDir restored;
  Backup(restored.path());
  const auto copy = Open(restored.path());
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(Waiting(**copy), 100);
  ASSERT_THAT(*(*copy)->LoadWebhooks(), SizeIs(1));
  const auto checked = Database::Open(restored.path() + "/hookd.db", /*create=*/false);
  ASSERT_TRUE(checked.ok());
  const auto check = (*checked)->Prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check.ok() && *(*check)->Step());
  EXPECT_EQ((*check)->Text(0), "ok");
}

TEST_F(SqliteBackupTest, WritesGoOnMeanwhileAndAreNotInTheCopy) {
  Accept(1000, std::string(10000, 'x'));  // more than is copied at a time
  TempDir restored;
  std::ofstream file(restored.path() + "/hookd.db", std::ios::binary);
  int written = 0;
  const absl::Status status = store_->Backup([&](absl::string_view data, int64_t) {
    Accept(1, "meanwhile");
    ++written;
    file << data;
    return true;
  });
  file.close();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GT(written, 3);
  EXPECT_EQ(Waiting(*store_), 1000 + written);
  const auto copy = Open(restored.path());
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(Waiting(**copy), 1000);
}

TEST_F(SqliteBackupTest, ItEndsWhenNobodyWantsItAndLeavesNothing) {
  Accept(1000, std::string(10000, 'x'));
  for (const int wanted : {0, 1, 5}) {
    int calls = 0;
    const absl::Status status = store_->Backup([&](absl::string_view, int64_t) { return calls++ < wanted; });
    EXPECT_TRUE(absl::IsCancelled(status)) << status;
    EXPECT_EQ(calls, wanted + 1);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/hookd.db-backup"));
  }
}

TEST_F(SqliteBackupTest, TheCopyIsItsOwnersAloneAndRemoved) {
  const std::string beside = folder_.path() + "/hookd.db-backup";
  store_
      ->Backup([&](absl::string_view, int64_t) {
        EXPECT_EQ(std::filesystem::status(beside).permissions(), std::filesystem::perms(0600));
        return true;
      })
      .IgnoreError();
  EXPECT_FALSE(std::filesystem::exists(beside));
}

TEST_F(SqliteBackupTest, WhatACrashLeftOfOneIsRemovedAtTheNextStart) {
  const std::string left = folder_.path() + "/hookd.db-backup";
  std::ofstream(left) << "half";
  store_.reset();
  ASSERT_TRUE(Open(folder_.path()).ok());
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(SqliteBackupTest, ItDoesNotTakeTheDisksReserve) {
  TempDir other;
  const auto store = SqliteStore::Create(
      {.data_dir = other.path(), .clock = &clock_, .room = {.min_free_bytes = int64_t{1} << 60}});
  ASSERT_TRUE(store.ok());
  const absl::Status status = (*store)->Backup([](absl::string_view, int64_t) { return true; });
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("in reserve"));
}

}  // namespace
}  // namespace hookd
