#include "store/sqlite/writes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "store/codec/answer_codec.h"
#include "store/sqlite/reads.h"
#include "store/store_errors.h"

namespace hookd {
absl::Status SqliteWrites::Commit() {
  absl::Status status = unwritten_.WriteOld(keys_.last());
  if (status.ok()) status = database_->Execute("COMMIT");
  if (status.ok()) unwritten_.Committed();
  return status;
}

void SqliteWrites::Rollback() {
  // SQLite rolls back by itself after some errors.
  if (database_->InTransaction()) database_->Execute("ROLLBACK").IgnoreError();
  // What the transaction created may not exist.
  unwritten_.RolledBack();
  project_keys_.clear();
  purged_to_ = delivered_purged_to_ = 0;
  shrinking_ = false;
  project_purge_.Restart();
}

absl::Status SqliteWrites::TryWrite() {
  // Writes the file's first page as it is.
  const auto version = database_->QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  return database_->Execute(absl::StrCat("PRAGMA user_version = ", *version));
}

absl::Status SqliteWrites::NoteTime(absl::Time time) {
  const auto update = database_->Prepare("UPDATE passed SET time = max(time, ?)");
  if (!update.ok()) return update.status();
  return (*update)->Bind(1, absl::ToUnixMicros(time)).Run();
}

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
    const auto insert =
        database_->Prepare("INSERT INTO projects (name, create_time) VALUES (?, ?) RETURNING key");
    if (!insert.ok()) return insert.status();
    const auto inserted = (*insert)->BindText(1, project).Bind(2, absl::ToUnixMicros(clock_->Now())).Step();
    if (!inserted.ok()) return inserted.status();
    key = (*insert)->Int(0);
    // The row is written only once the statement has run to its end.
    const auto end = (*insert)->Step();
    if (!end.ok()) return end.status();
  }
  project_keys_[project] = key;
  return key;
}

WriteResult<SqliteWrites::Answer> SqliteWrites::FindAnswer(int64_t project,
                                                           const std::optional<RequestId>& request_id) {
  if (!request_id.has_value()) return Answer();
  const auto find =
      database_->Prepare("SELECT fingerprint, answer, secrets FROM requests WHERE project = ? AND id = ?");
  if (!find.ok()) return find.status();
  const auto found = (*find)->Bind(1, project).BindText(2, request_id->id).Step();
  if (!found.ok()) return found.status();
  if (!*found) return Answer();
  Answer answer{.bytes = std::string((*find)->Text(1)), .sealed_secrets = std::string((*find)->Text(2))};
  const bool same = (*find)->Text(0) == request_id->fingerprint;
  (*find)->Reset();
  if (!same) return Refusal(RequestIdReused());
  return answer;
}

absl::Status SqliteWrites::StoreAnswer(int64_t project, const RequestId& request_id, const Answer& answer) {
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
      .Bind(2, kExpiredAnswersPerKept)
      .Run();
}

absl::Status SqliteWrites::AcceptEvents(Accept* accept) {
  const absl::Status room = check_room_();
  if (!room.ok()) {
    accept->answer = room;
    return absl::OkStatus();
  }
  WriteResult<Store::Accepted> inserted = Insert(*accept);
  if (inserted.is_engine_error()) return inserted.status().status;
  accept->answer = std::move(inserted).TakeAnswer();
  return absl::OkStatus();
}

WriteResult<Store::Accepted> SqliteWrites::Insert(const Accept& accept) {
  const auto project = ProjectKey(accept.project);
  if (!project.ok()) return project.status();
  HOOKD_ASSIGN_OR_RETURN(const Answer answer, FindAnswer(*project, accept.request_id));
  if (!answer.bytes.empty()) {
    auto first = DecodeEventsAnswer(answer.bytes);
    if (!first.has_value()) return Refusal(AnswerDamaged());
    return Store::Accepted{.events = *std::move(first), .repeated = true};
  }
  const auto insert_event = database_->Prepare(
      "INSERT INTO events (key, project, type, webhook_count, event, traceparent, tracestate, webhooks) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert_event.ok()) return insert_event.status();

  const absl::Time now = clock_->Now();
  Store::Accepted accepted;
  accepted.project_key = *project;
  accepted.events.reserve(accept.events.size());
  for (const NewEvent& event : accept.events) {
    const auto count = static_cast<int>(event.webhooks.size());
    const int64_t key = keys_.Take(now, 1 + count);
    if (event.trace == nullptr) {
      (*insert_event)->BindNull(6).BindNull(7);
    } else {
      (*insert_event)->BindText(6, event.trace->parent).BindText(7, event.trace->state);
    }
    const std::string webhooks = absl::StrCat("[", absl::StrJoin(event.webhooks, ","), "]");
    const absl::Status inserted = (*insert_event)
                                      ->Bind(1, key)
                                      .Bind(2, *project)
                                      .Bind(3, event.type)
                                      .Bind(4, count)
                                      .BindBlob(5, event.event)
                                      .BindText(8, webhooks)
                                      .Run();
    if (!inserted.ok()) return inserted;
    int64_t delivery_key = key;
    for (int64_t webhook : event.webhooks) {
      unwritten_.Add(
          ++delivery_key,
          {.event_key = key, .webhook_key = webhook, .project = *project, .event_type = event.type});
    }
    accepted.events.push_back({.key = key, .emit_time = TimeOfKey(key), .webhook_count = count});
  }
  if (accept.request_id.has_value()) {
    const absl::Status kept = StoreAnswer(*project, *accept.request_id,
                                          {.bytes = EncodeAnswer(accepted.events), .sealed_secrets = {}});
    if (!kept.ok()) return kept;
  }
  return accepted;
}

WriteResult<std::vector<Delivery>> SqliteWrites::RetryDeliveries(const std::string& project,
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
    // The row is written only once the statement has run to its end.
    const auto end = (*update)->Step();
    if (!end.ok()) return end.status();
    auto delivery = sqlite::ReadDelivery(*database_, key);
    if (!delivery.ok()) return delivery.status();
    retried.push_back(*std::move(delivery));
  }
  return retried;
}

}  // namespace hookd
