#include "store/migration/tables.h"

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

using Kind = MovedColumn::Kind;

// The size of a batch, which is one transaction: large enough that commits cost little, small enough that
// PostgreSQL answers within its patience.
constexpr size_t kBatchRows = 2000;
constexpr size_t kBatchBytes = size_t{4} * 1024 * 1024;

// The value for "never" in the embedded store.
constexpr char kNextAttemptTime[] = "coalesce(next_attempt_time, 0)";

PostgresArray::Kind ArrayKind(Kind kind) {
  if (kind == Kind::kReal) return PostgresArray::Kind::kReals;
  if (kind == Kind::kText) return PostgresArray::Kind::kTexts;
  if (kind == Kind::kBytes) return PostgresArray::Kind::kBytes;
  return PostgresArray::Kind::kInts;
}

}  // namespace

const std::vector<MovedTable>& MovedTables() {
  static const auto* const tables = new std::vector<MovedTable>{
      {"projects",
       true,
       false,
       {{"key", Kind::kInt},
        {"name", Kind::kText},
        {"display_name", Kind::kText},
        {"labels", Kind::kText},
        {"revision", Kind::kInt},
        {"create_time", Kind::kInt},
        {"delete_time", Kind::kInt}}},
      {"tokens",
       true,
       false,
       {{"key", Kind::kInt},
        {"id", Kind::kText},
        {"display_name", Kind::kText},
        {"secret_hash", Kind::kBytes},
        {"client_identity", Kind::kText},
        {"projects", Kind::kText},
        {"roles", Kind::kInt},
        {"rate_per_second", Kind::kReal},
        {"rate_burst", Kind::kInt},
        {"expire_time", Kind::kInt},
        {"create_time", Kind::kInt},
        {"last_used_time", Kind::kInt}}},
      {"webhooks",
       true,
       false,
       {{"key", Kind::kInt},
        {"project", Kind::kInt},
        {"id", Kind::kText},
        {"revision", Kind::kInt},
        {"url", Kind::kText},
        {"event_types", Kind::kInt},
        {"disabled", Kind::kTruth},
        {"display_name", Kind::kText},
        {"timeout_ms", Kind::kInt},
        {"ordered", Kind::kTruth},
        {"max_concurrency", Kind::kInt},
        {"rate_per_second", Kind::kReal},
        {"rate_burst", Kind::kInt},
        {"max_attempts", Kind::kInt},
        {"min_backoff_ms", Kind::kInt},
        {"max_backoff_ms", Kind::kInt},
        {"backoff_multiplier", Kind::kReal},
        {"disable_reason", Kind::kInt},
        {"disable_time", Kind::kInt},
        {"secrets", Kind::kBytes},
        {"create_time", Kind::kInt},
        {"update_time", Kind::kInt},
        {"delete_time", Kind::kInt},
        {"failing_since", Kind::kInt}}},
      {"requests",
       false,
       false,
       {{"project", Kind::kInt},
        {"id", Kind::kBytes},
        {"fingerprint", Kind::kBytes},
        {"answer", Kind::kBytes},
        {"time", Kind::kInt},
        {"secrets", Kind::kBytes}}},
      {"stats",
       false,
       false,
       {{"day", Kind::kInt},
        {"owner", Kind::kInt},
        {"hour", Kind::kInt},
        {"slot", Kind::kInt},
        {"counted_to", Kind::kInt},
        {"total", Kind::kBytes},
        {"minutes", Kind::kBytes}}},
      {"stats_gaps", false, false, {{"start_time", Kind::kInt}, {"end_time", Kind::kInt}}},
      {"events",
       true,
       true,
       {{"key", Kind::kInt},
        {"project", Kind::kInt},
        {"type", Kind::kInt},
        {"webhook_count", Kind::kInt},
        {"event", Kind::kBytes},
        {"traceparent", Kind::kText},
        {"tracestate", Kind::kText}}},
      {"outcomes",
       true,
       true,
       {{"key", Kind::kInt},
        {"delivery_key", Kind::kInt},
        {"previous", Kind::kInt},
        {"next_attempt_time", Kind::kInt, kNextAttemptTime},
        {"attempt_count", Kind::kInt},
        {"state", Kind::kInt},
        {"response_status", Kind::kInt},
        {"error", Kind::kText},
        {"number", Kind::kInt},
        {"start_time", Kind::kInt},
        {"name_lookup", Kind::kInt},
        {"connect", Kind::kInt},
        {"tls", Kind::kInt},
        {"first_byte", Kind::kInt},
        {"total", Kind::kInt},
        {"request_headers", Kind::kBytes},
        {"response_headers", Kind::kBytes},
        {"response_body", Kind::kBytes},
        {"response_body_truncated", Kind::kTruth},
        {"error_class", Kind::kInt},
        {"details", Kind::kBytes}}},
      {"deliveries",
       true,
       true,
       {{"key", Kind::kInt},
        {"event_key", Kind::kInt},
        {"webhook_key", Kind::kInt},
        {"project", Kind::kInt},
        {"next_attempt_time", Kind::kInt, kNextAttemptTime},
        {"last_outcome", Kind::kInt},
        {"attempt_count", Kind::kInt},
        {"earlier_attempt_count", Kind::kInt},
        {"event_type", Kind::kInt},
        {"state", Kind::kInt},
        {"response_status", Kind::kInt},
        {"error", Kind::kText},
        {"error_class", Kind::kInt}}},
  };
  return *tables;
}

