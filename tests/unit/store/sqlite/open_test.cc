// How an SQLite store is opened: what is refused, in words an operator can act on, and left as it was.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SqliteOpenTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open() {
    return SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_});
  }
  std::string Refusal() { return std::string(Open().status().message()); }
  std::string path() const { return folder_.path() + "/hookd.db"; }
  std::string Bytes() const {
    std::ifstream file(path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  TempDir folder_;
  FakeClock clock_;
};

// Rights do not bind root: takes them away for as long as it lives. Nothing to do for anyone else.
class WithoutRootsRights {
 public:
  explicit WithoutRootsRights(const std::string& folder) : was_(geteuid()) {
    if (was_ == 0 && (chown(folder.c_str(), kNobody, kNobody) != 0 || seteuid(kNobody) != 0)) failed_ = true;
  }
  ~WithoutRootsRights() {
    if (seteuid(was_) != 0) abort();
  }
  bool failed() const { return failed_; }

 private:
  static constexpr uid_t kNobody = 65534;
  const uid_t was_;
  bool failed_ = false;
};

TEST_F(SqliteOpenTest, AMissingDirectoryIsMadeForItsOwnerAlone) {
  const std::string folder = folder_.path() + "/a/b";
  ASSERT_TRUE(SqliteStore::Create({.data_dir = folder, .clock = &clock_}).ok());
  struct stat rights;
  ASSERT_EQ(stat(folder.c_str(), &rights), 0);
  EXPECT_EQ(rights.st_mode & 0777, 0700u);
}

TEST_F(SqliteOpenTest, ItsFilesAreForTheirOwnerAloneWhereverTheyStand) {
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    struct stat rights;
    ASSERT_EQ(stat(file.path().c_str(), &rights), 0);
    EXPECT_EQ(rights.st_mode & 0777, 0600u) << file.path();
  }
}

TEST_F(SqliteOpenTest, AFileThatMayOnlyBeReadIsRefused) {
  const WithoutRootsRights rights(folder_.path());
  if (rights.failed()) GTEST_SKIP() << "no other user to be";
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(chmod(path().c_str(), 0400), 0);
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("cannot be written")));
  ASSERT_EQ(chmod(path().c_str(), 0600), 0);
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteOpenTest, ADirectoryThatMayNoLongerBeWrittenIsRefused) {
  const WithoutRootsRights rights(folder_.path());
  if (rights.failed()) GTEST_SKIP() << "no other user to be";
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(chmod(folder_.path().c_str(), 0500), 0);
  EXPECT_THAT(Refusal(), HasSubstr(path()));
  ASSERT_EQ(chmod(folder_.path().c_str(), 0700), 0);
  EXPECT_TRUE(Open().ok());
}

// As after a crash under another user.
TEST_F(SqliteOpenTest, ALogThatMayOnlyBeReadIsRefused) {
  const WithoutRootsRights rights(folder_.path());
  if (rights.failed()) GTEST_SKIP() << "no other user to be";
  const std::string crashed = folder_.path() + "/crashed";
  ASSERT_EQ(mkdir(crashed.c_str(), 0700), 0);
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    for (const char* file : {"/hookd.db", "/hookd.db-wal", "/hookd.db-shm"}) {
      std::filesystem::copy_file(folder_.path() + file, crashed + file);
    }
  }
  ASSERT_EQ(chmod((crashed + "/hookd.db-wal").c_str(), 0400), 0);
  ASSERT_EQ(chmod((crashed + "/hookd.db-shm").c_str(), 0400), 0);
  const auto store = SqliteStore::Create({.data_dir = crashed, .clock = &clock_});
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(crashed + "/hookd.db"));
}

TEST_F(SqliteOpenTest, AnEmptyDirectoryThatMayNotBeWrittenIsRefused) {
  const WithoutRootsRights rights(folder_.path());
  if (rights.failed()) GTEST_SKIP() << "no other user to be";
  ASSERT_EQ(chmod(folder_.path().c_str(), 0500), 0);
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(folder_.path()), HasSubstr("cannot be written")));
  ASSERT_EQ(chmod(folder_.path().c_str(), 0700), 0);
}

TEST_F(SqliteOpenTest, AFileThatCannotBeOpenedIsNamed) {
  ASSERT_EQ(mkdir(path().c_str(), 0700), 0);
  EXPECT_THAT(Refusal(), HasSubstr(path()));
}

TEST_F(SqliteOpenTest, ANewerStoreIsNotTouched) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Database::Open(path(), false).value()->Execute("PRAGMA user_version = 99").ok());
  const std::string before = Bytes();
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("99"), HasSubstr("newer hookd")));
  EXPECT_EQ(Bytes(), before);
}

TEST_F(SqliteOpenTest, AnotherProgramsFileIsRefusedAndNotTouched) {
  for (const char* sql :
       {"CREATE TABLE mine (x)", "CREATE TABLE events (mine)",
        "CREATE TABLE mine (x); PRAGMA user_version = 99", "CREATE TABLE mine (x); DROP TABLE mine",
        "CREATE TABLE projects (x); PRAGMA application_id = 252006674",
        "PRAGMA journal_mode = WAL; CREATE TABLE mine (x)"}) {
    std::filesystem::remove(path());
    ASSERT_TRUE(Database::Open(path(), true).value()->Execute(sql).ok());
    const std::string before = Bytes();
    EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("another program"))) << sql;
    EXPECT_EQ(Bytes(), before) << sql;
  }
}

