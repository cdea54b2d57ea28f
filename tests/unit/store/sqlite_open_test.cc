// How an SQLite store is opened: what is refused, in words an operator can act on, and left as it was.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_store.h"
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
  {
    const auto newer = Database::Open(path(), true).value();
    ASSERT_TRUE(newer->Execute("CREATE TABLE later (key); PRAGMA user_version = 99").ok());
  }
  const auto bytes = [this] {
    std::ifstream file(path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = bytes();
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path()), HasSubstr("99"), HasSubstr("newer hookd")));
  EXPECT_EQ(bytes(), before);
}

TEST_F(SqliteOpenTest, AnotherProgramsFileIsRefusedAndKeepsItsTables) {
  ASSERT_TRUE(Database::Open(path(), true).value()->Execute("CREATE TABLE events (mine)").ok());
  EXPECT_THAT(Refusal(), HasSubstr(path()));
  const auto database = Database::Open(path(), false).value();
  EXPECT_EQ(database->QueryInt("SELECT count(*) FROM sqlite_master").value(), 1);
  EXPECT_EQ(database->QueryInt("PRAGMA user_version").value(), 0);
}

TEST_F(SqliteOpenTest, AnEmptyFileBecomesAStoreOfTheNewestVersionAndStaysOne) {
  std::ofstream(path()).close();
  ASSERT_TRUE(Open().ok());
  const auto version = [this] {
    return Database::Open(path(), false).value()->QueryInt("PRAGMA user_version").value();
  };
  const int64_t newest = version();
  EXPECT_GE(newest, 1);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(version(), newest);
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
