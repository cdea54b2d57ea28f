#include "delivery/webhooks.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/log.h"
#include "delivery/dispatcher.h"
#include "http/url.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

void LogChange(bool was_disabled, const Webhook& webhook) {
  const bool by_hookd = webhook.disabled && webhook.disable_reason != DisableReason::kRequested;
  const std::string name = NameOf(webhook);
  if (webhook.disabled == was_disabled) {
    LogInfo("webhook updated", {{"webhook", name}, {"endpoint", OriginOf(webhook.url)}});
  } else if (by_hookd) {
    LogWarning("webhook disabled", {{"webhook", name},
                                    {"endpoint", OriginOf(webhook.url)},
                                    {"reason", webhook.disable_reason == DisableReason::kGone
                                                   ? "its endpoint answered 410 Gone"
                                                   : "every attempt has failed for too long"}});
  } else {
    LogInfo(webhook.disabled ? "webhook disabled" : "webhook enabled", {{"webhook", name}});
  }
}

}  // namespace

std::string NameOf(const Webhook& webhook) {
  return absl::StrCat("projects/", webhook.project, "/webhooks/", webhook.id);
}

std::string EtagOf(const Webhook& webhook) { return EncodeId(webhook.revision); }

absl::Status CheckEtag(const Webhook& webhook, absl::string_view etag) {
  if (etag.empty() || etag == EtagOf(webhook)) return absl::OkStatus();
  return absl::AbortedError(
      "the webhook has changed since this etag was read: read it again and repeat the change");
}

void Webhooks::AnswerWhenKnown(Webhook webhook, Done done) {
  if (store_->cluster() == nullptr) return done(std::move(webhook));
  const int64_t key = webhook.key, revision = webhook.revision;
  store_->cluster()->AwaitKnown(key, revision,
                                [webhook = std::move(webhook), done = std::move(done)] { done(webhook); });
}

void Webhooks::Create(Webhook webhook, std::optional<RequestId> request_id, Done done) {
  store_->CreateWebhook(std::move(webhook), std::move(request_id),
                        [this, done = std::move(done)](absl::StatusOr<Store::Created> created) {
                          if (!created.ok()) return done(created.status());
                          if (!created->repeated) {
                            table_->Put({created->webhook});
                            LogInfo("webhook created", {{"webhook", NameOf(created->webhook)},
                                                        {"endpoint", OriginOf(created->webhook.url)}});
                          }
                          AnswerWhenKnown(std::move(created->webhook), done);
                        });
}

void Webhooks::Update(std::string project, std::string id, std::string etag, Store::WebhookEdit edit,
                      bool validate_only, Done done) {
  auto checked_edit = [etag = std::move(etag), edit = std::move(edit)](Webhook& webhook) {
    const absl::Status matches = CheckEtag(webhook, etag);
    return matches.ok() ? edit(webhook) : matches;
  };
  if (validate_only) {
    const auto stored = table_->Find(project, id);
    if (stored == nullptr) return done(WebhookNotFound(project, id));
    Webhook webhook = *stored;
    const absl::Status edited = checked_edit(webhook);
    return done(edited.ok() ? absl::StatusOr<Webhook>(std::move(webhook)) : edited);
  }
  store_->UpdateWebhook(std::move(project), std::move(id), std::move(checked_edit),
                        [this, done = std::move(done)](absl::StatusOr<Webhook> webhook) {
                          if (webhook.ok()) {
                            const auto before = table_->Find(webhook->key);
                            LogChange(before != nullptr && before->disabled, *webhook);
                            table_->Put({*webhook});
                            dispatcher_->WebhookChanged(webhook->key,
                                                        before != nullptr && before->url != webhook->url);
                            return AnswerWhenKnown(*std::move(webhook), done);
                          }
                          done(std::move(webhook));
                        });
}

void Webhooks::Delete(std::string project, std::string id, std::string etag, bool validate_only, Done done) {
  if (validate_only) {
    const auto stored = table_->Find(project, id);
    if (stored == nullptr) return done(WebhookNotFound(project, id));
    const absl::Status matches = CheckEtag(*stored, etag);
    return done(matches.ok() ? absl::StatusOr<Webhook>(*stored) : matches);
  }
  store_->DeleteWebhook(
      std::move(project), std::move(id),
      [etag = std::move(etag)](const Webhook& webhook) { return CheckEtag(webhook, etag); },
      [this, done = std::move(done)](absl::StatusOr<Webhook> webhook) {
        if (webhook.ok()) {
          table_->Remove(*webhook);
          LogInfo("webhook deleted", {{"webhook", NameOf(*webhook)}});
          dispatcher_->WebhookChanged(webhook->key);
        }
        done(std::move(webhook));
      });
}

void Webhooks::OnChanged(const Webhook& webhook) {
  const auto before = table_->Find(webhook.project, webhook.id);
  // This process made the change, or a later one.
  if (before != nullptr && before->revision >= webhook.revision) return;
  table_->Put({webhook});
  const bool is_same = before != nullptr && before->key == webhook.key;
  dispatcher_->WebhookChanged(webhook.key, is_same && before->url != webhook.url);
  if (before != nullptr && !is_same) dispatcher_->WebhookChanged(before->key);
}

void Webhooks::OnDeleted(int64_t key) {
  const auto before = table_->Find(key);
  if (before != nullptr) table_->Remove(*before);
  dispatcher_->WebhookChanged(key);
}

void SetDisabled(Webhook& webhook, bool disabled, DisableReason reason, absl::Time now) {
  if (disabled && webhook.disabled && webhook.disable_reason != DisableReason::kNone) return;
  webhook.disabled = disabled;
  webhook.disable_reason = disabled ? reason : DisableReason::kNone;
  // Records keep microseconds, so that the answer is the same before and after a restart.
  webhook.disable_time = disabled ? absl::FromUnixMicros(absl::ToUnixMicros(now)) : absl::Time();
}

}  // namespace hookd
