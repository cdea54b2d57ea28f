#include "store/answer_codec.h"

#include "base/ids.h"
#include "base/status.h"
#include "store/field_codec.h"

namespace hookd {
namespace {

// The first field names what follows, so that an answer of one kind is not taken for another's.
constexpr absl::string_view kWebhook = "webhook 2";
constexpr absl::string_view kEvents = "events 1";

}  // namespace

std::string EncodeAnswer(const Webhook& webhook) {
  std::string bytes;
  PutField(kWebhook, bytes);
  PutField(webhook.key, bytes);
  PutField(webhook.revision, bytes);
  PutField(webhook.project, bytes);
  PutField(webhook.id, bytes);
  PutField(webhook.url, bytes);
  PutField(static_cast<int64_t>(webhook.event_types.to_ullong()), bytes);
  PutField(int64_t{webhook.disabled}, bytes);
  PutField(webhook.display_name, bytes);
  PutField(absl::ToInt64Milliseconds(webhook.timeout), bytes);
  PutField(absl::ToUnixMicros(webhook.create_time), bytes);
  PutField(absl::ToUnixMicros(webhook.update_time), bytes);
  PutField(int64_t{webhook.ordered}, bytes);
  PutField(int64_t{webhook.max_concurrency}, bytes);
  PutField(webhook.rate_limit.has_value() ? webhook.rate_limit->per_second : 0, bytes);
  PutField(int64_t{webhook.rate_limit.has_value() ? webhook.rate_limit->burst : 0}, bytes);
  PutField(int64_t{webhook.retry_policy.max_attempts}, bytes);
  PutField(absl::ToInt64Milliseconds(webhook.retry_policy.min_backoff), bytes);
  PutField(absl::ToInt64Milliseconds(webhook.retry_policy.max_backoff), bytes);
  PutField(webhook.retry_policy.multiplier, bytes);
  PutField(static_cast<int64_t>(webhook.disable_reason), bytes);
  PutField(absl::ToUnixMicros(webhook.disable_time), bytes);
  return bytes;
}

std::optional<Webhook> DecodeWebhookAnswer(absl::string_view bytes) {
  Fields fields(bytes);
  Webhook webhook;
  int64_t types = 0, disabled = 0, timeout = 0, create_time = 0, update_time = 0, ordered = 0,
          concurrency = 0, burst = 0, attempts = 0, min_backoff = 0, max_backoff = 0, disable_reason = 0,
          disable_time = 0;
  double per_second = 0;
  if (!fields.Is(kWebhook) || !fields.Get(webhook.key) || !fields.Get(webhook.revision) ||
      !fields.Get(webhook.project) || !fields.Get(webhook.id) || !fields.Get(webhook.url) ||
      !fields.Get(types) || !fields.Get(disabled) || !fields.Get(webhook.display_name) ||
      !fields.Get(timeout) || !fields.Get(create_time) || !fields.Get(update_time) || !fields.Get(ordered) ||
      !fields.Get(concurrency) || !fields.Get(per_second) || !fields.Get(burst) || !fields.Get(attempts) ||
      !fields.Get(min_backoff) || !fields.Get(max_backoff) || !fields.Get(webhook.retry_policy.multiplier) ||
      !fields.Get(disable_reason) || !fields.Get(disable_time) || !fields.AtEnd()) {
    return std::nullopt;
  }
  webhook.event_types = EventTypes(static_cast<uint64_t>(types));
  webhook.disabled = disabled != 0;
  webhook.timeout = absl::Milliseconds(timeout);
  webhook.create_time = absl::FromUnixMicros(create_time);
  webhook.update_time = absl::FromUnixMicros(update_time);
  webhook.ordered = ordered != 0;
  webhook.max_concurrency = static_cast<int>(concurrency);
  if (per_second > 0) webhook.rate_limit = {.per_second = per_second, .burst = static_cast<int>(burst)};
  webhook.retry_policy.max_attempts = static_cast<int>(attempts);
  webhook.retry_policy.min_backoff = absl::Milliseconds(min_backoff);
  webhook.retry_policy.max_backoff = absl::Milliseconds(max_backoff);
  webhook.disable_reason = static_cast<DisableReason>(disable_reason);
  if (webhook.disabled) webhook.disable_time = absl::FromUnixMicros(disable_time);
  return webhook;
}

std::string EncodeAnswer(const std::vector<AcceptedEvent>& events) {
  std::string bytes;
  PutField(kEvents, bytes);
  for (const AcceptedEvent& event : events) {
    PutField(event.key, bytes);
    PutField(int64_t{event.webhook_count}, bytes);
  }
  return bytes;
}

std::optional<std::vector<AcceptedEvent>> DecodeEventsAnswer(absl::string_view bytes) {
  Fields fields(bytes);
  if (!fields.Is(kEvents)) return std::nullopt;
  std::vector<AcceptedEvent> events;
  while (!fields.AtEnd()) {
    int64_t key = 0, count = 0;
    if (!fields.Get(key) || !fields.Get(count)) return std::nullopt;
    events.push_back({.key = key, .emit_time = TimeOfKey(key), .webhook_count = static_cast<int>(count)});
  }
  return events;
}

absl::StatusOr<Store::Accepted> FirstAnswer(const RequestId& request_id, absl::string_view fingerprint,
                                            absl::string_view answer) {
  if (fingerprint != request_id.fingerprint) {
    return FieldError("request_id", "was used for a request with other content");
  }
  auto first = DecodeEventsAnswer(answer);
  if (!first.has_value()) return absl::DataLossError("the first answer to this request id is damaged");
  return Store::Accepted{.events = *std::move(first), .repeated = true};
}

}  // namespace hookd
