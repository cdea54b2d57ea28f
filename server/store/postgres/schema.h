// The tables of the store in PostgreSQL, and their migrations. Times are microseconds since the Unix epoch.
// Events, deliveries and outcomes are partitioned by key, and so by time: see partitions.h.
#ifndef HOOKD_STORE_POSTGRES_SCHEMA_H_
#define HOOKD_STORE_POSTGRES_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/postgres/connection.h"

namespace hookd {

// Migrates the database to the newest version, which is in its table schema_version. Several processes may do
// so at once. FAILED_PRECONDITION, with a sentence for the operator and without a change, if it has a newer
// version, or cannot be a store.
absl::Status MigratePostgres(PostgresConnection& connection);

// The server's settings that can lose acknowledged events: sentences for the operator.
absl::StatusOr<std::vector<std::string>> DangerousSettings(PostgresConnection& connection);

// FAILED_PRECONDITION, with a sentence for the operator, while a move to this database is not finished.
absl::Status CheckMoveFinished(PostgresConnection& connection);

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_SCHEMA_H_
