#include "store/postgres/partitions.h"

#include "absl/strings/str_cat.h"
#include "base/ids.h"

namespace hookd {
namespace {

constexpr const char* kTables[] = {"events", "deliveries", "outcomes"};

}  // namespace

absl::Status Partitions::Make(PostgresConnection& connection, absl::Time time, int days_ahead) {
  if (PQtransactionStatus(connection.connection()) == PQTRANS_IDLE) {
    absl::Status status = connection.Execute("BEGIN");
    if (status.ok()) status = Make(connection, time, days_ahead);
    if (status.ok()) status = connection.Execute("COMMIT");
    if (!status.ok()) {
      connection.Execute("ROLLBACK").IgnoreError();
      Forget();
    }
    return status;
  }
  const absl::CivilDay today = absl::ToCivilDay(time, absl::UTCTimeZone());
  for (int i = 0; i <= days_ahead; ++i) {
    const absl::CivilDay day = today + i;
    const int64_t first = FirstKeyAt(absl::FromCivil(day, absl::UTCTimeZone()));
    const int64_t end = FirstKeyAt(absl::FromCivil(day + 1, absl::UTCTimeZone()));
    if (known_.contains(first)) continue;
    const std::string name =
        absl::FormatTime("%Y%m%d", absl::FromCivil(day, absl::UTCTimeZone()), absl::UTCTimeZone());
    // If several processes create it at once, the others wait here, and then find it.
    const auto missing = connection.Query(
        "INSERT INTO partitions (first_key, end_key, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING "
        "RETURNING first_key",
        PostgresParameters().Int(first).Int(end).Text(name));
    if (!missing.ok()) return missing.status();
    if (missing->size() > 0) {
      std::string sql;
      for (const char* table : kTables) {
        // Created separately and then attached, which blocks no other transaction.
        absl::StrAppend(&sql, "CREATE TABLE ", table, "_", name, " (LIKE ", table, " INCLUDING DEFAULTS); ",
                        "ALTER TABLE ", table, " ATTACH PARTITION ", table, "_", name, " FOR VALUES FROM (",
                        first, ") TO (", end, "); ");
      }
      const absl::Status made = connection.Execute(sql);
      if (!made.ok()) return made;
    }
    known_.insert(first);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Partition>> Partitions::List(PostgresConnection& connection, int64_t min_key,
                                                        int64_t max_key) {
  const auto rows = connection.Query(
      "SELECT first_key, end_key, name, outcomes_only FROM partitions WHERE end_key > $1 AND first_key <= $2 "
      "ORDER BY first_key DESC",
      PostgresParameters().Int(min_key).Int(max_key));
  if (!rows.ok()) return rows.status();
  std::vector<Partition> partitions;
  partitions.reserve(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    partitions.push_back({.first_key = rows->Int(i, 0),
                          .end_key = rows->Int(i, 1),
                          .name = std::string(rows->Text(i, 2)),
                          .outcomes_only = rows->Int(i, 3) != 0});
  }
  return partitions;
}

absl::Status Partitions::DropOld(PostgresConnection& connection, int64_t before_key) {
  const auto partitions = List(connection, 0, before_key);
  if (!partitions.ok()) return partitions.status();
  bool older_left = false;
  for (auto it = partitions->rbegin(); it != partitions->rend(); ++it) {
    const Partition& partition = *it;
    if (partition.end_key > before_key) break;
    std::string sql;
    bool left = false;
    if (!partition.outcomes_only) {
      // A redelivery that is requested after this read waits for the lock below, and finds no table.
      sql = absl::StrCat("LOCK TABLE deliveries_", partition.name, " IN ACCESS EXCLUSIVE MODE; ");
    }
    absl::Status status = connection.Execute(absl::StrCat("BEGIN; SET LOCAL lock_timeout = '500ms'; ", sql));
    if (status.ok() && !partition.outcomes_only) {
      const auto pending = connection.Query(
          absl::StrCat("SELECT EXISTS (SELECT 1 FROM deliveries_", partition.name, " WHERE state = 1)"));
      status = pending.status();
      left = pending.ok() && pending->Int(0, 0) != 0;
    }
    sql.clear();
    if (!left && !partition.outcomes_only) {
      absl::StrAppend(&sql, "DROP TABLE events_", partition.name, ", deliveries_", partition.name, "; ");
    }
    if (!left && !older_left) {
      absl::StrAppend(&sql, "DROP TABLE outcomes_", partition.name,
                      "; DELETE FROM partitions WHERE first_key = ", partition.first_key, "; ");
    } else if (!left) {
      absl::StrAppend(
          &sql, "UPDATE partitions SET outcomes_only = true WHERE first_key = ", partition.first_key, "; ");
    }
    if (status.ok()) status = connection.Execute(absl::StrCat(sql, "COMMIT"));
    if (!status.ok()) {
      connection.Execute("ROLLBACK").IgnoreError();
      return status;
    }
    older_left |= left;
  }
  return absl::OkStatus();
}

}  // namespace hookd
