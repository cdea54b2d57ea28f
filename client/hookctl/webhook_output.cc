#include "hookctl/webhook_output.h"

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/credential_flags.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

std::string EventTypesText(const v1::Webhook& webhook) {
  if (webhook.all_event_types()) return "all";
  // Those of this version, and none that a later version adds.
  const int all = static_cast<int>(EventTypeNames().size());
  if (webhook.event_types_size() == all) return absl::StrCat("all ", all);
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

// The health, for a cell of the table.
std::string HealthText(const v1::WebhookHealth& health) {
  if (health.state() == v1::HEALTH_STATE_HEALTHY) return "healthy";
  if (health.state() != v1::HEALTH_STATE_FAILING) return "";
  return absl::StrCat("failing (", WithCommas(health.consecutive_failures()), ")");
}

std::string CircuitText(const v1::WebhookHealth& health) {
  switch (health.circuit()) {
    case v1::CIRCUIT_STATE_CLOSED:
      return "closed";
    case v1::CIRCUIT_STATE_OPEN:
      return absl::StrCat("open until ", TimeText(health.circuit_open_until()));
    case v1::CIRCUIT_STATE_HALF_OPEN:
      return "half open";
    default:
      return "";
  }
}

// The health as sentences, for one webhook.
std::string HealthSentence(const v1::WebhookHealth& health) {
  switch (health.state()) {
    case v1::HEALTH_STATE_HEALTHY:
      return "healthy";
    case v1::HEALTH_STATE_FAILING:
      return absl::StrCat("failing since ", TimeText(health.failing_since()), ", ",
                          Counted(health.consecutive_failures(), "attempt", "attempts"), ": ",
                          health.last_error());
    default:
      return "";
  }
}

// The last failure of a webhook that works again.
std::string LastFailureText(const v1::WebhookHealth& health) {
  if (health.state() == v1::HEALTH_STATE_FAILING || !health.has_last_failure_time()) return "";
  return absl::StrCat(TimeText(health.last_failure_time()), ": ", health.last_error());
}

std::string CircuitSentence(const v1::WebhookHealth& health) {
  if (health.circuit() == v1::CIRCUIT_STATE_OPEN) {
    return absl::StrCat(CircuitText(health), ": no attempt is made before");
  }
  if (health.circuit() == v1::CIRCUIT_STATE_HALF_OPEN) {
    return "half open: one attempt shows whether the endpoint answers again";
  }
  return CircuitText(health);
}

std::string PendingText(const v1::WebhookHealth& health) {
  if (health.pending_deliveries() == 0) return "";
  std::string text = Counted(health.pending_deliveries(), "delivery", "deliveries");
  if (health.has_oldest_pending_time()) {
    absl::StrAppend(&text, ", the oldest accepted at ", TimeText(health.oldest_pending_time()));
  }
  return text;
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
       {"Health", HealthSentence(webhook.health())},
       {"Last success", TimeText(webhook.health().last_success_time())},
       {"Last failure", LastFailureText(webhook.health())},
       {"Circuit", CircuitSentence(webhook.health())},
       {"Pending", PendingText(webhook.health())},
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

std::vector<std::string> WebhookHeadings(bool wide) {
  if (!wide) return {"WEBHOOK", "STATE", "HEALTH", "PENDING", "EVENTS", "URL", "ERROR"};
  return {"WEBHOOK", "STATE",   "HEALTH",         "FAILING SINCE", "LAST SUCCESS",
          "CIRCUIT", "PENDING", "OLDEST PENDING", "EVENTS",        "SENDING",
          "CREATED", "UPDATED", "DISPLAY NAME",   "URL",           "ERROR"};
}

std::vector<std::string> WebhookCells(const v1::Webhook& webhook, bool wide) {
  std::string state = webhook.disabled() ? "disabled" : "enabled";
  const std::string reason = DisableReasonName(webhook.disable_reason());
  if (wide) state = absl::StrJoin({state, TimeText(webhook.disable_time()), reason}, " ");
  if (!wide && !reason.empty()) absl::StrAppend(&state, ": ", reason);
  const v1::WebhookHealth& health = webhook.health();
  const std::string failing = health.state() == v1::HEALTH_STATE_FAILING ? health.last_error() : "";
  const std::string pending = WithCommas(health.pending_deliveries());
  if (!wide) {
    return {IdOf(webhook.name()), state,  HealthText(health), pending, EventTypesText(webhook),
            webhook.url(),        failing};
  }
  return {IdOf(webhook.name()),
          std::string(absl::StripTrailingAsciiWhitespace(state)),
          HealthText(health),
          TimeText(health.failing_since()),
          TimeText(health.last_success_time()),
          CircuitText(health),
          pending,
          TimeText(health.oldest_pending_time()),
          EventTypesText(webhook),
          SendingText(webhook),
          TimeText(webhook.create_time()),
          TimeText(webhook.update_time()),
          webhook.display_name(),
          webhook.url(),
          failing};
}

}  // namespace hookctl
