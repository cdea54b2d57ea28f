// Parses and formats values of the command line. Thread-safe; no state.
#ifndef HOOKCTL_VALUES_H_
#define HOOKCTL_VALUES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "hookd/v1/delivery.pb.h"
#include "hookd/v1/event.pb.h"
#include "hookd/v1/token.pb.h"
#include "hookd/v1/webhook.pb.h"

namespace hookctl {

namespace v1 = hookd::v1;

// The documented names of the event types, in the order of EventType: `sent`, `delivered`, ...
std::vector<std::string> EventTypeNames();

// Such as `bounced`. Empty if the type is unspecified.
std::string EventTypeName(v1::EventType type);
std::string EventTypeName(const v1::Event& event);

// Parses `bounced`, `BOUNCED` or `EVENT_TYPE_BOUNCED`; nothing if it is not an event type.
std::optional<v1::EventType> ParseEventType(absl::string_view text);

// The event types with these names; `all` stands for every type. Requires: the names are valid.
std::vector<v1::EventType> ExpandEventTypes(const std::vector<std::string>& names);

// Such as `failed`.
std::string DeliveryStateName(v1::DeliveryState state);
std::optional<v1::DeliveryState> ParseDeliveryState(absl::string_view text);

// Such as `timeout`.
std::string ErrorClassName(v1::ErrorClass error_class);
std::optional<v1::ErrorClass> ParseErrorClass(absl::string_view text);

// Such as `manual`.
std::string AttemptTriggerName(v1::AttemptTrigger trigger);

// Whether `text` is a status such as 503, or a class such as 5xx.
bool IsStatusCode(absl::string_view text);

// Such as `gone`.
std::string DisableReasonName(v1::DisableReason reason);

// Such as `manage`.
std::string RoleName(v1::Role role);
std::optional<v1::Role> ParseRole(absl::string_view text);

// Such as `10/s, burst 50`; empty for no limit.
std::string RateLimitText(const v1::RateLimit& limit);

// Parses `1.5s`, `300ms`, `2h30m` or `7d`; nothing if it is invalid, negative or infinite.
std::optional<absl::Duration> ParseDuration(absl::string_view text);

// Parses RFC 3339, a date (UTC), or a duration, which means that long before `now`.
std::optional<absl::Time> ParseTime(absl::string_view text, absl::Time now);

// Parses `10` or `10:50`: the rate per second and the burst. hookd checks the ranges.
std::optional<v1::RateLimit> ParseRateLimit(absl::string_view text);

// Quotes a value for a filter: `"text"`, with `"` and `\` escaped.
std::string Quoted(absl::string_view text);

google::protobuf::Duration ToProto(absl::Duration duration);
absl::Duration FromProto(const google::protobuf::Duration& duration);
google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time FromTimestamp(const google::protobuf::Timestamp& time);

}  // namespace hookctl

#endif  // HOOKCTL_VALUES_H_
