#include "hookctl/webhook_output.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/credential_flags.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

std::string EventTypesText(const v1::Webhook& webhook) {
  if (webhook.event_types_size() == static_cast<int>(EventTypeNames().size())) return "all";
  return absl::StrJoin(webhook.event_types(), ",", [](std::string* out, int type) {
    absl::StrAppend(out, EventTypeName(static_cast<v1::EventType>(type)));
  });
}

// Why it is disabled, as the end of a sentence.
std::string DisableReasonText(v1::DisableReason reason) {
  switch (reason) {
    case v1::DISABLE_REASON_REQUESTED:
      return "requested by a client";
    case v1::DISABLE_REASON_GONE:
      return "its endpoint answered 410 Gone";
    case v1::DISABLE_REASON_FAILING:
      return "every attempt failed for days";
    default:
      return DisableReasonName(reason);
  }
}

std::string StateText(const v1::Webhook& webhook) {
  if (!webhook.disabled()) return "enabled";
  std::string text = "disabled";
  if (webhook.has_disable_time()) absl::StrAppend(&text, " since ", TimeText(webhook.disable_time(), true));
  const std::string reason = DisableReasonText(webhook.disable_reason());
  if (!reason.empty()) absl::StrAppend(&text, ": ", reason);
  return text;
}

std::string RetriesText(const v1::Webhook& webhook) {
  if (!webhook.has_retry_policy()) return "";
  const v1::RetryPolicy& policy = webhook.retry_policy();
  std::string text = Counted(policy.max_attempts(), "attempt", "attempts");
  if (policy.has_min_backoff() && policy.has_max_backoff()) {
    absl::StrAppend(&text, ", backoff ", absl::FormatDuration(FromProto(policy.min_backoff())), " to ",
                    absl::FormatDuration(FromProto(policy.max_backoff())));
  }
  if (policy.multiplier() != 0) absl::StrAppend(&text, ", factor ", policy.multiplier());
  return text;
}

// The delivery settings that differ from the defaults, for a cell of the table.
std::string SendingText(const v1::Webhook& webhook) {
  std::vector<std::string> parts;
  if (webhook.ordered()) parts.emplace_back("ordered");
  if (webhook.has_rate_limit()) parts.push_back(absl::StrCat(webhook.rate_limit().per_second(), "/s"));
  if (webhook.has_retry_policy()) {
    parts.push_back(Counted(webhook.retry_policy().max_attempts(), "attempt", "attempts"));
  }
  return absl::StrJoin(parts, ", ");
}

std::string HeadersText(const v1::Webhook& webhook) {
  const std::map<std::string, std::string> sorted(webhook.headers().begin(), webhook.headers().end());
  return absl::StrJoin(sorted, ", ", [](std::string* out, const auto& header) { *out += header.first; });
}

std::string SigningText(const v1::Webhook& webhook) {
  std::string text = SigningAlgorithmName(webhook.signing_algorithm());
  if (webhook.has_previous_secrets_expire_time()) {
    absl::StrAppend(&text, "; the previous secret also signs until ",
                    TimeText(webhook.previous_secrets_expire_time()));
  }
  return text;
}

}  // namespace

int ShowWebhook(const Session& session, const grpc::Status& status, const v1::Webhook& webhook,
                bool validate_only) {
  if (!status.ok()) return session.Fail(status);
  if (validate_only) session.Note("Valid. Nothing was changed; this is how the webhook would look.");
  if (session.json) {
    session.terminal.out << ToJson(webhook);
    return kOk;
  }
  PrintFields(
      session.terminal.out,
      {{"Name", webhook.name()},
       {"Display name", webhook.display_name()},
       {"URL", webhook.url()},
       {"Events", EventTypesText(webhook)},
       {"State", StateText(webhook)},
       {"Timeout", webhook.has_timeout() ? absl::FormatDuration(FromProto(webhook.timeout())) : ""},
       {"Ordered", webhook.ordered() ? "yes" : ""},
       {"Concurrency", webhook.max_concurrency() == 0 ? "" : std::to_string(webhook.max_concurrency())},
       {"Rate limit", RateLimitText(webhook.rate_limit())},
       {"Retries", RetriesText(webhook)},
       {"Headers", HeadersText(webhook)},
       {"Basic auth", webhook.has_basic_auth() ? absl::StrCat(webhook.basic_auth().username(), ":***") : ""},
       {"Certificate", webhook.has_client_certificate() ? "client certificate set" : ""},
       {"Trusts", webhook.tls_ca().empty() ? "" : "custom certificates"},
       {"Signed with", SigningText(webhook)},
       {"Public key", webhook.signing_public_key()},
       {"Secret", webhook.signing_secret()},
       {"Created", TimeText(webhook.create_time(), true)},
       {"Updated", TimeText(webhook.update_time(), true)},
       {"Etag", webhook.etag()}});
  if (!webhook.signing_secret().empty()) {
    session.Note(
        "The secret is not shown again. Receivers verify signatures with it: try hookctl listen --secret.");
  }
  return kOk;
}

std::vector<std::string> WebhookCells(const v1::Webhook& webhook) {
  std::string state = webhook.disabled() ? "disabled" : "enabled";
  for (const std::string& text :
       {TimeText(webhook.disable_time()), DisableReasonName(webhook.disable_reason())}) {
    if (!text.empty()) absl::StrAppend(&state, " ", text);
  }
  return {IdOf(webhook.name()),
          state,
          EventTypesText(webhook),
          SendingText(webhook),
          TimeText(webhook.update_time()),
          webhook.display_name(),
          webhook.url()};
}

}  // namespace hookctl
