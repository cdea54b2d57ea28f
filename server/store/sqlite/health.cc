// The reads and writes of the embedded store for the health of webhooks.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/status_macros.h"
#include "store/health_sql.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/writes.h"

namespace hookd {
namespace {

WebhookHealth ReadRow(const Statement& row, bool with_error) {
  WebhookHealth health;
  health.webhook_key = row.Int(0);
  health.last_success_time = ReadTime(row, 1);
  health.last_failure_time = ReadTime(row, 2);
  health.failing_since = ReadTime(row, 3);
  health.consecutive_failures = row.Int(4);
  if (!row.IsNull(5)) health.circuit_ready = CircuitFromStored(row.Int(5));
  health.pending = row.Int(6);
  health.epoch = row.Int(7);
  if (with_error) health.last_error = std::string(row.Text(8));
  return health;
}

// The key that the statement finds for the webhook; the greatest integer if it finds none.
absl::StatusOr<int64_t> FindKey(Database& database, const char* sql, int64_t webhook_key) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const find, database.Prepare(sql));
  HOOKD_ASSIGN_OR_RETURN(const bool found, find->Bind(1, webhook_key).Step());
  const int64_t key = found ? find->Int(0) : std::numeric_limits<int64_t>::max();
  if (found) find->Reset();
  return key;
}

}  // namespace

absl::Status SqliteWrites::DeleteHealth(int64_t webhook_key) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const remove,
                         database_->Prepare("DELETE FROM webhook_health WHERE key = ?"));
  return remove->Bind(1, webhook_key).Run();
}

absl::Status SqliteWrites::RecordHealth(const std::vector<WebhookHealth>& health,
                                        const std::vector<int64_t>& deleted) {
  for (const int64_t key : deleted) HOOKD_RETURN_IF_ERROR(DeleteHealth(key));
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const insert,
      database_->Prepare("INSERT INTO webhook_health (" HOOKD_HEALTH_COLUMNS
                         ") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM webhooks "
                         "WHERE key = ?1 AND delete_time IS NULL) " HOOKD_HEALTH_REPLACE));
  for (const WebhookHealth& each : health) {
    insert->Bind(1, each.webhook_key);
    BindTime(*insert, 2, each.last_success_time);
    BindTime(*insert, 3, each.last_failure_time);
    BindTime(*insert, 4, each.failing_since);
    insert->Bind(5, each.consecutive_failures);
    const std::optional<int64_t> circuit = StoredCircuit(each.circuit_ready);
    circuit.has_value() ? insert->Bind(6, *circuit) : insert->BindNull(6);
    insert->Bind(7, each.pending).Bind(8, each.epoch).BindText(9, each.last_error);
    HOOKD_RETURN_IF_ERROR(insert->Run());
  }
  return absl::OkStatus();
}

namespace sqlite {

absl::StatusOr<std::vector<WebhookHealth>> ReadHealth(Database& database,
                                                      const std::vector<int64_t>& webhook_keys,
                                                      bool with_errors) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const select,
      database.Prepare(with_errors ? "SELECT " HOOKD_HEALTH_COLUMNS " FROM webhook_health WHERE key = ?"
                                   : "SELECT " HOOKD_HEALTH_NUMBERS " FROM webhook_health WHERE key = ?"));
  std::vector<WebhookHealth> health;
  health.reserve(webhook_keys.size());
  for (const int64_t key : webhook_keys) {
    HOOKD_ASSIGN_OR_RETURN(const bool found, select->Bind(1, key).Step());
    if (found) health.push_back(ReadRow(*select, with_errors));
    select->Reset();
  }
  return health;
}

absl::StatusOr<std::vector<WebhookHealth>> LoadHealth(Database& database) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const select,
                         database.Prepare("SELECT " HOOKD_HEALTH_COLUMNS " FROM webhook_health"));
  std::vector<WebhookHealth> health;
  HOOKD_RETURN_IF_ERROR(ForEachRow(*select, [&](const Statement& row) {
    health.push_back(ReadRow(row, /*with_error=*/true));
    return true;
  }));
  return health;
}

// Of deliveries that are to be attempted for the first time, and of the others. The first needs no index of
// its own: those deliveries are together in that of all pending ones, by key.
const char kOldestNewSql[] =
    "SELECT key FROM deliveries INDEXED BY deliveries_waiting WHERE webhook_key = ? AND state = 1 AND "
    "next_attempt_time IS NULL ORDER BY key LIMIT 1";
const char kOldestRetrySql[] =
    "SELECT key FROM deliveries INDEXED BY deliveries_retried WHERE webhook_key = ? AND state = 1 AND "
    "next_attempt_time IS NOT NULL ORDER BY key LIMIT 1";

absl::StatusOr<std::vector<int64_t>> FindOldestPending(Database& database,
                                                       const std::vector<int64_t>& webhook_keys) {
  std::vector<int64_t> oldest;
  oldest.reserve(webhook_keys.size());
  for (const int64_t webhook_key : webhook_keys) {
    HOOKD_ASSIGN_OR_RETURN(const int64_t untried, FindKey(database, kOldestNewSql, webhook_key));
    HOOKD_ASSIGN_OR_RETURN(const int64_t retried, FindKey(database, kOldestRetrySql, webhook_key));
    const int64_t least = std::min(untried, retried);
    oldest.push_back(least == std::numeric_limits<int64_t>::max() ? 0 : least);
  }
  return oldest;
}

}  // namespace sqlite
}  // namespace hookd
