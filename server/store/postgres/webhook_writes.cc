// The part of PostgresWrites for webhooks.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/codec/answer_codec.h"
#include "store/codec/event_types_codec.h"
#include "store/codec/secret_codec.h"
#include "store/postgres/reads.h"
#include "store/postgres/writes.h"
#include "store/store_errors.h"
#include "store/webhook_sql.h"

namespace hookd {
namespace {

// The parameters of UpdateWebhookSql.
PostgresParameters PutWebhook(const Webhook& webhook, const std::string& sealed_secrets) {
  const auto& rate = webhook.rate_limit;
  PostgresParameters row;
  row.Int(webhook.revision)
      .Text(webhook.url)
      .Int(EncodeEventTypes(webhook))
      .Bool(webhook.disabled)
      .Text(webhook.display_name)
      .Int(absl::ToInt64Milliseconds(webhook.timeout))
      .Int(absl::ToUnixMicros(webhook.update_time))
      .Bool(webhook.ordered)
      .Int(webhook.max_concurrency)
      .Double(rate.has_value() ? std::optional(rate->per_second) : std::nullopt)
      .Int(rate.has_value() ? std::optional<int64_t>(rate->burst) : std::nullopt)
      .Int(webhook.retry_policy.max_attempts)
      .Int(absl::ToInt64Milliseconds(webhook.retry_policy.min_backoff))
      .Int(absl::ToInt64Milliseconds(webhook.retry_policy.max_backoff))
      .Double(webhook.retry_policy.multiplier)
      .Int(static_cast<int64_t>(webhook.disable_reason))
      .Int(ToMicros(webhook.disabled ? std::optional(webhook.disable_time) : std::nullopt))
      .Bytes(absl::string_view(sealed_secrets));
  return row;
}

absl::Time ToTheMicrosecond(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

}  // namespace

// Locks the row, so that other edits wait.
WriteResult<Webhook> PostgresWrites::FindWebhook(const std::string& project, const std::string& id) {
  const auto found =
      Run(absl::StrCat("SELECT ", postgres::kWebhookColumns,
                       " WHERE p.name = $1 AND w.id = $2 AND w.delete_time IS NULL FOR UPDATE OF w"),
          PostgresParameters().Text(project).Text(id));
  if (!found.ok()) return found.status();
  if (found->size() == 0) return Refusal(WebhookNotFound(project, id));
  return WriteResult<Webhook>::Answer(postgres::ReadWebhook(*found, 0, *secrets_));
}

WriteResult<Store::Created> PostgresWrites::CreateWebhook(Webhook webhook,
                                                          const std::optional<RequestId>& request_id) {
  const auto project = ProjectKey(webhook.project);
  if (!project.ok()) return project.status();
  if (request_id.has_value()) {
    const auto known = Run("SELECT fingerprint, answer, secrets FROM requests WHERE project = $1 AND id = $2",
                           PostgresParameters().Int(*project).Bytes(absl::string_view(request_id->id)));
    if (!known.ok()) return known.status();
    if (known->size() > 0) {
      if (known->Text(0, 0) != request_id->fingerprint) return Refusal(RequestIdReused());
      return WriteResult<Store::Created>::Answer(
          FirstWebhookAnswer(known->Text(0, 1), known->Text(0, 2), *secrets_));
    }
  }
  if (!webhook.id.empty()) {
    const auto taken = FindWebhook(webhook.project, webhook.id);
    if (taken.ok()) return Refusal(WebhookExists(webhook.project, webhook.id));
    const WriteError missing = taken.status();
    if (!missing.refused || !absl::IsNotFound(missing.status)) return missing;
  }
  webhook.key = webhook.revision = TakeKeys(1);
  webhook.project_key = *project;
  if (webhook.id.empty()) webhook.id = EncodeId(webhook.key);
  webhook.create_time = webhook.update_time = ToTheMicrosecond(now_);

  static const auto* sql = new std::string(InsertWebhookSql('$'));
  const std::string sealed = secrets_->Seal(EncodeSecrets(webhook), SecretsContext(webhook.key));
  PostgresParameters row = PutWebhook(webhook, sealed);
  row.Int(webhook.key).Int(*project).Text(webhook.id).Int(absl::ToUnixMicros(webhook.create_time));
  Queue(*sql, std::move(row));
  if (request_id.has_value()) {
    Queue(
        "INSERT INTO requests (project, id, fingerprint, answer, time, secrets) VALUES ($1, $2, $3, $4, $5, "
        "$6)",
        PostgresParameters()
            .Int(*project)
            .Bytes(absl::string_view(request_id->id))
            .Bytes(absl::string_view(request_id->fingerprint))
            .Bytes(absl::string_view(EncodeAnswer(webhook)))
            .Int(absl::ToUnixMicros(now_))
            .Bytes(sealed.empty() ? std::nullopt : std::optional(sealed)));
    QueueRequestExpiry(1);
  }
  const absl::Status sent = SendQueued();
  if (!sent.ok()) return sent;
  notices_.ConfigurationChanged();
  return Store::Created{.webhook = std::move(webhook), .repeated = false};
}

WriteResult<Webhook> PostgresWrites::UpdateWebhook(const std::string& project, const std::string& id,
                                                   const Store::WebhookEdit& edit) {
  HOOKD_ASSIGN_OR_RETURN(Webhook webhook, FindWebhook(project, id));
  const absl::Status edited = edit(webhook);
  if (!edited.ok()) return Refusal(edited);
  // Above the last one, whichever process set it.
  SkipKeysTo(webhook.revision);
  webhook.revision = TakeKeys(1);
  webhook.update_time = ToTheMicrosecond(now_);
  static const auto* sql = new std::string(UpdateWebhookSql('$'));
  const std::string sealed = secrets_->Seal(EncodeSecrets(webhook), SecretsContext(webhook.key));
  PostgresParameters row = PutWebhook(webhook, sealed);
  row.Int(webhook.key);
  const auto updated = Run(*sql, std::move(row));
  if (!updated.ok()) return updated.status();
  notices_.ConfigurationChanged();
  return webhook;
}

WriteResult<Webhook> PostgresWrites::DeleteWebhook(const std::string& project, const std::string& id,
                                                   const std::function<absl::Status(const Webhook&)>& check) {
  HOOKD_ASSIGN_OR_RETURN(Webhook webhook, FindWebhook(project, id));
  const absl::Status checked = check(webhook);
  if (!checked.ok()) return Refusal(checked);
  // A new revision, so that other processes notice the change.
  SkipKeysTo(webhook.revision);
  const auto forgotten =
      Run("UPDATE webhooks SET url = '', event_types = 0, display_name = '', secrets = '', delete_time = $1, "
          "revision = $2 WHERE key = $3",
          PostgresParameters().Int(absl::ToUnixMicros(now_)).Int(TakeKeys(1)).Int(webhook.key));
  if (!forgotten.ok()) return forgotten.status();
  const auto health_deleted =
      Run("DELETE FROM webhook_health WHERE key = $1", PostgresParameters().Int(webhook.key));
  if (!health_deleted.ok()) return health_deleted.status();
  notices_.ConfigurationChanged();
  return webhook;
}

absl::Status PostgresWrites::SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) {
  return Run("UPDATE webhooks SET failing_since = $1 WHERE key = $2",
             PostgresParameters().Int(ToMicros(failing_since)).Int(webhook_key))
      .status();
}

}  // namespace hookd
