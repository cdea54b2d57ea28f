#include "store/sqlite/checkpoints.h"

#include <sqlite3.h>

namespace hookd {
namespace {

// SQLite's own limit: most are the same few pages, each of which is written once.
constexpr int kMostLogPages = 1000;

// While no write is pending: a write that arrives then waits little, and most pages are still written once.
constexpr int kIdleLogPages = 250;

}  // namespace

SqliteCheckpoints::SqliteCheckpoints(Database* writer) : writer_(writer) {
  // Replaces SQLite's own hook, which makes the checkpoints.
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
