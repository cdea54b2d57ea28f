#include "store/sqlite_writes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/status.h"
#include "store/answer_codec.h"

namespace hookd {
namespace {

absl::Status NoSuchWebhook(absl::string_view project, absl::string_view id) {
  return absl::NotFoundError(absl::StrCat("there is no webhook ", id, " in project ", project));
}

// How many expired request ids are deleted for each that is kept: more than one, so that they run out.
constexpr int kExpiredPerKept = 4;

}  // namespace

Webhook ReadWebhook(const Statement& row) {
  Webhook webhook;
  webhook.key = row.Int(0);
  webhook.revision = row.Int(1);
  webhook.project = std::string(row.Text(2));
  webhook.id = std::string(row.Text(3));
  webhook.url = std::string(row.Text(4));
  webhook.event_types = EventTypes(static_cast<uint64_t>(row.Int(5)));
  webhook.disabled = row.Int(6) != 0;
  webhook.display_name = std::string(row.Text(7));
  webhook.timeout = absl::Milliseconds(row.Int(8));
  webhook.create_time = absl::FromUnixMicros(row.Int(9));
  webhook.update_time = absl::FromUnixMicros(row.Int(10));
  return webhook;
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

SqliteWrites::Result<std::string> SqliteWrites::FindAnswer(int64_t project,
                                                           const std::optional<RequestId>& request_id) {
  if (!request_id.has_value()) return absl::StatusOr<std::string>("");
  const auto find =
      database_->Prepare("SELECT fingerprint, answer FROM requests WHERE project = ? AND id = ?");
  if (!find.ok()) return find.status();
  const auto found = (*find)->Bind(1, project).BindText(2, request_id->id).Step();
  if (!found.ok()) return found.status();
  if (!*found) return absl::StatusOr<std::string>("");
  absl::StatusOr<std::string> answer = std::string((*find)->Text(1));
  if ((*find)->Text(0) != request_id->fingerprint) {
    answer = FieldError("request_id", "was used for a request with other content");
  }
  (*find)->Reset();
  return answer;
}

absl::Status SqliteWrites::KeepAnswer(int64_t project, const RequestId& request_id,
                                      const std::string& answer) {
  const absl::Time now = clock_->Now();
  const auto insert = database_->Prepare(
      "INSERT INTO requests (project, id, fingerprint, answer, time) VALUES (?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  const absl::Status inserted = (*insert)
                                    ->Bind(1, project)
                                    .BindText(2, request_id.id)
                                    .BindBlob(3, request_id.fingerprint)
                                    .BindBlob(4, answer)
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

SqliteWrites::Result<Webhook> SqliteWrites::FindWebhook(const std::string& project, const std::string& id) {
  static const auto* sql = new std::string(
      absl::StrCat("SELECT ", kWebhookColumns, " WHERE p.name = ? AND w.id = ? AND w.delete_time IS NULL"));
  const auto find = database_->Prepare(*sql);
  if (!find.ok()) return find.status();
  const auto found = (*find)->BindText(1, project).BindText(2, id).Step();
  if (!found.ok()) return found.status();
  if (!*found) return absl::StatusOr<Webhook>(NoSuchWebhook(project, id));
  Webhook webhook = ReadWebhook(**find);
  (*find)->Reset();
  return absl::StatusOr<Webhook>(std::move(webhook));
}

SqliteWrites::Result<Store::Created> SqliteWrites::CreateWebhook(Webhook webhook,
                                                                 const std::optional<RequestId>& request_id) {
  using Refused = absl::StatusOr<Store::Created>;
  const auto project = ProjectKey(webhook.project);
  if (!project.ok()) return project.status();
  const auto answer = FindAnswer(*project, request_id);
  if (!answer.ok()) return answer.status();
  if (!answer->ok()) return Refused(answer->status());
  if (!(*answer)->empty()) {
    auto first = DecodeWebhookAnswer(**answer);
    // The fingerprint covers the method: what it is not is unreadable.
    if (!first.has_value())
      return Refused(absl::DataLossError("the first answer to this request id is damaged"));
    return Refused(Store::Created{.webhook = *std::move(first), .repeated = true});
  }
  if (!webhook.id.empty()) {
    const auto taken = FindWebhook(webhook.project, webhook.id);
    if (!taken.ok()) return taken.status();
    if (taken->ok()) {
      return Refused(absl::AlreadyExistsError(
          absl::StrCat("project ", webhook.project, " has a webhook ", webhook.id, " already")));
    }
  }
  const absl::Time now = clock_->Now();
  webhook.key = webhook.revision = keys_.Take(now, 1);
  if (webhook.id.empty()) webhook.id = EncodeId(webhook.key);
  webhook.create_time = webhook.update_time = absl::FromUnixMicros(absl::ToUnixMicros(now));

  const auto insert = database_->Prepare(
      "INSERT INTO webhooks (key, project, id, revision, url, event_types, disabled, display_name, "
      "timeout_ms, "
      "create_time, update_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  const absl::Status inserted = (*insert)
                                    ->Bind(1, webhook.key)
                                    .Bind(2, *project)
                                    .BindText(3, webhook.id)
                                    .Bind(4, webhook.revision)
                                    .BindText(5, webhook.url)
                                    .Bind(6, static_cast<int64_t>(webhook.event_types.to_ullong()))
                                    .Bind(7, webhook.disabled)
                                    .BindText(8, webhook.display_name)
                                    .Bind(9, absl::ToInt64Milliseconds(webhook.timeout))
                                    .Bind(10, absl::ToUnixMicros(webhook.create_time))
                                    .Bind(11, absl::ToUnixMicros(webhook.update_time))
                                    .Run();
  if (!inserted.ok()) return inserted;
  if (request_id.has_value()) {
    const absl::Status kept = KeepAnswer(*project, *request_id, EncodeAnswer(webhook));
    if (!kept.ok()) return kept;
  }
  return Refused(Store::Created{.webhook = std::move(webhook), .repeated = false});
}

SqliteWrites::Result<Webhook> SqliteWrites::UpdateWebhook(const std::string& project, const std::string& id,
                                                          const Store::WebhookEdit& edit) {
  auto found = FindWebhook(project, id);
  if (!found.ok() || !found->ok()) return found;
  Webhook webhook = **std::move(found);
  const absl::Status edited = edit(webhook);
  if (!edited.ok()) return absl::StatusOr<Webhook>(edited);
  const absl::Time now = clock_->Now();
  webhook.revision = keys_.Take(now, 1);
  webhook.update_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  const auto update = database_->Prepare(
      "UPDATE webhooks SET revision = ?, url = ?, event_types = ?, disabled = ?, display_name = ?, "
      "timeout_ms = ?, "
      "update_time = ? WHERE key = ?");
  if (!update.ok()) return update.status();
  const absl::Status updated = (*update)
                                   ->Bind(1, webhook.revision)
                                   .BindText(2, webhook.url)
                                   .Bind(3, static_cast<int64_t>(webhook.event_types.to_ullong()))
                                   .Bind(4, webhook.disabled)
                                   .BindText(5, webhook.display_name)
                                   .Bind(6, absl::ToInt64Milliseconds(webhook.timeout))
                                   .Bind(7, absl::ToUnixMicros(webhook.update_time))
                                   .Bind(8, webhook.key)
                                   .Run();
  if (!updated.ok()) return updated;
  return absl::StatusOr<Webhook>(std::move(webhook));
}

SqliteWrites::Result<Webhook> SqliteWrites::DeleteWebhook(
    const std::string& project, const std::string& id,
    const std::function<absl::Status(const Webhook&)>& check) {
  auto found = FindWebhook(project, id);
  if (!found.ok() || !found->ok()) return found;
  const absl::Status checked = check(**found);
  if (!checked.ok()) return absl::StatusOr<Webhook>(checked);
  const auto forget = database_->Prepare(
      "UPDATE webhooks SET url = '', event_types = 0, display_name = '', delete_time = ? WHERE key = ?");
  if (!forget.ok()) return forget.status();
  const absl::Status forgotten =
      (*forget)->Bind(1, absl::ToUnixMicros(clock_->Now())).Bind(2, (*found)->key).Run();
  if (!forgotten.ok()) return forgotten;
  return found;
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
  if (!(*answer)->empty()) {
    auto first = DecodeEventsAnswer(**answer);
    if (!first.has_value())
      return Refused(absl::DataLossError("the first answer to this request id is damaged"));
    return Refused(Store::Accepted{.events = *std::move(first), .repeated = true});
  }
  const auto insert_event = database_->Prepare(
      "INSERT INTO events (key, project, type, webhook_count, event) VALUES (?, ?, ?, ?, ?)");
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
    const absl::Status kept = KeepAnswer(*project, *request_id, EncodeAnswer(accepted.events));
    if (!kept.ok()) return kept;
  }
  return Refused(std::move(accepted));
}

absl::Status SqliteWrites::RecordOutcome(const Outcome& outcome) {
  const auto update = database_->Prepare(
      "UPDATE deliveries SET state = ?, error = ?, attempt_count = coalesce(?, attempt_count), "
      "response_status = coalesce(?, response_status) WHERE key = ?");
  if (!update.ok()) return update.status();
  (*update)
      ->Bind(1, static_cast<int>(outcome.state))
      .BindText(2, outcome.error)
      .Bind(5, outcome.delivery_key);
  if (!outcome.attempt.has_value()) return (*update)->BindNull(3).BindNull(4).Run();
  const Attempt& attempt = *outcome.attempt;
  const absl::Status updated = (*update)->Bind(3, attempt.number).Bind(4, attempt.response_status).Run();
  if (!updated.ok()) return updated;
  const auto insert = database_->Prepare(
      "INSERT OR REPLACE INTO attempts (delivery_key, number, start_time, name_lookup, connect, tls, "
      "first_byte, total, "
      "response_status, error, response_body, response_body_truncated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?)");
  if (!insert.ok()) return insert.status();
  return (*insert)
      ->Bind(1, outcome.delivery_key)
      .Bind(2, attempt.number)
      .Bind(3, absl::ToUnixMicros(attempt.start_time))
      .Bind(4, absl::ToInt64Microseconds(attempt.name_lookup))
      .Bind(5, absl::ToInt64Microseconds(attempt.connect))
      .Bind(6, absl::ToInt64Microseconds(attempt.tls))
      .Bind(7, absl::ToInt64Microseconds(attempt.first_byte))
      .Bind(8, absl::ToInt64Microseconds(attempt.total))
      .Bind(9, attempt.response_status)
      .BindText(10, attempt.error)
      .BindBlob(11, attempt.response_body)
      .Bind(12, attempt.response_body_truncated)
      .Run();
}

}  // namespace hookd
