#include "hookctl/values.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace hookctl {
namespace {

// The name of an enum value for people; a value that this version does not know is shown as its number.
std::string ValueName(const google::protobuf::EnumDescriptor& type, int number, absl::string_view prefix) {
  if (number == 0) return "";
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return std::to_string(number);
  return absl::AsciiStrToLower(absl::StripPrefix(value->name(), prefix));
}

std::optional<int> ParseValue(const google::protobuf::EnumDescriptor& type, absl::string_view text,
                              absl::string_view prefix) {
  std::string name = absl::AsciiStrToUpper(text);
  if (!absl::StartsWith(name, prefix)) name = absl::StrCat(prefix, name);
  const auto* value = type.FindValueByName(name);
  if (value == nullptr || value->number() == 0) return std::nullopt;
  return value->number();
}

constexpr absl::string_view kEventTypePrefix = "EVENT_TYPE_";
constexpr absl::string_view kRolePrefix = "ROLE_";
constexpr absl::string_view kDeliveryStatePrefix = "DELIVERY_STATE_";
constexpr absl::string_view kErrorClassPrefix = "ERROR_CLASS_";

}  // namespace

std::vector<std::string> EventTypeNames() {
  std::vector<std::string> names;
  const auto& type = *v1::EventType_descriptor();
  for (int i = 0; i < type.value_count(); ++i) {
    const int number = type.value(i)->number();
    if (number != 0) names.push_back(EventTypeName(static_cast<v1::EventType>(number)));
  }
  return names;
}

std::string EventTypeName(v1::EventType type) {
  return ValueName(*v1::EventType_descriptor(), type, kEventTypePrefix);
}

std::string EventTypeName(const v1::Event& event) {
  const auto* oneof = v1::Event::descriptor()->FindOneofByName("type");
  const auto* field = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  return field == nullptr ? "" : field->name();
}

std::optional<v1::EventType> ParseEventType(absl::string_view text) {
  const auto number = ParseValue(*v1::EventType_descriptor(), text, kEventTypePrefix);
  if (!number.has_value()) return std::nullopt;
  return static_cast<v1::EventType>(*number);
}

std::vector<v1::EventType> ExpandEventTypes(const std::vector<std::string>& names) {
  std::vector<v1::EventType> types;
  for (const std::string& name : names) {
    for (const std::string& each : name == "all" ? EventTypeNames() : std::vector<std::string>{name}) {
      types.push_back(*ParseEventType(each));
    }
  }
  return types;
}

std::string DeliveryStateName(v1::DeliveryState state) {
  return ValueName(*v1::DeliveryState_descriptor(), state, kDeliveryStatePrefix);
}

std::optional<v1::DeliveryState> ParseDeliveryState(absl::string_view text) {
  const auto number = ParseValue(*v1::DeliveryState_descriptor(), text, kDeliveryStatePrefix);
  if (!number.has_value()) return std::nullopt;
  return static_cast<v1::DeliveryState>(*number);
}

std::string ErrorClassName(v1::ErrorClass error_class) {
  return ValueName(*v1::ErrorClass_descriptor(), error_class, kErrorClassPrefix);
}

std::optional<v1::ErrorClass> ParseErrorClass(absl::string_view text) {
  const auto number = ParseValue(*v1::ErrorClass_descriptor(), text, kErrorClassPrefix);
  if (!number.has_value()) return std::nullopt;
  return static_cast<v1::ErrorClass>(*number);
}

std::string AttemptTriggerName(v1::AttemptTrigger trigger) {
  return ValueName(*v1::AttemptTrigger_descriptor(), trigger, "ATTEMPT_TRIGGER_");
}

bool IsStatusCode(absl::string_view text) {
  if (text.size() != 3 || text[0] < '1' || text[0] > '9') return false;
  if (absl::EqualsIgnoreCase(text.substr(1), "xx")) return text[0] <= '5';
  return absl::ascii_isdigit(text[1]) && absl::ascii_isdigit(text[2]);
}

std::string DisableReasonName(v1::DisableReason reason) {
  return ValueName(*v1::DisableReason_descriptor(), reason, "DISABLE_REASON_");
}

std::string RoleName(v1::Role role) { return ValueName(*v1::Role_descriptor(), role, kRolePrefix); }

std::optional<v1::Role> ParseRole(absl::string_view text) {
  const auto number = ParseValue(*v1::Role_descriptor(), text, kRolePrefix);
  if (!number.has_value()) return std::nullopt;
  return static_cast<v1::Role>(*number);
}

std::string RateLimitText(const v1::RateLimit& limit) {
  if (limit.per_second() == 0) return "";
  return absl::StrCat(limit.per_second(), "/s",
                      limit.burst() == 0 ? "" : absl::StrCat(", burst ", limit.burst()));
}

std::optional<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration duration;
  double days = 0;
  absl::string_view number = text;
  if (absl::ConsumeSuffix(&number, "d") && absl::SimpleAtod(number, &days)) {
    duration = days * absl::Hours(24);
  } else if (!absl::ParseDuration(std::string(text), &duration)) {
    return std::nullopt;
  }
  if (duration < absl::ZeroDuration() || duration == absl::InfiniteDuration()) return std::nullopt;
  return duration;
}

std::optional<absl::Time> ParseTime(absl::string_view text, absl::Time now) {
  if (const auto ago = ParseDuration(text)) return now - *ago;
  absl::Time time;
  std::string error;
  for (const char* format : {absl::RFC3339_full, "%Y-%m-%d"}) {
    // Abseil also accepts "infinite-past" and "infinite-future".
    if (absl::ParseTime(format, std::string(text), &time, &error) && time != absl::InfinitePast() &&
        time != absl::InfiniteFuture()) {
      return time;
    }
  }
  return std::nullopt;
}

std::optional<v1::RateLimit> ParseRateLimit(absl::string_view text) {
  v1::RateLimit limit;
  const size_t colon = text.find(':');
  double per_second = 0;
  int burst = 0;
  if (!absl::SimpleAtod(text.substr(0, colon), &per_second) || !std::isfinite(per_second))
    return std::nullopt;
  if (colon != absl::string_view::npos && !absl::SimpleAtoi(text.substr(colon + 1), &burst)) {
    return std::nullopt;
  }
  limit.set_per_second(per_second);
  limit.set_burst(burst);
  return limit;
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int32_t>(rest / absl::Nanoseconds(1)));
  return proto;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp proto;
  const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(time));  // rounds towards the past
  proto.set_seconds(absl::ToUnixSeconds(second));
  proto.set_nanos(static_cast<int32_t>((time - second) / absl::Nanoseconds(1)));
  return proto;
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace hookctl
