// The tables of the store in PostgreSQL, and how an older database gets them. Times are microseconds since
// the Unix epoch. Events, deliveries and outcomes are partitioned by key, and so by time: see
// partitions.h.
#ifndef HOOKD_STORE_POSTGRES_SCHEMA_H_
#define HOOKD_STORE_POSTGRES_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/postgres/connection.h"

namespace hookd {

// Brings the database to the newest version, which stands in its table schema_version; any number of
// processes may do so at once. FAILED_PRECONDITION with a sentence for the operator if it has a newer one, or
// is not fit to be a store; it is left as it is then.
absl::Status MigratePostgres(PostgresConnection& connection);

// What of the server's settings could lose events that were acknowledged: sentences for the operator.
absl::StatusOr<std::vector<std::string>> DangerousSettings(PostgresConnection& connection);

// FAILED_PRECONDITION, with a sentence for the operator, while a move to this database is not finished.
absl::Status CheckMoveFinished(PostgresConnection& connection);

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_SCHEMA_H_
