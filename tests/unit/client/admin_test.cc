#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::HasSubstr;

v1::BackupResponse Piece(const std::string& data, int64_t total) {
  v1::BackupResponse piece;
  piece.set_data(data);
  piece.set_total_bytes(total);
  return piece;
}

class AdminTest : public HookctlTest {
 protected:
  std::string Content() const {
    std::ostringstream content;
    content << std::ifstream(file_).rdbuf();
    return content.str();
  }
  // Of the folder, the file itself included.
  int Files() const {
    const std::filesystem::directory_iterator files(dir_.path());
    return static_cast<int>(std::distance(begin(files), end(files)));
  }

  hookd::TempDir dir_;
  const std::string file_ = dir_.path() + "/backup.db";
};

v1::Server SomeServer() {
  v1::Server server;
  server.set_version("1.2.3");
  server.set_node("nodes/only");
  server.set_serving(true);
  v1::ServerStore& store = *server.mutable_store();
  store.set_engine(v1::STORE_ENGINE_SQLITE);
  store.set_location("/var/lib/hookd");
  store.set_bytes(3 << 20);
  store.set_free_bytes(int64_t{5} << 30);
  store.set_min_free_bytes(512);
  store.set_has_room(true);
  store.set_writable(true);
  server.mutable_load()->set_pending_delivery_count(1234);
  server.mutable_load()->set_attempt_count(7);
  server.mutable_load()->set_max_attempt_count(2048);
  v1::Setting& set = *server.add_settings();
  set.set_name("retention");
  set.set_value("7d");
  set.set_default_value("30d");
  set.set_customized(true);
  server.add_settings()->set_name("log_level");
  return server;
}

TEST_F(AdminTest, TheServerShowsItsStoreItsLoadAndTheSettingsThatAreNotDefaults) {
  hookd_.admin.server.Respond(SomeServer());
  const Result result = Hookctl({"admin", "server"});
  EXPECT_EQ(result.code, kOk) << result.err;
  for (const char* line :
       {"Version             1.2.3\n", "Store               SQLite in /var/lib/hookd\n",
        "Room                3.0 MiB used, 5.0 GiB free on the disk (at least 512 bytes are kept)\n",
        "Accepts writes      yes\n", "Pending deliveries  1,234\n", "Attempts in flight  7 of 2,048\n",
        "retention  7d     30d\n"}) {
    EXPECT_THAT(result.out, HasSubstr(line));
  }
  EXPECT_THAT(result.out, testing::Not(HasSubstr("log_level")));
  EXPECT_THAT(Hookctl({"-o", "wide", "admin", "server"}).out, HasSubstr("log_level"));
}

TEST_F(AdminTest, TheServerSaysWhyItDoesNotAcceptWrites) {
  v1::Server server = SomeServer();
  server.mutable_store()->set_has_room(false);
  hookd_.admin.server.Respond(server);
  EXPECT_THAT(Hookctl({"admin", "server"}).out, HasSubstr("there is no room for events"));
  server.mutable_store()->set_writable(false);
  hookd_.admin.server.Respond(server);
  EXPECT_THAT(Hookctl({"admin", "server"}).out, HasSubstr("no: the last write failed"));
}

TEST_F(AdminTest, AStoreWhoseSizeIsUnknownHasNone) {
  v1::Server server = SomeServer();
  server.mutable_store()->Clear();
  server.mutable_store()->set_location("PostgreSQL at db:5432/hookd");
  hookd_.admin.server.Respond(server);
  EXPECT_THAT(Hookctl({"admin", "server"}).out,
              testing::AllOf(HasSubstr("Store               PostgreSQL at db:5432/hookd\n"),
                             HasSubstr("Room                size unknown\n")));
}

TEST_F(AdminTest, AsJsonTheServerIsTheWholeMessage) {
  hookd_.admin.server.Respond(SomeServer());
  const Result result = Hookctl({"-o", "json", "admin", "server"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\"min_free_bytes\": \"512\""));
  EXPECT_THAT(result.out, HasSubstr("\"name\": \"log_level\""));
}

TEST_F(AdminTest, ABackupIsTheFileThatHookdSends) {
  hookd_.admin.backup = {Piece("first, ", 13), Piece("second", 13)};
  const Result result = Hookctl({"admin", "backup", file_});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out, "Wrote 13 bytes to " + file_ + "\n");
  EXPECT_EQ(Content(), "first, second");
}

TEST_F(AdminTest, OnlyItsOwnerMayReadABackup) {
  hookd_.admin.backup = {Piece("all", 3)};
  Hookctl({"admin", "backup", file_});
  struct stat file;
  ASSERT_EQ(stat(file_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST_F(AdminTest, ABackupThatBreaksLeavesTheOneBeforeAndNothingElse) {
  std::ofstream(file_) << "yesterday's";
  hookd_.admin.backup = {Piece("half", 8)};
  hookd_.admin.backup_end = {grpc::StatusCode::UNAVAILABLE, "the server stops"};
  const Result result = Hookctl({"admin", "backup", file_});
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_EQ(Content(), "yesterday's");
  EXPECT_EQ(Files(), 1);
}

TEST_F(AdminTest, ABackupThatEndsTooSoonIsNone) {
  hookd_.admin.backup = {Piece("half", 8)};
  const Result result = Hookctl({"admin", "backup", file_});
  EXPECT_EQ(result.code, kError);
  EXPECT_THAT(result.err, HasSubstr("after 4 of 8 bytes"));
  EXPECT_EQ(Files(), 0);
}

TEST_F(AdminTest, AFolderThatIsNotThereIsSaidBeforeHookdIsAsked) {
  const Result result = Hookctl({"admin", "backup", dir_.path() + "/none/backup.db"});
  EXPECT_EQ(result.code, kError);
  EXPECT_THAT(result.err, HasSubstr("/none/backup.db cannot be written"));
}

TEST_F(AdminTest, AsJsonItSaysTheSize) {
  hookd_.admin.backup = {Piece("all", 3)};
  EXPECT_EQ(Hookctl({"admin", "backup", file_, "-o", "json"}).out, "{\"bytes\":3}\n");
}

}  // namespace
}  // namespace hookctl
