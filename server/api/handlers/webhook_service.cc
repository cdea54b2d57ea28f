#include "api/handlers/webhook_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/page.h"
#include "api/conversion/page_token.h"
#include "api/conversion/webhook_conversion.h"
#include "api/conversion/webhook_query.h"
#include "api/handlers/webhook_update.h"
#include "api/validation/webhook_credentials.h"
#include "base/fingerprint.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "delivery/attempts/signing.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

constexpr absl::string_view kAllProjects = "projects/-";

// Sends a webhook, or the error, as the reply of a call. `show_secret` includes the signing secret.
Webhooks::Done ReplyWithWebhook(Reply<v1::Webhook> reply, std::string name, bool show_secret = false) {
  return [reply, name = std::move(name), show_secret](absl::StatusOr<Webhook> webhook) {
    if (!webhook.ok()) return reply.Fail(webhook.status(), name);
    v1::Webhook response;
    ToProto(*webhook, response);
    if (show_secret) ShowSigningSecret(*webhook, response);
    reply.Send(response);
  };
}

// The number without rounding.
std::string Exactly(double number) { return absl::StrFormat("%a", number); }

// The fields that a caller sets and that are secrets or related to secrets.
std::string CredentialsOf(const Webhook& webhook, const SigningChoice& signing) {
  const BasicAuth auth = webhook.basic_auth.value_or(BasicAuth());
  const ClientCertificate certificate = webhook.client_certificate.value_or(ClientCertificate());
  return absl::StrCat(static_cast<int>(signing.algorithm), "\n", signing.secret.value_or(SigningSecret()).key,
                      "\n", absl::StrJoin(webhook.headers, "\n", absl::PairFormatter(":")), "\n",
                      auth.username, "\n", auth.password, "\n", certificate.certificate_chain, "\n",
                      certificate.private_key, "\n", webhook.tls_ca);
}

// A fingerprint of every field that a caller sets. Creates with the same request id must have the same one.
std::string FingerprintOf(const Webhook& webhook, const SigningChoice& signing) {
  const RateLimit limit = webhook.rate_limit.value_or(RateLimit());
  const RetryPolicy& policy = webhook.retry_policy;
  return Fingerprint(absl::StrCat(
      "CreateWebhook\n", webhook.project, "\n", webhook.id, "\n", webhook.url, "\n",
      webhook.all_event_types ? "all" : absl::StrCat(webhook.event_types.to_ullong()), "\n", webhook.disabled,
      "\n", absl::FormatDuration(webhook.timeout), "\n", webhook.ordered, "\n", webhook.max_concurrency, "\n",
      limit.burst, "\n", Exactly(limit.per_second), "\n", policy.max_attempts, "\n",
      absl::FormatDuration(policy.min_backoff), "\n", absl::FormatDuration(policy.max_backoff), "\n",
      Exactly(policy.multiplier), "\n", CredentialsOf(webhook, signing), "\n", webhook.display_name));
}

}  // namespace

void WebhookService::CheckEgress(const std::string& url, FieldViolations& violations) const {
  if (url.empty()) return;
  const absl::Status status = egress_->CheckUrl(url);
  if (!status.ok()) violations.Add("webhook.url", status.message());
}

Webhook WebhookService::ReadNew(const std::vector<WebhookField>& fields, const v1::Webhook& proto,
                                SigningChoice& signing, FieldViolations& violations) const {
  Webhook webhook = ReadWebhook(fields, proto, clock_->Now(), violations);
  CheckEgress(webhook.url, violations);
  RequireCredentials(webhook, violations);
  signing = ReadSigningChoice(proto.signing_secret(), proto.signing_algorithm(),
                              SigningAlgorithm::kHmacSha256, "webhook.", violations);
  return webhook;
}

