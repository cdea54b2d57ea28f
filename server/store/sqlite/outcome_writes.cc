// The part of SqliteWrites that records outcomes.
#include <optional>
#include <string>

#include "store/codec/attempt_codec.h"
#include "store/codec/header_codec.h"
#include "store/sqlite/writes.h"

namespace hookd {
namespace {

// The state of a delivery with its outcome, and before it.
struct Standing {
  std::optional<int64_t> previous_outcome;
  int64_t attempt_count = 0;
  int64_t response_status = 0;
  int64_t error_class = 0;
};

// Nothing if there is no such delivery. A separate statement rather than INSERT ... SELECT: SQLite keeps a
// journal for a statement that may write several rows, which costs a tenth of the writes.
absl::StatusOr<std::optional<Standing>> ReadStanding(Database& database, int64_t delivery_key) {
  const auto find = database.Prepare(
      "SELECT last_outcome, attempt_count, response_status, error_class FROM deliveries WHERE key = ?");
  if (!find.ok()) return find.status();
  const auto found = (*find)->Bind(1, delivery_key).Step();
  if (!found.ok()) return found.status();
  if (!*found) return std::nullopt;
  Standing standing{
      .attempt_count = (*find)->Int(1), .response_status = (*find)->Int(2), .error_class = (*find)->Int(3)};
  if (!(*find)->IsNull(0)) standing.previous_outcome = (*find)->Int(0);
  (*find)->Reset();
  return standing;
}

absl::Status InsertOutcome(Database& database, int64_t key, const Outcome& outcome,
                           const Standing& standing) {
  const auto insert = database.Prepare(
      "INSERT INTO outcomes (key, delivery_key, previous, state, attempt_count, response_status, "
      "next_attempt_time, error, number, start_time, name_lookup, connect, tls, first_byte, total, "
      "request_headers, response_headers, response_body, response_body_truncated, error_class, details) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  Statement& row = **insert;
  row.Bind(1, key)
      .Bind(2, outcome.delivery_key)
      .Bind(4, static_cast<int>(outcome.state))
      .Bind(5, standing.attempt_count)
      .Bind(6, standing.response_status)
      .BindText(8, outcome.error)
      .Bind(20, standing.error_class);
  if (standing.previous_outcome.has_value()) {
    row.Bind(3, *standing.previous_outcome);
  } else {
    row.BindNull(3);
  }
  BindTime(row, 7, outcome.next_attempt_time);
  // The row refers to this until the statement has run.
  std::string request_headers, response_headers, details;
  if (outcome.attempt.has_value()) {
    const Attempt& attempt = *outcome.attempt;
    request_headers = EncodeHeaders(attempt.request_headers);
    response_headers = EncodeHeaders(attempt.response_headers);
    details = EncodeDetails(attempt);
    row.Bind(9, attempt.number)
        .Bind(10, absl::ToUnixMicros(attempt.start_time))
        .Bind(11, absl::ToInt64Microseconds(attempt.name_lookup))
        .Bind(12, absl::ToInt64Microseconds(attempt.connect))
        .Bind(13, absl::ToInt64Microseconds(attempt.tls))
        .Bind(14, absl::ToInt64Microseconds(attempt.first_byte))
        .Bind(15, absl::ToInt64Microseconds(attempt.total))
        .BindBlob(16, request_headers)
        .BindBlob(17, response_headers)
        .BindBlob(18, attempt.response_body)
        .Bind(19, attempt.response_body_truncated)
        .BindBlob(21, details);
  } else {
    row.Bind(9, 0);
    for (int i = 10; i <= 19; ++i) row.BindNull(i);
    row.BindNull(21);
  }
  return row.Run();
}

// `unwritten`: the delivery, if it has no row yet.
absl::Status WriteDelivery(Database& database, int64_t outcome_key, const Outcome& outcome,
                           const Standing& standing,
                           const std::optional<UnwrittenDeliveries::Delivery>& unwritten) {
  const auto write = database.Prepare(
      unwritten.has_value()
          ? "INSERT INTO deliveries (state, error, attempt_count, response_status, next_attempt_time, "
            "last_outcome, key, error_class, event_key, webhook_key, project, event_type) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
          : "UPDATE deliveries SET state = ?, error = ?, attempt_count = ?, response_status = ?, "
            "next_attempt_time = ?, last_outcome = ?, error_class = ?8 WHERE key = ?7");
  if (!write.ok()) return write.status();
  Statement& row = **write;
  row.Bind(1, static_cast<int>(outcome.state))
      .BindText(2, outcome.error)
      .Bind(3, standing.attempt_count)
      .Bind(4, standing.response_status)
      .Bind(6, outcome_key)
      .Bind(7, outcome.delivery_key)
      .Bind(8, standing.error_class);
  BindTime(row, 5, outcome.next_attempt_time);
  if (unwritten.has_value()) {
    row.Bind(9, unwritten->event_key)
        .Bind(10, unwritten->webhook_key)
        .Bind(11, unwritten->project)
        .Bind(12, unwritten->event_type);
  }
  return row.Run();
}

}  // namespace

absl::Status SqliteWrites::RecordOutcome(Record* record) {
  const Outcome& outcome = record->outcome;
  record->key = keys_.Take(clock_->Now(), 1);
  const auto unwritten = unwritten_.Take(outcome.delivery_key);
  Standing standing;
  if (!unwritten.has_value()) {
    const auto found = ReadStanding(*database_, outcome.delivery_key);
    if (!found.ok()) return found.status();
    if (!found->has_value()) return absl::OkStatus();
    standing = **found;
  }
  if (outcome.attempt.has_value()) {
    standing.attempt_count = outcome.attempt->number;
    standing.response_status = outcome.attempt->response_status;
    standing.error_class = static_cast<int64_t>(outcome.attempt->error_class);
  }
  const absl::Status inserted = InsertOutcome(*database_, record->key, outcome, standing);
  if (!inserted.ok()) return inserted;
  return WriteDelivery(*database_, record->key, outcome, standing, unwritten);
}

}  // namespace hookd
