// The tables of the embedded store, and their migrations. Times are microseconds since the Unix epoch.
#ifndef HOOKD_STORE_SQLITE_SCHEMA_H_
#define HOOKD_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "store/sqlite/database.h"

namespace hookd {

// Migrates the file to the newest version, which is its user_version, and sets its application id. An empty
// file becomes a new store. FAILED_PRECONDITION, without a change, if it has a newer version or is another
// program's.
absl::Status Migrate(Database& database);

// Prepares the connection that writes: newest version, WAL, each commit on disk before it returns. The errors
// of Migrate; and UNAVAILABLE if the file cannot be written, or its file system does not support WAL.
absl::Status PrepareWriter(Database& database);

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_SCHEMA_H_
