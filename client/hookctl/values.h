// What people write on the command line, and what it means. Thread-safe: plain functions.
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

// The documented names of the types of event, in the order of EventType: `sent`, `delivered`, ...
std::vector<std::string> EventTypeNames();

// `bounced`, from the enum's value or from the event's body. Empty if it has none.
std::string EventTypeName(v1::EventType type);
std::string EventTypeName(const v1::Event& event);

// From `bounced`, `BOUNCED` or `EVENT_TYPE_BOUNCED`; nothing if it is none of the types.
std::optional<v1::EventType> ParseEventType(absl::string_view text);

// The types of these names, which have to be good; `all` is every one.
std::vector<v1::EventType> ExpandEventTypes(const std::vector<std::string>& names);

// `failed`, and back.
std::string DeliveryStateName(v1::DeliveryState state);
std::optional<v1::DeliveryState> ParseDeliveryState(absl::string_view text);

// `gone`.
std::string DisableReasonName(v1::DisableReason reason);

// `manage`, and back.
std::string RoleName(v1::Role role);
std::optional<v1::Role> ParseRole(absl::string_view text);

// `10/s, 50 at once`; empty for no limit.
std::string RateLimitText(const v1::RateLimit& limit);

// `1.5s`, `300ms`, `2h30m`, `7d`. Nothing if it is not one, or is negative or endless.
std::optional<absl::Duration> ParseDuration(absl::string_view text);

// A time as RFC 3339 or a bare date (UTC), or a duration, which means that long before `now`.
std::optional<absl::Time> ParseTime(absl::string_view text, absl::Time now);

// `10` or `10:50`: attempts per second, and how many at once. Nothing if it is neither; hookd checks the
// rest.
std::optional<v1::RateLimit> ParseRateLimit(absl::string_view text);

// `"text"` as a filter's value, with `"` and `\` escaped.
std::string Quoted(absl::string_view text);

google::protobuf::Duration ToProto(absl::Duration duration);
absl::Duration FromProto(const google::protobuf::Duration& duration);
google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time FromTimestamp(const google::protobuf::Timestamp& time);

}  // namespace hookctl

#endif  // HOOKCTL_VALUES_H_
