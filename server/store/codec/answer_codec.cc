#include "store/codec/answer_codec.h"

#include "base/ids.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "store/codec/event_types_codec.h"
#include "store/codec/field_codec.h"
#include "store/codec/secret_codec.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// The one member of an answer's object names its kind: an answer of one kind is not taken for another's.
constexpr char kWebhook[] = "webhook";
constexpr char kEvents[] = "events";

// What hookd before 0.2 wrote instead, with field_codec.h. Remove when no such answer can be in a store:
// limits::kRequestIdLifetime after the last of these versions has stopped.
constexpr absl::string_view kOldWebhook = "webhook 2";
constexpr absl::string_view kOldEvents = "events 1";

bool IsJson(absl::string_view bytes) { return !bytes.empty() && bytes.front() == '{'; }

// The members of a JSON object as values. Each method returns whether the member is there and of that type.
class Members {
 public:
  explicit Members(const rapidjson::Value& object) : object_(object) {}

  bool Get(const char* name, std::string& text) const {
    const auto found = object_.FindMember(name);
    if (found == object_.MemberEnd() || !found->value.IsString()) return false;
    text.assign(found->value.GetString(), found->value.GetStringLength());
    return true;
  }
  bool Get(const char* name, int64_t& value) const {
    const auto found = object_.FindMember(name);
    if (found == object_.MemberEnd() || !found->value.IsInt64()) return false;
    value = found->value.GetInt64();
    return true;
  }
  bool Get(const char* name, double& value) const {
    const auto found = object_.FindMember(name);
    if (found == object_.MemberEnd() || !found->value.IsNumber()) return false;
    value = found->value.GetDouble();
    return true;
  }

 private:
  const rapidjson::Value& object_;
};

// A webhook's fields in the units they are stored in.
struct Stored {
  int64_t types = 0, disabled = 0, timeout = 0, create_time = 0, update_time = 0, ordered = 0,
          concurrency = 0, burst = 0, attempts = 0, min_backoff = 0, max_backoff = 0, disable_reason = 0,
          disable_time = 0;
  double per_second = 0;
};

// Completes a webhook, of which the fields that are stored as they are have been read.
Webhook Complete(Webhook webhook, const Stored& stored) {
  DecodeEventTypes(stored.types, webhook);
  webhook.disabled = stored.disabled != 0;
  webhook.timeout = absl::Milliseconds(stored.timeout);
  webhook.create_time = absl::FromUnixMicros(stored.create_time);
  webhook.update_time = absl::FromUnixMicros(stored.update_time);
  webhook.ordered = stored.ordered != 0;
  webhook.max_concurrency = static_cast<int>(stored.concurrency);
  if (stored.per_second > 0) {
    webhook.rate_limit = {.per_second = stored.per_second, .burst = static_cast<int>(stored.burst)};
  }
  webhook.retry_policy.max_attempts = static_cast<int>(stored.attempts);
  webhook.retry_policy.min_backoff = absl::Milliseconds(stored.min_backoff);
  webhook.retry_policy.max_backoff = absl::Milliseconds(stored.max_backoff);
  webhook.disable_reason = static_cast<DisableReason>(stored.disable_reason);
  if (webhook.disabled) webhook.disable_time = absl::FromUnixMicros(stored.disable_time);
  return webhook;
}

std::optional<Webhook> DecodeOldWebhook(absl::string_view bytes) {
  Fields fields(bytes);
  Webhook webhook;
  Stored s;
  if (!fields.Is(kOldWebhook) || !fields.Get(webhook.key) || !fields.Get(webhook.revision) ||
      !fields.Get(webhook.project) || !fields.Get(webhook.id) || !fields.Get(webhook.url) ||
      !fields.Get(s.types) || !fields.Get(s.disabled) || !fields.Get(webhook.display_name) ||
      !fields.Get(s.timeout) || !fields.Get(s.create_time) || !fields.Get(s.update_time) ||
      !fields.Get(s.ordered) || !fields.Get(s.concurrency) || !fields.Get(s.per_second) ||
      !fields.Get(s.burst) || !fields.Get(s.attempts) || !fields.Get(s.min_backoff) ||
      !fields.Get(s.max_backoff) || !fields.Get(webhook.retry_policy.multiplier) ||
      !fields.Get(s.disable_reason) || !fields.Get(s.disable_time) || !fields.AtEnd()) {
    return std::nullopt;
  }
  return Complete(std::move(webhook), s);
}

