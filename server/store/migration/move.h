// Moves everything from an embedded store to PostgreSQL, with the same keys, so that all names stay. No hookd
// may run on either store.
//
// The move goes in batches, and each transaction also stores the progress: after an interruption of any kind,
// the next call continues. hookd does not start on the database until the move is finished, and not on the
// embedded store afterwards. If it ran on the embedded one in between, the move begins again with another
// database.
#ifndef HOOKD_STORE_MIGRATION_MOVE_H_
#define HOOKD_STORE_MIGRATION_MOVE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hookd {

struct MoveOptions {
  std::string data_dir;  // the embedded store's
  std::string url;       // PostgreSQL's
  // Called after every batch with the number of rows that are moved, by earlier calls too, and of all rows.
  // Returns whether to continue. May be null.
  std::function<bool(int64_t rows, int64_t total)> on_progress;
};

// What was moved, by earlier calls too.
struct Moved {
  int64_t webhooks = 0;  // without deleted ones
  int64_t tokens = 0;
  int64_t events = 0;
  int64_t deliveries = 0;
  int64_t pending = 0;  // of the deliveries
  std::string to;       // the database, without user and password
};

// Blocks until everything is moved and was counted in the database; returns at once if that was so before.
// Secrets stay as they are: encrypted ones need the same keys. FAILED_PRECONDITION, with one sentence for the
// operator, if there is no embedded store, a hookd runs on one of the stores, the database has other content,
// or the embedded store has changed since an earlier call; CANCELLED if on_progress returned false;
// UNAVAILABLE if PostgreSQL fails.
absl::StatusOr<Moved> MoveToPostgres(const MoveOptions& options);

}  // namespace hookd

#endif  // HOOKD_STORE_MIGRATION_MOVE_H_
