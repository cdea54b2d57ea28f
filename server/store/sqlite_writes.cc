#include "store/sqlite_writes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/status.h"
#include "store/answer_codec.h"
#include "store/header_codec.h"
#include "store/sqlite_reads.h"

namespace hookd {
namespace {

// How many expired request ids are deleted for each that is kept: more than one, so that they run out.
constexpr int kExpiredPerKept = 4;

}  // namespace

absl::StatusOr<int64_t> SqliteWrites::ProjectKey(const std::string& project) {
  const auto known = project_keys_.find(project);
  if (known != project_keys_.end()) return known->second;
  const auto find = database_->Prepare("SELECT key FROM projects WHERE name = ?");
  if (!find.ok()) return find.status();
  const auto found = (*find)->BindText(1, project).Step();
  if (!found.ok()) return found.status();
  int64_t key = *found ? (*find)->Int(0) : 0;
  (*find)->Reset();
  if (!*found) {
    const auto insert = database_->Prepare("INSERT INTO projects (name) VALUES (?) RETURNING key");
    if (!insert.ok()) return insert.status();
    const auto inserted = (*insert)->BindText(1, project).Step();
    if (!inserted.ok()) return inserted.status();
    key = (*insert)->Int(0);
    // The row is complete only once the statement has come to its end.
    const auto end = (*insert)->Step();
    if (!end.ok()) return end.status();
  }
  project_keys_[project] = key;
  return key;
}

SqliteWrites::Result<SqliteWrites::Answer> SqliteWrites::FindAnswer(
    int64_t project, const std::optional<RequestId>& request_id) {
  if (!request_id.has_value()) return absl::StatusOr<Answer>(Answer());
  const auto find =
      database_->Prepare("SELECT fingerprint, answer, secrets FROM requests WHERE project = ? AND id = ?");
  if (!find.ok()) return find.status();
  const auto found = (*find)->Bind(1, project).BindText(2, request_id->id).Step();
  if (!found.ok()) return found.status();
  if (!*found) return absl::StatusOr<Answer>(Answer());
  absl::StatusOr<Answer> answer =
      Answer{.bytes = std::string((*find)->Text(1)), .sealed_secrets = std::string((*find)->Text(2))};
  if ((*find)->Text(0) != request_id->fingerprint) {
    answer = FieldError("request_id", "was used for a request with other content");
  }
  (*find)->Reset();
  return answer;
}

absl::Status SqliteWrites::KeepAnswer(int64_t project, const RequestId& request_id, const Answer& answer) {
  const absl::Time now = clock_->Now();
  const auto insert = database_->Prepare(
      "INSERT INTO requests (project, id, fingerprint, answer, time, secrets) VALUES (?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  if (answer.sealed_secrets.empty()) {
    (*insert)->BindNull(6);
  } else {
    (*insert)->BindBlob(6, answer.sealed_secrets);
  }
  const absl::Status inserted = (*insert)
                                    ->Bind(1, project)
                                    .BindText(2, request_id.id)
                                    .BindBlob(3, request_id.fingerprint)
                                    .BindBlob(4, answer.bytes)
                                    .Bind(5, absl::ToUnixMicros(now))
                                    .Run();
  if (!inserted.ok()) return inserted;
  const auto expire = database_->Prepare(
      "DELETE FROM requests WHERE (project, id) IN "
      "(SELECT project, id FROM requests WHERE time < ? ORDER BY time LIMIT ?)");
  if (!expire.ok()) return expire.status();
  return (*expire)
      ->Bind(1, absl::ToUnixMicros(now - limits::kRequestIdLifetime))
      .Bind(2, kExpiredPerKept)
      .Run();
}

SqliteWrites::Result<Store::Accepted> SqliteWrites::AcceptEvents(const std::string& project_name,
                                                                 const std::vector<NewEvent>& events,
                                                                 const std::optional<RequestId>& request_id) {
  using Refused = absl::StatusOr<Store::Accepted>;
  const auto project = ProjectKey(project_name);
  if (!project.ok()) return project.status();
  const auto answer = FindAnswer(*project, request_id);
  if (!answer.ok()) return answer.status();
  if (!answer->ok()) return Refused(answer->status());
  if (!(*answer)->bytes.empty()) {
    auto first = DecodeEventsAnswer((*answer)->bytes);
    if (!first.has_value())
      return Refused(absl::DataLossError("the first answer to this request id is damaged"));
    return Refused(Store::Accepted{.events = *std::move(first), .repeated = true});
  }
  const auto insert_event = database_->Prepare(
      "INSERT INTO events (key, project, type, webhook_count, event, traceparent, tracestate) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)");
  if (!insert_event.ok()) return insert_event.status();
  const auto insert_delivery = database_->Prepare(
      "INSERT INTO deliveries (key, event_key, webhook_key, project, event_type, state) VALUES (?, ?, ?, ?, "
      "?, 1)");
  if (!insert_delivery.ok()) return insert_delivery.status();

  const absl::Time now = clock_->Now();
  Store::Accepted accepted;
  accepted.events.reserve(events.size());
  for (const NewEvent& event : events) {
    const auto count = static_cast<int>(event.webhooks.size());
    const int64_t key = keys_.Take(now, 1 + count);
    if (event.trace == nullptr) {
      (*insert_event)->BindNull(6).BindNull(7);
    } else {
      (*insert_event)->BindText(6, event.trace->parent).BindText(7, event.trace->state);
    }
    const absl::Status inserted = (*insert_event)
                                      ->Bind(1, key)
                                      .Bind(2, *project)
                                      .Bind(3, event.type)
                                      .Bind(4, count)
                                      .BindBlob(5, event.event)
                                      .Run();
    if (!inserted.ok()) return inserted;
    (*insert_delivery)->Bind(2, key).Bind(4, *project).Bind(5, event.type);
    int64_t delivery_key = key;
    for (int64_t webhook : event.webhooks) {
      const absl::Status delivery = (*insert_delivery)->Bind(1, ++delivery_key).Bind(3, webhook).Run();
      if (!delivery.ok()) return delivery;
    }
    accepted.events.push_back({.key = key, .emit_time = TimeOfKey(key), .webhook_count = count});
  }
  if (request_id.has_value()) {
    const absl::Status kept =
        KeepAnswer(*project, *request_id, {.bytes = EncodeAnswer(accepted.events), .sealed_secrets = {}});
    if (!kept.ok()) return kept;
  }
  return Refused(std::move(accepted));
}

absl::StatusOr<int64_t> SqliteWrites::RecordOutcome(const Outcome& outcome) {
  const int64_t key = keys_.Take(clock_->Now(), 1);
  // By itself, and not INSERT ... SELECT: of a statement that may write several rows SQLite keeps what it
  // changes, to undo it alone, which costs a tenth of the writes.
  const auto find =
      database_->Prepare("SELECT last_outcome, attempt_count, response_status FROM deliveries WHERE key = ?");
  if (!find.ok()) return find.status();
  const auto found = (*find)->Bind(1, outcome.delivery_key).Step();
  if (!found.ok()) return found.status();
  if (!*found) return key;
  const bool first = (*find)->IsNull(0);
  const int64_t previous = (*find)->Int(0);
  int64_t attempt_count = (*find)->Int(1);
  int64_t response_status = (*find)->Int(2);
  (*find)->Reset();
  if (outcome.attempt.has_value()) {
    attempt_count = outcome.attempt->number;
    response_status = outcome.attempt->response_status;
  }

  const auto insert = database_->Prepare(
      "INSERT INTO outcomes (key, delivery_key, previous, state, attempt_count, response_status, "
      "next_attempt_time, error, number, start_time, name_lookup, connect, tls, first_byte, total, "
      "request_headers, response_headers, response_body, response_body_truncated) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  Statement& row = **insert;
  row.Bind(1, key)
      .Bind(2, outcome.delivery_key)
      .Bind(4, static_cast<int>(outcome.state))
      .Bind(5, attempt_count)
      .Bind(6, response_status)
      .BindText(8, outcome.error);
  if (first) {
    row.BindNull(3);
  } else {
    row.Bind(3, previous);
  }
  BindTime(row, 7, outcome.next_attempt_time);
  // What the row points to until it has run.
  std::string request_headers, response_headers;
  if (outcome.attempt.has_value()) {
    const Attempt& attempt = *outcome.attempt;
    request_headers = EncodeHeaders(attempt.request_headers);
    response_headers = EncodeHeaders(attempt.response_headers);
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
        .Bind(19, attempt.response_body_truncated);
  } else {
    row.Bind(9, 0);
    for (int i = 10; i <= 19; ++i) row.BindNull(i);
  }
  const absl::Status inserted = row.Run();
  if (!inserted.ok()) return inserted;

  const auto update = database_->Prepare(
      "UPDATE deliveries SET state = ?, error = ?, attempt_count = ?, response_status = ?, "
      "next_attempt_time = ?, last_outcome = ? WHERE key = ?");
  if (!update.ok()) return update.status();
  (*update)
      ->Bind(1, static_cast<int>(outcome.state))
      .BindText(2, outcome.error)
      .Bind(3, attempt_count)
      .Bind(4, response_status)
      .Bind(6, key)
      .Bind(7, outcome.delivery_key);
  BindTime(**update, 5, outcome.next_attempt_time);
  const absl::Status updated = (*update)->Run();
  if (!updated.ok()) return updated;
  return key;
}

SqliteWrites::Result<std::vector<Delivery>> SqliteWrites::RetryDeliveries(const std::string& project,
                                                                          const std::vector<int64_t>& keys,
                                                                          absl::Time next_attempt_time) {
  const auto update = database_->Prepare(
      "UPDATE deliveries SET state = 1, next_attempt_time = ?, earlier_attempt_count = attempt_count "
      "WHERE key = ? AND state <> 1 AND project = (SELECT key FROM projects WHERE name = ?) AND EXISTS "
      "(SELECT 1 FROM webhooks w WHERE w.key = webhook_key AND w.delete_time IS NULL) RETURNING key");
  if (!update.ok()) return update.status();
  std::vector<Delivery> retried;
  for (int64_t key : keys) {
    const auto changed =
        (*update)->Bind(1, absl::ToUnixMicros(next_attempt_time)).Bind(2, key).BindText(3, project).Step();
    if (!changed.ok()) return changed.status();
    if (!*changed) continue;
    // The row is complete only once the statement has come to its end.
    const auto end = (*update)->Step();
    if (!end.ok()) return end.status();
    auto delivery = sqlite::ReadDelivery(*database_, key);
    if (!delivery.ok()) return delivery.status();
    retried.push_back(*std::move(delivery));
  }
  return absl::StatusOr<std::vector<Delivery>>(std::move(retried));
}

}  // namespace hookd