std::string MoveSelectSql(const MovedTable& table) {
  std::string columns;
  for (const MovedColumn& column : table.columns) {
    absl::StrAppend(&columns, columns.empty() ? "" : ", ",
                    column.read != nullptr ? column.read : column.name);
  }
  return absl::StrCat("SELECT ", columns, " FROM ", table.name,
                      table.has_key ? " WHERE key > ? ORDER BY key" : "");
}

std::string MoveInsertSql(const MovedTable& table) {
  std::string names, values, parameters;
  int number = 0;
  for (const MovedColumn& column : table.columns) {
    const char* const comma = number == 0 ? "" : ", ";
    const char* type = "bigint";
    if (column.kind == Kind::kReal) type = "double precision";
    if (column.kind == Kind::kText) type = "text";
    if (column.kind == Kind::kBytes) type = "bytea";
    absl::StrAppend(&names, comma, column.name);
    absl::StrAppend(&values, comma, "u.", column.name, column.kind == Kind::kTruth ? " <> 0" : "");
    absl::StrAppend(&parameters, comma, "$", ++number, "::", type, "[]");
  }
  // Existing rows were sent by a call that got no answer to its commit, or are of a table that begins again.
  return absl::StrCat("INSERT INTO ", table.name, " (", names, ") SELECT ", values, " FROM unnest(",
                      parameters, ") u (", names, ") ON CONFLICT DO NOTHING");
}

MoveBatch::MoveBatch(const MovedTable& table) : table_(table) {
  for (const MovedColumn& column : table.columns) arrays_.emplace_back(ArrayKind(column.kind));
}

void MoveBatch::Add(const Statement& row) {
  ++rows_;
  if (table_.has_key) last_key_ = row.Int(0);
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const int column = static_cast<int>(i);
    const Kind kind = table_.columns[i].kind;
    bytes_ += sizeof(int64_t);
    if (row.IsNull(column)) {
      arrays_[i].AddNull();
    } else if (kind == Kind::kReal) {
      arrays_[i].AddReal(row.Double(column));
    } else if (kind == Kind::kInt || kind == Kind::kTruth) {
      arrays_[i].Add(row.Int(column));
    } else {
      bytes_ += row.Text(column).size();
      arrays_[i].Add(row.Text(column));
    }
  }
}

bool MoveBatch::full() const { return rows_ >= kBatchRows || bytes_ >= kBatchBytes; }

PostgresParameters MoveBatch::parameters() const {
  PostgresParameters parameters;
  for (const PostgresArray& array : arrays_) parameters.Array(array);
  return parameters;
}

}  // namespace hookd
