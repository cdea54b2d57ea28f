#include "hookctl/delivery_filter.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/commands.h"
#include "hookctl/values.h"

namespace hookctl {

void DeliveryFilter::Add(CLI::App& command) {
  command.add_option("--webhook", webhook_, "Only deliveries to this webhook");
  command.add_option("--event", event_, "Only deliveries of this event");
  TakesEventType(command.add_option("--type", type_, "Only events of this type"));
  TakesDeliveryState(command.add_option(
      "--state", state_, "Only deliveries in this state: pending, delivered, failed, canceled"));
  command.add_option("--filter", filter_,
                     "Further conditions, in the syntax of ListDeliveriesRequest.filter");
}

void DeliveryFilter::AddTimes(CLI::App& command) {
  TakesTime(
      command.add_option("--since", since_, "Only events accepted since then, such as 2h or 2026-01-31"));
  TakesTime(command.add_option("--until", until_, "Only events accepted before then"));
}

std::string DeliveryFilter::Build(const Session& session, absl::Time now) const {
  std::vector<std::string> conditions;
  const auto add = [&](const char* comparison, const std::string& value) {
    conditions.push_back(absl::StrCat(comparison, " ", value));
  };
  const auto add_time = [&](const char* comparison, const std::string& text) {
    add(comparison, Quoted(absl::FormatTime(absl::RFC3339_full, *ParseTime(text, now), absl::UTCTimeZone())));
  };
  if (!webhook_.empty()) add("webhook =", Quoted(session.Name("webhooks", webhook_)));
  if (!event_.empty()) add("event =", Quoted(session.Name("events", event_)));
  if (!type_.empty()) add("event_type =", v1::EventType_Name(*ParseEventType(type_)));
  if (!state_.empty()) add("state =", v1::DeliveryState_Name(*ParseDeliveryState(state_)));
  if (!since_.empty()) add_time("create_time >=", since_);
  if (!until_.empty()) add_time("create_time <", until_);
  content_.Build(conditions);
  if (!filter_.empty()) conditions.push_back(filter_);
  return absl::StrJoin(conditions, " AND ");
}

}  // namespace hookctl
