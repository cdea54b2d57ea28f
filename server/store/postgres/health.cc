// The reads and writes of the store in PostgreSQL for the health of webhooks.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "store/health_sql.h"
#include "store/postgres/reads.h"
#include "store/postgres/writes.h"

namespace hookd {
namespace {

using Kind = PostgresArray::Kind;

// By key, so that two processes that write the same rows do not wait for each other in a circle.
constexpr char kRecord[] =
    "INSERT INTO webhook_health (" HOOKD_HEALTH_COLUMNS
    ") SELECT u.* FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
    "$6::bigint[], $7::bigint[], $8::bigint[], $9::text[]) u (" HOOKD_HEALTH_COLUMNS
    ") WHERE EXISTS (SELECT 1 FROM webhooks w WHERE w.key = u.key AND w.delete_time IS NULL) ORDER BY "
    "u.key " HOOKD_HEALTH_REPLACE;

void AddOrNull(PostgresArray& array, std::optional<int64_t> value) {
  value.has_value() ? array.Add(*value) : array.AddNull();
}

PostgresParameters Columns(const std::vector<WebhookHealth>& health) {
  PostgresArray keys{Kind::kInts}, successes{Kind::kInts}, failures{Kind::kInts}, failing{Kind::kInts},
      counts{Kind::kInts}, circuits{Kind::kInts}, pending{Kind::kInts}, epochs{Kind::kInts},
      errors{Kind::kTexts};
  for (const WebhookHealth& each : health) {
    keys.Add(each.webhook_key);
    AddOrNull(successes, ToMicros(each.last_success_time));
    AddOrNull(failures, ToMicros(each.last_failure_time));
    AddOrNull(failing, ToMicros(each.failing_since));
    counts.Add(each.consecutive_failures);
    AddOrNull(circuits, StoredCircuit(each.circuit_ready));
    pending.Add(each.pending);
    epochs.Add(each.epoch);
    errors.Add(absl::string_view(each.last_error));
  }
  PostgresParameters parameters;
  for (const PostgresArray* column :
       {&keys, &successes, &failures, &failing, &counts, &circuits, &pending, &epochs, &errors}) {
    parameters.Array(*column);
  }
  return parameters;
}

std::vector<WebhookHealth> ReadRows(const PostgresRows& rows, bool with_errors) {
  std::vector<WebhookHealth> found;
  found.reserve(static_cast<size_t>(rows.size()));
  for (int i = 0; i < rows.size(); ++i) {
    WebhookHealth& health = found.emplace_back();
    health.webhook_key = rows.Int(i, 0);
    health.last_success_time = ReadTime(rows, i, 1);
    health.last_failure_time = ReadTime(rows, i, 2);
    health.failing_since = ReadTime(rows, i, 3);
    health.consecutive_failures = rows.Int(i, 4);
    if (!rows.IsNull(i, 5)) health.circuit_ready = CircuitFromStored(rows.Int(i, 5));
    health.pending = rows.Int(i, 6);
    health.epoch = rows.Int(i, 7);
    if (with_errors) health.last_error = std::string(rows.Text(i, 8));
  }
  return found;
}

}  // namespace

absl::Status PostgresWrites::RecordHealth(const std::vector<WebhookHealth>& health,
                                          const std::vector<int64_t>& deleted) {
  if (!deleted.empty()) {
    HOOKD_RETURN_IF_ERROR(Run("DELETE FROM webhook_health WHERE key = ANY ($1::bigint[])",
                              std::move(PostgresParameters().Ints(deleted)))
                              .status());
  }
  if (health.empty()) return absl::OkStatus();
  return Run(kRecord, Columns(health)).status();
}

namespace postgres {

absl::StatusOr<std::vector<WebhookHealth>> ReadHealth(PostgresConnection& connection,
                                                      const std::vector<int64_t>& webhook_keys,
                                                      bool with_errors) {
  HOOKD_ASSIGN_OR_RETURN(const PostgresRows rows,
                         connection.Query(with_errors ? "SELECT " HOOKD_HEALTH_COLUMNS
                                                        " FROM webhook_health WHERE key = ANY ($1::bigint[])"
                                                      : "SELECT " HOOKD_HEALTH_NUMBERS
                                                        " FROM webhook_health WHERE key = ANY ($1::bigint[])",
                                          std::move(PostgresParameters().Ints(webhook_keys))));
  return ReadRows(rows, with_errors);
}

absl::StatusOr<std::vector<WebhookHealth>> LoadHealth(PostgresConnection& connection,
                                                      const std::vector<int64_t>& shards) {
  HOOKD_ASSIGN_OR_RETURN(
      const PostgresRows rows,
      connection.Query("SELECT " HOOKD_HEALTH_COLUMNS
                       " FROM webhook_health WHERE " HOOKD_POSTGRES_SHARD("key") " = ANY ($1::bigint[])",
                       std::move(PostgresParameters().Ints(shards))));
  return ReadRows(rows, /*with_errors=*/true);
}

// Parameter: $1 the webhooks. Each of the two indexes of every day is asked for its first key.
const char kFindOldestPendingSql[] =
    "SELECT u.key, least((SELECT (d.key + 0) FROM deliveries d WHERE d.webhook_key = u.key AND d.state = 1 "
    "AND "
    "d.next_attempt_time = 0 ORDER BY (d.key + 0) LIMIT 1), (SELECT (d.key + 0) FROM deliveries d WHERE "
    "d.webhook_key = u.key AND d.state = 1 AND d.next_attempt_time > 0 ORDER BY (d.key + 0) LIMIT 1)) "
    "FROM unnest($1::bigint[]) u (key)";

absl::StatusOr<std::vector<int64_t>> FindOldestPending(PostgresConnection& connection,
                                                       const std::vector<int64_t>& webhook_keys) {
  HOOKD_ASSIGN_OR_RETURN(
      const PostgresRows rows,
      connection.Query(kFindOldestPendingSql, std::move(PostgresParameters().Ints(webhook_keys))));
  absl::flat_hash_map<int64_t, int64_t> found;
  for (int i = 0; i < rows.size(); ++i) found[rows.Int(i, 0)] = rows.Int(i, 1);
  std::vector<int64_t> oldest;
  oldest.reserve(webhook_keys.size());
  for (const int64_t key : webhook_keys) oldest.push_back(found[key]);
  return oldest;
}

}  // namespace postgres
}  // namespace hookd