void WebhookService::CreateWebhook(const CallContext&, const v1::CreateWebhookRequest& request,
                                   Reply<v1::Webhook> reply) {
  FieldViolations violations;
  Webhook webhook;
  SigningChoice signing;
  if (request.has_webhook()) {
    webhook = ReadNew(WebhookFields(), request.webhook(), signing, violations);
  } else {
    violations.Add("webhook", "is required");
  }
  webhook.project = ReadParent(request.parent(), violations);
  webhook.id = request.webhook_id();
  if (!webhook.id.empty() && !IsValidId(webhook.id)) {
    violations.Add("webhook_id", kIdRule);
  }
  CheckRequestId(request.request_id(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());

  const std::string name = webhook.id.empty() ? "" : WebhookName(webhook.project, webhook.id);
  if (request.validate_only()) {
    if (!webhook.id.empty() && webhooks_->Get(webhook.project, webhook.id) != nullptr) {
      return reply.Fail(absl::AlreadyExistsError(absl::StrCat(name, " already exists")), name);
    }
    v1::Webhook response;
    ToProto(webhook, response);
    return reply.Send(response);
  }
  std::optional<RequestId> request_id;
  if (!request.request_id().empty()) {
    request_id = RequestId{.id = request.request_id(), .fingerprint = FingerprintOf(webhook, signing)};
  }
  webhook.signing_secrets = {signing.Secret()};
  webhooks_->Create(std::move(webhook), std::move(request_id),
                    ReplyWithWebhook(reply, name, /*show_secret=*/true));
}

void WebhookService::GetWebhook(const CallContext&, const v1::GetWebhookRequest& request,
                                Reply<v1::Webhook> reply) {
  FieldViolations violations;
  const ResourceName name = ReadWebhookName(request.name(), "name", violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  listing_->Get(name.project, name.id,
                [reply, clock = clock_, path = request.name()](const absl::StatusOr<ListedWebhook>& found) {
                  if (!found.ok()) return reply.Fail(found.status(), path);
                  v1::Webhook response;
                  ToProto(*found, clock->Now(), response);
                  reply.Send(response);
                });
}

void WebhookService::ListWebhooks(const CallContext&, const v1::ListWebhooksRequest& request,
                                  Reply<v1::ListWebhooksResponse> reply) {
  FieldViolations violations;
  WebhookQuery query;
  query.all_projects = request.parent() == kAllProjects;
  query.project = query.all_projects ? "-" : ReadParent(request.parent(), violations);
  query.now = clock_->Now();
  query.limit = ReadPageSize(request.page_size(), violations);
  ReadWebhookFilter(request.filter(), query, violations);
  ReadWebhookOrder(request.order_by(), query, violations);
  std::string token_of = absl::StrCat("ListWebhooks\n", query.project);
  if (!request.filter().empty() || !request.order_by().empty()) {
    absl::StrAppend(&token_of, "\n", request.order_by().size(), " ", request.order_by(), request.filter());
  }
  if (const auto cursor = ReadToken(token_of, request.page_token(), violations); cursor.has_value()) {
    query.after = ToPosition(*cursor);
  }
  if (!violations.empty()) return reply.Fail(violations.ToStatus());

  const int size = query.limit;
  listing_->List(std::move(query), [reply, clock = clock_, size,
                                    token_of](const absl::StatusOr<WebhookListing::Page>& page) {
    if (!page.ok()) return reply.Fail(page.status());
    v1::ListWebhooksResponse response;
    const absl::Time now = clock->Now();
    const size_t count =
        FillPage(page->webhooks.size(), size, *response.mutable_webhooks(),
                 [&](size_t i, v1::Webhook& proto) { ToProto(page->webhooks[i], now, proto); });
    if (count < page->webhooks.size()) {
      response.set_next_page_token(MakePageToken(token_of, ToCursor(page->positions[count - 1])));
    } else if (page->next.has_value()) {
      response.set_next_page_token(MakePageToken(token_of, ToCursor(*page->next)));
    }
    reply.Send(response);
  });
}

absl::StatusOr<Store::WebhookEdit> WebhookService::ReadEdit(const v1::UpdateWebhookRequest& request,
                                                            const Webhook* stored,
                                                            FieldViolations& violations) const {
  WebhookUpdate changes = ReadUpdate(request.update_mask(), request.webhook(), stored, violations);
  const absl::Time now = clock_->Now();
  Webhook values = ReadWebhook(
      changes.fields, FillParts(changes.parts, request.webhook(), stored == nullptr ? Webhook() : *stored),
      now, violations);
  CheckEgress(values.url, violations);
  // With a mask that lists fields, the other fields of `webhook` are ignored.
  const auto& paths = request.update_mask().paths();
  if (stored != nullptr && (paths.empty() || paths[0] == "*")) {
    CheckSigningIsKept(request.webhook(), *stored, violations);
  }
  // A copy that is out of date is a conflict, whatever else of it has changed since.
  if (stored != nullptr) HOOKD_RETURN_IF_ERROR(CheckEtag(*stored, request.webhook().etag()));

  return [changes = std::move(changes), requested = request.webhook(), values = std::move(values),
          now](Webhook& webhook) mutable {
    if (!changes.parts.paths().empty()) {
      // Fill in again, because the webhook may have changed since it was first read.
      FieldViolations changed;
      values = ReadWebhook(changes.fields, FillParts(changes.parts, requested, webhook), now, changed);
      if (!changed.empty()) {
        return absl::AbortedError("the webhook was changed concurrently: try again");
      }
    }
    absl::Status copied;
    for (const WebhookField& field : changes.fields) copied.Update(field.copy(values, webhook));
    copied.Update(CheckOneAuthorization(webhook));
    return copied;
  };
}

void WebhookService::UpdateWebhook(const CallContext&, const v1::UpdateWebhookRequest& request,
                                   Reply<v1::Webhook> reply) {
  FieldViolations violations;
  const ResourceName name = ReadWebhookName(request.webhook().name(), "webhook.name", violations);
  if (!CheckUpdateSize(request, violations)) return reply.Fail(violations.ToStatus());
  const auto stored = webhooks_->Get(name.project, name.id);
  auto edit = ReadEdit(request, stored.get(), violations);
  if (!edit.ok()) return reply.Fail(edit.status(), request.webhook().name());
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  webhooks_->Update(name.project, name.id, request.webhook().etag(), *std::move(edit),
                    request.validate_only(), ReplyWithWebhook(reply, request.webhook().name()));
}

void WebhookService::DeleteWebhook(const CallContext&, const v1::DeleteWebhookRequest& request,
                                   Reply<google::protobuf::Empty> reply) {
  FieldViolations violations;
  const ResourceName webhook_name = ReadWebhookName(request.name(), "name", violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  webhooks_->Delete(webhook_name.project, webhook_name.id, request.etag(), request.validate_only(),
                    [reply, name = request.name()](absl::StatusOr<Webhook> webhook) {
                      if (!webhook.ok()) return reply.Fail(webhook.status(), name);
                      reply.Send(google::protobuf::Empty());
                    });
}

template <typename Request>
void WebhookService::SetDisabled(bool disabled, const Request& request, Reply<v1::Webhook> reply) {
  FieldViolations violations;
  const ResourceName name = ReadWebhookName(request.name(), "name", violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  webhooks_->Update(
      name.project, name.id, request.etag(),
      [disabled, now = clock_->Now()](Webhook& webhook) {
        hookd::SetDisabled(webhook, disabled, DisableReason::kRequested, now);
        return absl::OkStatus();
      },
      /*validate_only=*/false, ReplyWithWebhook(reply, request.name()));
}

void WebhookService::EnableWebhook(const CallContext&, const v1::EnableWebhookRequest& request,
                                   Reply<v1::Webhook> reply) {
  SetDisabled(false, request, reply);
}

void WebhookService::DisableWebhook(const CallContext&, const v1::DisableWebhookRequest& request,
                                    Reply<v1::Webhook> reply) {
  SetDisabled(true, request, reply);
}

void WebhookService::RotateSigningSecret(const CallContext&, const v1::RotateSigningSecretRequest& request,
                                         Reply<v1::Webhook> reply) {
  FieldViolations violations;
  const ResourceName name = ReadWebhookName(request.name(), "name", violations);
  absl::Duration grace_period = limits::kDefaultSecretGracePeriod;
  if (request.has_grace_period()) {
    grace_period = ReadDuration(request.grace_period(), absl::ZeroDuration(), limits::kMaxSecretGracePeriod,
                                "grace_period", violations)
                       .value_or(grace_period);
  }
  const auto webhook = webhooks_->Get(name.project, name.id);
  const bool has_secret = webhook != nullptr && !webhook->signing_secrets.empty();
  const SigningChoice signing = ReadSigningChoice(
      request.signing_secret(), request.signing_algorithm(),
      has_secret ? webhook->signing_secrets.front().algorithm : SigningAlgorithm::kHmacSha256, "",
      violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  webhooks_->Update(
      name.project, name.id, request.etag(),
      [secret = signing.Secret(), grace_period, now = clock_->Now()](Webhook& edited) {
        return ReplaceSigningSecret(edited.signing_secrets, secret, grace_period, now);
      },
      /*validate_only=*/false, ReplyWithWebhook(reply, request.name(), /*show_secret=*/true));
}

void WebhookService::GetWebhookStats(const CallContext& context, const v1::GetWebhookStatsRequest& request,
                                     Reply<v1::Stats> reply) {
  FieldViolations violations;
  const ResourceName name = ReadWebhookName(request.name(), "name", violations);
  const StatsSpan span = ReadStatsSpan(request, stats_->Now(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  const auto webhook = webhooks_->Get(name.project, name.id);
  const absl::Status not_found = WebhookNotFound(name.project, name.id);
  if (webhook == nullptr) return reply.Fail(not_found, request.name());
  stats_->Send(context, name.project, {.webhook_key = webhook->key, .project = ""}, span, not_found,
               request.name(), reply);
}

}  // namespace hookd