TEST_F(SqliteOpenTest, AFileTooShortForAStoreIsRefusedAndNotTouched) {
  for (const std::string& bytes : {std::string(), std::string("x"), std::string("SQLite format 3\0", 16)}) {
    std::ofstream(path(), std::ios::binary) << bytes;
    EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("bytes"), HasSubstr("restore a backup")));
    EXPECT_EQ(Bytes(), bytes);
  }
}

TEST_F(SqliteOpenTest, ANewStoreIsStampedAndStaysOne) {
  ASSERT_TRUE(Open().ok());
  const auto read = [this](const char* pragma) {
    return Database::Open(path(), false).value()->QueryInt(pragma).value();
  };
  const int64_t newest = read("PRAGMA user_version");
  EXPECT_GE(newest, 1);
  EXPECT_EQ(read("PRAGMA application_id"), kApplicationId);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(read("PRAGMA user_version"), newest);
}

TEST_F(SqliteOpenTest, AStoreThatWasNotStampedYetIs) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Database::Open(path(), false).value()->Execute("PRAGMA application_id = 0").ok());
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Database::Open(path(), false).value()->QueryInt("PRAGMA application_id").value(), kApplicationId);
}

TEST_F(SqliteOpenTest, ANewStoreIsMadeOnlyWhereNothingLooksLikeOne) {
  ASSERT_TRUE(Open().ok());
  for (const char* name : {"hookd-2026-01-31.db", "hookd.db.bak", "hookd.db-backup", "copy", "x.db.gz"}) {
    std::filesystem::rename(path(), folder_.path() + "/" + name);
    EXPECT_THAT(Refusal(), AllOf(HasSubstr(name), HasSubstr("rename it to hookd.db"))) << name;
    EXPECT_FALSE(std::filesystem::exists(path()));
    std::filesystem::rename(folder_.path() + "/" + name, path());
    EXPECT_TRUE(Open().ok());
  }
}

TEST_F(SqliteOpenTest, ALinkThatLeadsNowhereIsRefusedAndStays) {
  std::filesystem::create_symlink("/nowhere/hookd.db", path());
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("is a link to a file that is not there")));
  EXPECT_TRUE(std::filesystem::is_symlink(path()));
}

TEST_F(SqliteOpenTest, AnotherLinkThatLeadsNowhereIsNoHindrance) {
  std::filesystem::create_symlink("/nowhere", folder_.path() + "/zzz");
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteOpenTest, AStoreBehindALinkIsOpened) {
  ASSERT_TRUE(Open().ok());
  const TempDir elsewhere;
  std::filesystem::rename(path(), elsewhere.path() + "/hookd.db");
  std::filesystem::create_symlink(elsewhere.path() + "/hookd.db", path());
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteOpenTest, WhatIsNoFileIsRefused) {
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("is not a file")));
}

TEST_F(SqliteOpenTest, ALogWithoutItsStoreIsRefused) {
  std::ofstream(path() + "-wal") << "log";
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path() + "-wal"), HasSubstr("put back the hookd.db")));
  EXPECT_TRUE(std::filesystem::exists(path() + "-wal"));
}

TEST_F(SqliteOpenTest, WhatACrashLeftOfANewStoreIsMadeAgain) {
  std::ofstream(path() + "-new") << "half";
  std::ofstream(folder_.path() + "/notes.txt") << "no store";
  ASSERT_TRUE(Open().ok());
  EXPECT_FALSE(std::filesystem::exists(path() + "-new"));
}

TEST_F(SqliteOpenTest, WithoutTheLockFileTheStoreIsStillOneHookds) {
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  std::filesystem::remove(folder_.path() + "/lock");
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("in use by another hookd")));
}

TEST_F(SqliteOpenTest, CommitsAreOnDiskBeforeTheyAreAnswered) {
  const auto database = Database::Open(path(), true).value();
  ASSERT_TRUE(database->Execute("PRAGMA synchronous = OFF").ok());
  ASSERT_TRUE(PrepareWriter(*database).ok());
  EXPECT_EQ(database->QueryInt("PRAGMA synchronous").value(), 2) << "FULL";
  const auto mode = database->Prepare("PRAGMA journal_mode").value();
  ASSERT_TRUE(mode->Step().value());
  EXPECT_EQ(mode->Text(0), "wal");
}

TEST_F(SqliteOpenTest, AStoreThatKnowsNoLogIsRefused) {
  // A database in memory has none, as a file on some network disks.
  const auto database = Database::Open(":memory:", true).value();
  EXPECT_THAT(std::string(PrepareWriter(*database).message()), HasSubstr("write-ahead log"));
}

TEST_F(SqliteOpenTest, ClosingLeavesNoLogBehind) {
  ASSERT_TRUE(Open().ok());
  EXPECT_NE(access((path() + "-wal").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace hookd
