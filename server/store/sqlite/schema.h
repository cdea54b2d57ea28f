// The tables of the embedded store, and how an older file gets them. Times are microseconds since the Unix
// epoch.
#ifndef HOOKD_STORE_SQLITE_SCHEMA_H_
#define HOOKD_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "store/sqlite/database.h"

namespace hookd {

// Brings the file to the newest version, which stands in its user_version, and stamps it as hookd's. An empty
// one becomes a new store. FAILED_PRECONDITION if it has a newer version, or is another program's; it is left
// as it is.
absl::Status Migrate(Database& database);

// Makes a connection the one that writes: the newest version, WAL, every commit on disk before it returns.
// Besides Migrate's errors: UNAVAILABLE if the file cannot be written, or its file system knows no WAL.
absl::Status PrepareWriter(Database& database);

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_SCHEMA_H_
