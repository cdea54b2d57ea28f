#include "api/conversion/webhook_conversion.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/resource_names.h"
#include "api/validation/webhook_credentials.h"
#include "base/limits.h"
#include "base/status.h"
#include "delivery/webhooks.h"
#include "http/url.h"

namespace hookd {
namespace {

void ReadUrl(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  auto url = NormalizeUrl(proto.url());
  if (url.ok()) {
    webhook.url = *std::move(url);
  } else {
    violations.Add("webhook.url", url.status().message());
  }
}

void ReadWebhookTypes(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.event_types = ReadEventTypes(proto.event_types(), "webhook.event_types", violations);
}

void ReadAllTypes(const v1::Webhook& proto, Webhook& webhook, FieldViolations&) {
  webhook.all_event_types = proto.all_event_types();
}

// Checks `event_types` and `all_event_types` against each other, as far as they are among the fields that
// were read. The list of all types is accepted with `all_event_types`, so that a webhook that was read can be
// sent back.
void CheckTypes(const std::vector<WebhookField>& fields, const v1::Webhook& proto, Webhook& webhook,
                FieldViolations& violations) {
  const bool has_list = std::any_of(fields.begin(), fields.end(), [](const WebhookField& field) {
    return absl::string_view(field.name) == "event_types";
  });
  if (!webhook.all_event_types) {
    if (has_list && proto.event_types().empty()) {
      violations.Add("webhook.event_types", "must have at least one type unless all_event_types is set");
    }
    return;
  }
  if (has_list && !proto.event_types().empty() && webhook.event_types != AllEventTypes()) {
    violations.Add("webhook.event_types", "must be empty if all_event_types is set");
  }
  webhook.event_types = AllEventTypes();
}

// Of the two fields, the one that is set last counts: a list of types turns `all_event_types` off.
absl::Status CopyWebhookTypes(const Webhook& from, Webhook& to) {
  to.event_types = from.event_types;
  to.all_event_types = from.all_event_types;
  return absl::OkStatus();
}

absl::Status CopyAllTypes(const Webhook& from, Webhook& to) {
  if (from.all_event_types) return CopyWebhookTypes(from, to);
  return to.all_event_types
             ? FieldError("webhook.event_types", "must be set if all_event_types is turned off")
             : absl::OkStatus();
}

void ReadDisplayName(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  if (proto.display_name().size() > limits::kMaxDisplayNameBytes) {
    violations.Add("webhook.display_name", absl::StrCat("must be at most ", limits::kMaxDisplayNameBytes,
                                                        " bytes, not ", proto.display_name().size()));
  }
  webhook.display_name = proto.display_name();
}

void ReadTimeout(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.timeout = limits::kDefaultTimeout;
  if (!proto.has_timeout()) return;
  webhook.timeout =
      ReadDuration(proto.timeout(), limits::kMinTimeout, limits::kMaxTimeout, "webhook.timeout", violations)
          .value_or(limits::kDefaultTimeout);
}

// Adds a violation unless the value is from `min` to `max`. NaN is a violation.
template <typename Number>
void CheckRange(Number value, Number min, Number max, absl::string_view path, FieldViolations& violations) {
  if (value >= min && value <= max) return;
  violations.Add(path, absl::StrCat("must be ", min, " to ", max, ", not ", value));
}

void ReadMaxConcurrency(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.max_concurrency =
      proto.max_concurrency() == 0 ? limits::kDefaultMaxConcurrency : proto.max_concurrency();
  CheckRange(webhook.max_concurrency, 1, limits::kMaxMaxConcurrency, "webhook.max_concurrency", violations);
}

void ReadWebhookRateLimit(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.rate_limit.reset();
  if (!proto.has_rate_limit()) return;
  webhook.rate_limit = ReadRateLimit(proto.rate_limit(), "webhook.rate_limit", violations);
}

void ReadRetryPolicy(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.retry_policy = {};
  if (!proto.has_retry_policy()) return;
  const v1::RetryPolicy& given = proto.retry_policy();
  CheckRange(given.max_attempts(), 1, limits::kMaxAttempts, "webhook.retry_policy.max_attempts", violations);
  std::optional<absl::Duration> min, max;
  if (given.has_min_backoff()) {
    min = ReadDuration(given.min_backoff(), limits::kMinBackoff, limits::kMaxBackoff,
                       "webhook.retry_policy.min_backoff", violations);
  }
  if (given.has_max_backoff()) {
    max = ReadDuration(given.max_backoff(), min.value_or(limits::kMinBackoff), limits::kMaxBackoff,
                       "webhook.retry_policy.max_backoff", violations);
  }
  const double multiplier = given.multiplier() == 0 ? limits::kDefaultBackoffMultiplier : given.multiplier();
  CheckRange(multiplier, 1.0, limits::kMaxBackoffMultiplier, "webhook.retry_policy.multiplier", violations);
  // The default of one backoff adapts to the other one if only that is set.
  webhook.retry_policy = {
      .max_attempts = given.max_attempts(),
      .min_backoff = min.value_or(std::min(limits::kDefaultMinBackoff, max.value_or(limits::kMaxBackoff))),
      .max_backoff = max.value_or(std::max(limits::kDefaultMaxBackoff, min.value_or(limits::kMinBackoff))),
      .multiplier = multiplier};
}

template <auto member>
absl::Status Copy(const Webhook& from, Webhook& to) {
  to.*member = from.*member;
  return absl::OkStatus();
}

void RetryPolicyToProto(const RetryPolicy& policy, v1::RetryPolicy& proto) {
  proto.set_max_attempts(policy.max_attempts);
  ToProto(policy.min_backoff, *proto.mutable_min_backoff());
  ToProto(policy.max_backoff, *proto.mutable_max_backoff());
  proto.set_multiplier(policy.multiplier);
}

void HealthToProto(const WebhookHealth& health, absl::Time now, v1::WebhookHealth& proto) {
  proto.set_state(static_cast<v1::HealthState>(StateOf(health)));
  if (health.last_success_time.has_value()) {
    ToProto(*health.last_success_time, *proto.mutable_last_success_time());
  }
  if (health.last_failure_time.has_value()) {
    ToProto(*health.last_failure_time, *proto.mutable_last_failure_time());
  }
  proto.set_last_error(health.last_error);
  if (health.failing_since.has_value()) ToProto(*health.failing_since, *proto.mutable_failing_since());
  proto.set_consecutive_failures(health.consecutive_failures);
  const CircuitState circuit = CircuitOf(health, now);
  proto.set_circuit(static_cast<v1::CircuitState>(circuit));
  if (circuit == CircuitState::kOpen) ToProto(*health.circuit_ready, *proto.mutable_circuit_open_until());
  proto.set_pending_deliveries(health.pending);
}

}  // namespace

std::optional<RateLimit> ReadRateLimit(const v1::RateLimit& proto, absl::string_view path,
                                       FieldViolations& violations) {
  RateLimit limit = {.per_second = proto.per_second(), .burst = proto.burst()};
  const int found = violations.count();
  CheckRange(limit.per_second, limits::kMinRatePerSecond, limits::kMaxRatePerSecond,
             absl::StrCat(path, ".per_second"), violations);
  if (limit.burst != 0) {
    CheckRange(limit.burst, 1, limits::kMaxRateBurst, absl::StrCat(path, ".burst"), violations);
  }
  if (violations.count() > found) return std::nullopt;
  if (limit.burst == 0) limit.burst = static_cast<int>(std::ceil(limit.per_second));
  return limit;
}

void ToProto(const Webhook& webhook, v1::Webhook& proto) {
  if (!webhook.id.empty()) proto.set_name(WebhookName(webhook.project, webhook.id));
  proto.set_url(webhook.url);
  for (size_t type = 0; type < webhook.event_types.size(); ++type) {
    if (webhook.event_types[type]) proto.add_event_types(static_cast<v1::EventType>(type));
  }
  proto.set_all_event_types(webhook.all_event_types);
  proto.set_disabled(webhook.disabled);
  proto.set_display_name(webhook.display_name);
  ToProto(webhook.timeout, *proto.mutable_timeout());
  proto.set_ordered(webhook.ordered);
  proto.set_max_concurrency(webhook.max_concurrency);
  if (webhook.rate_limit.has_value()) {
    proto.mutable_rate_limit()->set_per_second(webhook.rate_limit->per_second);
    proto.mutable_rate_limit()->set_burst(webhook.rate_limit->burst);
  }
  // A policy that a caller set is not the default, even with one attempt, because it has backoffs.
  if (webhook.retry_policy != RetryPolicy()) {
    RetryPolicyToProto(webhook.retry_policy, *proto.mutable_retry_policy());
  }
  if (webhook.disabled) {
    proto.set_disable_reason(static_cast<v1::DisableReason>(webhook.disable_reason));
    ToProto(webhook.disable_time, *proto.mutable_disable_time());
  }
  CredentialsToProto(webhook, proto);
  if (webhook.revision == 0) return;
  ToProto(webhook.create_time, *proto.mutable_create_time());
  ToProto(webhook.update_time, *proto.mutable_update_time());
  proto.set_etag(EtagOf(webhook));
}

void ToProto(const ListedWebhook& listed, absl::Time now, v1::Webhook& proto) {
  ToProto(*listed.webhook, proto);
  HealthToProto(listed.health, now, *proto.mutable_health());
  if (listed.oldest_pending_time.has_value()) {
    ToProto(*listed.oldest_pending_time, *proto.mutable_health()->mutable_oldest_pending_time());
  }
}

const std::vector<WebhookField>& WebhookFields() {
  static const auto* fields = new std::vector<WebhookField>{
      {"url", [](const v1::Webhook& proto) { return !proto.url().empty(); }, ReadUrl, Copy<&Webhook::url>},
      {"event_types", [](const v1::Webhook& proto) { return !proto.event_types().empty(); }, ReadWebhookTypes,
       CopyWebhookTypes},
      {"disabled", [](const v1::Webhook& proto) { return proto.disabled(); },
       [](const v1::Webhook& proto, Webhook& webhook, FieldViolations&) {
         webhook.disabled = proto.disabled();
       },
       [](const Webhook& from, Webhook& to) {
         SetDisabled(to, from.disabled, from.disable_reason, from.disable_time);
         return absl::OkStatus();
       }},
      {"display_name", [](const v1::Webhook& proto) { return !proto.display_name().empty(); },
       ReadDisplayName, Copy<&Webhook::display_name>},
      {"timeout", [](const v1::Webhook& proto) { return proto.has_timeout(); }, ReadTimeout,
       Copy<&Webhook::timeout>},
      {"ordered", [](const v1::Webhook& proto) { return proto.ordered(); },
       [](const v1::Webhook& proto, Webhook& webhook, FieldViolations&) {
         webhook.ordered = proto.ordered();
       },
       Copy<&Webhook::ordered>},
      {"max_concurrency", [](const v1::Webhook& proto) { return proto.max_concurrency() != 0; },
       ReadMaxConcurrency, Copy<&Webhook::max_concurrency>},
      {"rate_limit", [](const v1::Webhook& proto) { return proto.has_rate_limit(); }, ReadWebhookRateLimit,
       Copy<&Webhook::rate_limit>},
      {"retry_policy", [](const v1::Webhook& proto) { return proto.has_retry_policy(); }, ReadRetryPolicy,
       Copy<&Webhook::retry_policy>},
      {"headers", [](const v1::Webhook& proto) { return !proto.headers().empty(); }, ReadHeaders,
       CopyHeaders},
      {"basic_auth", [](const v1::Webhook& proto) { return proto.has_basic_auth(); }, ReadBasicAuth,
       CopyBasicAuth},
      {"client_certificate", [](const v1::Webhook& proto) { return proto.has_client_certificate(); },
       ReadClientCertificate, CopyClientCertificate},
      {"tls_ca", [](const v1::Webhook& proto) { return !proto.tls_ca().empty(); }, ReadTlsCa,
       Copy<&Webhook::tls_ca>},
      // After event_types, which it overrides.
      {"all_event_types", [](const v1::Webhook& proto) { return proto.all_event_types(); }, ReadAllTypes,
       CopyAllTypes},
  };
  return *fields;
}

Webhook ReadWebhook(const std::vector<WebhookField>& fields, const v1::Webhook& proto, absl::Time now,
                    FieldViolations& violations) {
  Webhook webhook;
  for (const WebhookField& field : fields) field.read(proto, webhook, violations);
  CheckTypes(fields, proto, webhook, violations);
  SetDisabled(webhook, webhook.disabled, DisableReason::kRequested, now);
  return webhook;
}

}  // namespace hookd
