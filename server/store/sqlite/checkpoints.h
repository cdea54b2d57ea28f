// When what was committed is carried from SQLite's write-ahead log into its file, and both are synced
// (https://sqlite.org/wal.html#ckpt). That takes a disk ten times a commit's time. SQLite does it at the end
// of a COMMIT, where those wait whose write it was; here it comes after their answers, and in smaller
// portions while nobody waits.
//
// Not thread-safe; a thread that writes to the database uses it.
#ifndef HOOKD_STORE_SQLITE_CHECKPOINTS_H_
#define HOOKD_STORE_SQLITE_CHECKPOINTS_H_

#include "store/sqlite/database.h"

namespace hookd {

class SqliteCheckpoints {
 public:
  // Of what this connection commits. It must outlive the object; SQLite makes none at its commits any more.
  explicit SqliteCheckpoints(Database* writer);
  SqliteCheckpoints(const SqliteCheckpoints&) = delete;
  SqliteCheckpoints& operator=(const SqliteCheckpoints&) = delete;

  // After a commit, with nothing under way. Makes one if there is enough in the log; `idle`: nobody waits for
  // another write. One that fails is made after a later commit: until then the log keeps what it has.
  void AfterCommit(bool idle);

 private:
  Database* const writer_;
  int log_pages_ = 0;  // in the log, as of the last commit; 0 once a checkpoint was tried
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_CHECKPOINTS_H_
