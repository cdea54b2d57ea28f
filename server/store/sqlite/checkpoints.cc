#include "store/sqlite/checkpoints.h"

#include <sqlite3.h>

namespace hookd {
namespace {

// As many as SQLite itself waits for: most of them are the same pages again and again, and are written once.
constexpr int kMostLogPages = 1000;

// While nobody waits: whoever comes meanwhile is to wait little, and still most pages are written once.
constexpr int kIdleLogPages = 250;

}  // namespace

SqliteCheckpoints::SqliteCheckpoints(Database* writer) : writer_(writer) {
  // In the place of SQLite's own hook, which makes the checkpoints.
  sqlite3_wal_hook(
      writer_->connection(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteCheckpoints*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

void SqliteCheckpoints::AfterCommit(bool idle) {
  if (log_pages_ < (idle ? kIdleLogPages : kMostLogPages)) return;
  log_pages_ = 0;
  sqlite3_wal_checkpoint_v2(writer_->connection(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace hookd
