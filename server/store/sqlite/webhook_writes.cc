// The part of SqliteWrites for webhooks.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/codec/answer_codec.h"
#include "store/codec/event_types_codec.h"
#include "store/codec/secret_codec.h"
#include "store/sqlite/writes.h"
#include "store/store_errors.h"
#include "store/webhook_sql.h"

namespace hookd {
namespace {

// The parameters of UpdateWebhookSql. `sealed_secrets` must live until the statement has run.
void BindWebhook(Statement& row, const Webhook& webhook, const std::string& sealed_secrets) {
  row.Bind(1, webhook.revision)
      .BindText(2, webhook.url)
      .Bind(3, EncodeEventTypes(webhook))
      .Bind(4, webhook.disabled)
      .BindText(5, webhook.display_name)
      .Bind(6, absl::ToInt64Milliseconds(webhook.timeout))
      .Bind(7, absl::ToUnixMicros(webhook.update_time))
      .Bind(8, webhook.ordered)
      .Bind(9, webhook.max_concurrency)
      .Bind(12, webhook.retry_policy.max_attempts)
      .Bind(13, absl::ToInt64Milliseconds(webhook.retry_policy.min_backoff))
      .Bind(14, absl::ToInt64Milliseconds(webhook.retry_policy.max_backoff))
      .BindDouble(15, webhook.retry_policy.multiplier)
      .Bind(16, static_cast<int>(webhook.disable_reason));
  if (webhook.rate_limit.has_value()) {
    row.BindDouble(10, webhook.rate_limit->per_second).Bind(11, webhook.rate_limit->burst);
  } else {
    row.BindNull(10).BindNull(11);
  }
  BindTime(row, 17, webhook.disabled ? std::optional(webhook.disable_time) : std::nullopt);
  row.BindBlob(18, sealed_secrets);
}

}  // namespace

absl::StatusOr<Webhook> ReadWebhook(const Statement& row, const SecretBox& secrets) {
  Webhook webhook;
  webhook.key = row.Int(0);
  webhook.revision = row.Int(1);
  webhook.project = std::string(row.Text(2));
  webhook.project_key = row.Int(23);
  webhook.id = std::string(row.Text(3));
  webhook.url = std::string(row.Text(4));
  DecodeEventTypes(row.Int(5), webhook);
  webhook.disabled = row.Int(6) != 0;
  webhook.display_name = std::string(row.Text(7));
  webhook.timeout = absl::Milliseconds(row.Int(8));
  webhook.create_time = absl::FromUnixMicros(row.Int(9));
  webhook.update_time = absl::FromUnixMicros(row.Int(10));
  webhook.ordered = row.Int(11) != 0;
  webhook.max_concurrency = static_cast<int>(row.Int(12));
  if (!row.IsNull(13)) {
    webhook.rate_limit = RateLimit{.per_second = row.Double(13), .burst = static_cast<int>(row.Int(14))};
  }
  webhook.retry_policy = {.max_attempts = static_cast<int>(row.Int(15)),
                          .min_backoff = absl::Milliseconds(row.Int(16)),
                          .max_backoff = absl::Milliseconds(row.Int(17)),
                          .multiplier = row.Double(18)};
  webhook.disable_reason = static_cast<DisableReason>(row.Int(19));
  webhook.disable_time = ReadTime(row, 20).value_or(absl::Time());
  webhook.failing_since = ReadTime(row, 21);
  const auto opened = secrets.Open(row.Text(22), SecretsContext(webhook.key));
  if (!opened.ok()) return opened.status();
  if (!DecodeSecrets(*opened, webhook)) return SecretsDamaged();
  return webhook;
}

WriteResult<Webhook> SqliteWrites::FindWebhook(const std::string& project, const std::string& id) {
  static const auto* sql = new std::string(
      absl::StrCat("SELECT ", kWebhookColumns, " WHERE p.name = ? AND w.id = ? AND w.delete_time IS NULL"));
  const auto find = database_->Prepare(*sql);
  if (!find.ok()) return find.status();
  const auto found = (*find)->BindText(1, project).BindText(2, id).Step();
  if (!found.ok()) return found.status();
  if (!*found) return Refusal(WebhookNotFound(project, id));
  auto webhook = WriteResult<Webhook>::Answer(ReadWebhook(**find, *secrets_));
  (*find)->Reset();
  return webhook;
}

WriteResult<Store::Created> SqliteWrites::CreateWebhook(Webhook webhook,
                                                        const std::optional<RequestId>& request_id) {
  const auto project = ProjectKey(webhook.project);
  if (!project.ok()) return project.status();
  HOOKD_ASSIGN_OR_RETURN(const Answer answer, FindAnswer(*project, request_id));
  if (!answer.bytes.empty()) {
    return WriteResult<Store::Created>::Answer(
        FirstWebhookAnswer(answer.bytes, answer.sealed_secrets, *secrets_));
  }
  if (!webhook.id.empty()) {
    const auto taken = FindWebhook(webhook.project, webhook.id);
    if (taken.ok()) return Refusal(WebhookExists(webhook.project, webhook.id));
    const WriteError missing = taken.status();
    if (!missing.refused || !absl::IsNotFound(missing.status)) return missing;
  }
  const absl::Time now = clock_->Now();
  webhook.key = webhook.revision = keys_.Take(now, 1);
  webhook.project_key = *project;
  if (webhook.id.empty()) webhook.id = EncodeId(webhook.key);
  webhook.create_time = webhook.update_time = absl::FromUnixMicros(absl::ToUnixMicros(now));

  static const auto* sql = new std::string(InsertWebhookSql('?'));
  const auto insert = database_->Prepare(*sql);
  if (!insert.ok()) return insert.status();
  const std::string sealed = secrets_->Seal(EncodeSecrets(webhook), SecretsContext(webhook.key));
  BindWebhook(**insert, webhook, sealed);
  const absl::Status inserted =
      (*insert)
          ->Bind(kWrittenWebhookColumnCount + 1, webhook.key)
          .Bind(kWrittenWebhookColumnCount + 2, *project)
          .BindText(kWrittenWebhookColumnCount + 3, webhook.id)
          .Bind(kWrittenWebhookColumnCount + 4, absl::ToUnixMicros(webhook.create_time))
          .Run();
  if (!inserted.ok()) return inserted;
  if (request_id.has_value()) {
    const absl::Status kept =
        StoreAnswer(*project, *request_id, {.bytes = EncodeAnswer(webhook), .sealed_secrets = sealed});
    if (!kept.ok()) return kept;
  }
  return Store::Created{.webhook = std::move(webhook), .repeated = false};
}

WriteResult<Webhook> SqliteWrites::UpdateWebhook(const std::string& project, const std::string& id,
                                                 const Store::WebhookEdit& edit) {
  HOOKD_ASSIGN_OR_RETURN(Webhook webhook, FindWebhook(project, id));
  const absl::Status edited = edit(webhook);
  if (!edited.ok()) return Refusal(edited);
  const absl::Time now = clock_->Now();
  webhook.revision = keys_.Take(now, 1);
  webhook.update_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  static const auto* sql = new std::string(UpdateWebhookSql('?'));
  const auto update = database_->Prepare(*sql);
  if (!update.ok()) return update.status();
  const std::string sealed = secrets_->Seal(EncodeSecrets(webhook), SecretsContext(webhook.key));
  BindWebhook(**update, webhook, sealed);
  const absl::Status updated = (*update)->Bind(kWrittenWebhookColumnCount + 1, webhook.key).Run();
  if (!updated.ok()) return updated;
  return webhook;
}

WriteResult<Webhook> SqliteWrites::DeleteWebhook(const std::string& project, const std::string& id,
                                                 const std::function<absl::Status(const Webhook&)>& check) {
  HOOKD_ASSIGN_OR_RETURN(Webhook webhook, FindWebhook(project, id));
  const absl::Status checked = check(webhook);
  if (!checked.ok()) return Refusal(checked);
  const auto forget = database_->Prepare(
      "UPDATE webhooks SET url = '', event_types = 0, display_name = '', secrets = x'', delete_time = ? "
      "WHERE key = ?");
  if (!forget.ok()) return forget.status();
  const absl::Status forgotten =
      (*forget)->Bind(1, absl::ToUnixMicros(clock_->Now())).Bind(2, webhook.key).Run();
  if (!forgotten.ok()) return forgotten;
  const absl::Status health_deleted = DeleteHealth(webhook.key);
  if (!health_deleted.ok()) return health_deleted;
  return webhook;
}

absl::Status SqliteWrites::SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) {
  const auto update = database_->Prepare("UPDATE webhooks SET failing_since = ? WHERE key = ?");
  if (!update.ok()) return update.status();
  BindTime(**update, 1, failing_since);
  return (*update)->Bind(2, webhook_key).Run();
}

}  // namespace hookd
