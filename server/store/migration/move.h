// Moving everything from an embedded store to PostgreSQL, with the same keys, so that all names stay, while
// no hookd runs on either.
//
// It goes in batches, each with a note of how far it came in the same transaction: what ended in the middle,
// however it did, is gone on with by calling it again. hookd starts on neither store until it is finished,
// and on the embedded one not after that either.
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
  // Told after every batch how many rows of how many are there, those of an earlier call included; false: end
  // here.
  std::function<bool(int64_t rows, int64_t total)> on_progress;
};

// What was moved.
struct Moved {
  int64_t webhooks = 0;  // without deleted ones
  int64_t tokens = 0;
  int64_t events = 0;
  int64_t deliveries = 0;
  int64_t waiting = 0;  // of these
  std::string to;       // where, without user and password
};

// Blocks until everything is there, and has been counted there; at once where that was so before. Secrets
// stay as they are: encrypted ones need the same keys. FAILED_PRECONDITION, with one sentence for the
// operator, if there is no embedded store, a hookd runs on one of the two, the database has something else in
// it, or the embedded store has changed since an earlier call; CANCELLED if on_progress said so; UNAVAILABLE
// if PostgreSQL fails.
absl::StatusOr<Moved> MoveToPostgres(const MoveOptions& options);

}  // namespace hookd

#endif  // HOOKD_STORE_MIGRATION_MOVE_H_