std::optional<std::vector<AcceptedEvent>> DecodeOldEvents(absl::string_view bytes) {
  Fields fields(bytes);
  if (!fields.Is(kOldEvents)) return std::nullopt;
  std::vector<AcceptedEvent> events;
  while (!fields.AtEnd()) {
    int64_t key = 0, count = 0;
    if (!fields.Get(key) || !fields.Get(count)) return std::nullopt;
    events.push_back({.key = key, .emit_time = TimeOfKey(key), .webhook_count = static_cast<int>(count)});
  }
  return events;
}

// The member of that kind; null if the bytes are no answer of it.
const rapidjson::Value* Parse(absl::string_view bytes, const char* kind, rapidjson::Document& answer) {
  answer.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(bytes.data(),
                                                                                    bytes.size());
  if (answer.HasParseError() || !answer.IsObject()) return nullptr;
  const rapidjson::Value& object = answer;
  const auto found = object.FindMember(kind);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

void Put(JsonWriter& json, const char* name, const std::string& text) {
  json.Key(name);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
void Put(JsonWriter& json, const char* name, int64_t value) {
  json.Key(name);
  json.Int64(value);
}
void Put(JsonWriter& json, const char* name, double value) {
  json.Key(name);
  json.Double(value);
}

}  // namespace

std::string EncodeAnswer(const Webhook& webhook) {
  rapidjson::StringBuffer bytes;
  JsonWriter json(bytes);
  json.StartObject();
  json.Key(kWebhook);
  json.StartObject();
  Put(json, "key", webhook.key);
  Put(json, "revision", webhook.revision);
  Put(json, "project", webhook.project);
  Put(json, "id", webhook.id);
  Put(json, "url", webhook.url);
  Put(json, "event_types", EncodeEventTypes(webhook));
  Put(json, "disabled", int64_t{webhook.disabled});
  Put(json, "display_name", webhook.display_name);
  Put(json, "timeout_ms", absl::ToInt64Milliseconds(webhook.timeout));
  Put(json, "create_time", absl::ToUnixMicros(webhook.create_time));
  Put(json, "update_time", absl::ToUnixMicros(webhook.update_time));
  Put(json, "ordered", int64_t{webhook.ordered});
  Put(json, "max_concurrency", int64_t{webhook.max_concurrency});
  Put(json, "rate_per_second", webhook.rate_limit.has_value() ? webhook.rate_limit->per_second : 0);
  Put(json, "rate_burst", int64_t{webhook.rate_limit.has_value() ? webhook.rate_limit->burst : 0});
  Put(json, "max_attempts", int64_t{webhook.retry_policy.max_attempts});
  Put(json, "min_backoff_ms", absl::ToInt64Milliseconds(webhook.retry_policy.min_backoff));
  Put(json, "max_backoff_ms", absl::ToInt64Milliseconds(webhook.retry_policy.max_backoff));
  Put(json, "backoff_multiplier", webhook.retry_policy.multiplier);
  Put(json, "disable_reason", static_cast<int64_t>(webhook.disable_reason));
  Put(json, "disable_time", absl::ToUnixMicros(webhook.disable_time));
  json.EndObject();
  json.EndObject();
  return {bytes.GetString(), bytes.GetSize()};
}

std::optional<Webhook> DecodeWebhookAnswer(absl::string_view bytes) {
  if (!IsJson(bytes)) return DecodeOldWebhook(bytes);
  rapidjson::Document answer;
  const rapidjson::Value* const object = Parse(bytes, kWebhook, answer);
  if (object == nullptr || !object->IsObject()) return std::nullopt;
  const Members members(*object);
  Webhook webhook;
  Stored s;
  if (!members.Get("key", webhook.key) || !members.Get("revision", webhook.revision) ||
      !members.Get("project", webhook.project) || !members.Get("id", webhook.id) ||
      !members.Get("url", webhook.url) || !members.Get("event_types", s.types) ||
      !members.Get("disabled", s.disabled) || !members.Get("display_name", webhook.display_name) ||
      !members.Get("timeout_ms", s.timeout) || !members.Get("create_time", s.create_time) ||
      !members.Get("update_time", s.update_time) || !members.Get("ordered", s.ordered) ||
      !members.Get("max_concurrency", s.concurrency) || !members.Get("rate_per_second", s.per_second) ||
      !members.Get("rate_burst", s.burst) || !members.Get("max_attempts", s.attempts) ||
      !members.Get("min_backoff_ms", s.min_backoff) || !members.Get("max_backoff_ms", s.max_backoff) ||
      !members.Get("backoff_multiplier", webhook.retry_policy.multiplier) ||
      !members.Get("disable_reason", s.disable_reason) || !members.Get("disable_time", s.disable_time)) {
    return std::nullopt;
  }
  return Complete(std::move(webhook), s);
}

std::string EncodeAnswer(const std::vector<AcceptedEvent>& events) {
  rapidjson::StringBuffer bytes;
  JsonWriter json(bytes);
  json.StartObject();
  json.Key(kEvents);
  json.StartArray();
  // The key and the count of each event, one after another.
  for (const AcceptedEvent& event : events) {
    json.Int64(event.key);
    json.Int(event.webhook_count);
  }
  json.EndArray();
  json.EndObject();
  return {bytes.GetString(), bytes.GetSize()};
}

std::optional<std::vector<AcceptedEvent>> DecodeEventsAnswer(absl::string_view bytes) {
  if (!IsJson(bytes)) return DecodeOldEvents(bytes);
  rapidjson::Document answer;
  const rapidjson::Value* const values = Parse(bytes, kEvents, answer);
  if (values == nullptr || !values->IsArray() || values->Size() % 2 != 0) return std::nullopt;
  std::vector<AcceptedEvent> events;
  events.reserve(values->Size() / 2);
  for (rapidjson::SizeType i = 0; i < values->Size(); i += 2) {
    const rapidjson::Value& key = (*values)[i];
    const rapidjson::Value& count = (*values)[i + 1];
    if (!key.IsInt64() || !count.IsInt()) return std::nullopt;
    events.push_back(
        {.key = key.GetInt64(), .emit_time = TimeOfKey(key.GetInt64()), .webhook_count = count.GetInt()});
  }
  return events;
}

absl::StatusOr<Store::Accepted> FirstAnswer(const RequestId& request_id, absl::string_view fingerprint,
                                            absl::string_view answer) {
  if (fingerprint != request_id.fingerprint) {
    return RequestIdReused();
  }
  auto first = DecodeEventsAnswer(answer);
  if (!first.has_value()) return AnswerDamaged();
  return Store::Accepted{.events = *std::move(first), .repeated = true};
}

absl::StatusOr<Store::Created> FirstWebhookAnswer(absl::string_view answer, absl::string_view sealed_secrets,
                                                  const SecretBox& secrets) {
  auto first = DecodeWebhookAnswer(answer);
  // The fingerprint covers the method, so an answer of another kind is damaged.
  if (!first.has_value()) return AnswerDamaged();
  const auto opened = secrets.Open(sealed_secrets, SecretsContext(first->key));
  if (!opened.ok()) return opened.status();
  if (!DecodeSecrets(*opened, *first)) return AnswerDamaged();
  return Store::Created{.webhook = *std::move(first), .repeated = true};
}

}  // namespace hookd
