// When SQLite's write-ahead log is copied into its file, and both are synced
// (https://sqlite.org/wal.html#ckpt), which takes ten times as long as a commit. SQLite does it at the end of
// a COMMIT, while the callers of its writes wait; this does it after their answers, and in smaller portions
// while no write is pending.
//
// Not thread-safe: the thread that writes to the database uses it.
#ifndef HOOKD_STORE_SQLITE_CHECKPOINTS_H_
#define HOOKD_STORE_SQLITE_CHECKPOINTS_H_

#include "store/sqlite/database.h"

namespace hookd {

class SqliteCheckpoints {
 public:
  // For the commits of this connection, which must outlive the object. Turns off SQLite's own checkpoints.
  explicit SqliteCheckpoints(Database* writer);
  SqliteCheckpoints(const SqliteCheckpoints&) = delete;
  SqliteCheckpoints& operator=(const SqliteCheckpoints&) = delete;

  // To be called after a commit, outside of transactions. Makes a checkpoint if the log is large enough;
  // `idle`: no write is pending. A checkpoint that fails is repeated after a later commit; the log keeps its
  // content.
  void AfterCommit(bool idle);

 private:
  Database* const writer_;
  int log_pages_ = 0;  // in the log, as of the last commit; 0 once a checkpoint was tried
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_CHECKPOINTS_H_
