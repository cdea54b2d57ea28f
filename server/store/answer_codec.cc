#include "store/answer_codec.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/ids.h"

namespace hookd {
namespace {

// Fields one after another, each as its length, a colon, and its text (netstrings without the comma). The
// first names what follows, so that an answer of one kind is not taken for another's.
constexpr absl::string_view kWebhook = "webhook 2";
constexpr absl::string_view kEvents = "events 1";

void Put(absl::string_view text, std::string& bytes) { absl::StrAppend(&bytes, text.size(), ":", text); }
void Put(int64_t value, std::string& bytes) { Put(absl::StrCat(value), bytes); }
// With every digit that tells it from its neighbours.
void Put(double value, std::string& bytes) { Put(absl::StrFormat("%.17g", value), bytes); }

class Fields {
 public:
  explicit Fields(absl::string_view bytes) : rest_(bytes) {}

  bool Get(std::string& text) {
    const size_t colon = rest_.find(':');
    size_t length = 0;
    if (colon == absl::string_view::npos || !absl::SimpleAtoi(rest_.substr(0, colon), &length) ||
        rest_.size() - colon - 1 < length) {
      return false;
    }
    text = std::string(rest_.substr(colon + 1, length));
    rest_.remove_prefix(colon + 1 + length);
    return true;
  }

  bool Get(int64_t& value) {
    std::string text;
    return Get(text) && absl::SimpleAtoi(text, &value);
  }

  bool Get(double& value) {
    std::string text;
    return Get(text) && absl::SimpleAtod(text, &value);
  }

  bool Is(absl::string_view expected) {
    std::string text;
    return Get(text) && text == expected;
  }

  bool AtEnd() const { return rest_.empty(); }

 private:
  absl::string_view rest_;
};

}  // namespace

std::string EncodeAnswer(const Webhook& webhook) {
  std::string bytes;
  Put(kWebhook, bytes);
  Put(webhook.key, bytes);
  Put(webhook.revision, bytes);
  Put(webhook.project, bytes);
  Put(webhook.id, bytes);
  Put(webhook.url, bytes);
  Put(static_cast<int64_t>(webhook.event_types.to_ullong()), bytes);
  Put(int64_t{webhook.disabled}, bytes);
  Put(webhook.display_name, bytes);
  Put(absl::ToInt64Milliseconds(webhook.timeout), bytes);
  Put(absl::ToUnixMicros(webhook.create_time), bytes);
  Put(absl::ToUnixMicros(webhook.update_time), bytes);
  Put(int64_t{webhook.ordered}, bytes);
  Put(int64_t{webhook.max_concurrency}, bytes);
  Put(webhook.rate_limit.has_value() ? webhook.rate_limit->per_second : 0, bytes);
  Put(int64_t{webhook.rate_limit.has_value() ? webhook.rate_limit->burst : 0}, bytes);
  Put(int64_t{webhook.retry_policy.max_attempts}, bytes);
  Put(absl::ToInt64Milliseconds(webhook.retry_policy.min_backoff), bytes);
  Put(absl::ToInt64Milliseconds(webhook.retry_policy.max_backoff), bytes);
  Put(webhook.retry_policy.multiplier, bytes);
  Put(static_cast<int64_t>(webhook.disable_reason), bytes);
  Put(absl::ToUnixMicros(webhook.disable_time), bytes);
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
  Put(kEvents, bytes);
  for (const AcceptedEvent& event : events) {
    Put(event.key, bytes);
    Put(int64_t{event.webhook_count}, bytes);
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

}  // namespace hookd
