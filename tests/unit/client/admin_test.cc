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
