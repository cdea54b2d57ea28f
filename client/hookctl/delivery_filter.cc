#include "hookctl/delivery_filter.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/commands.h"
#include "hookctl/values.h"

namespace hookctl {

void DeliveryFilter::Add(CLI::App& command) {
  TakesCondition(command.add_option("--webhook", webhook_, "Only deliveries to this webhook"));
  TakesCondition(command.add_option("--event", event_, "Only deliveries of this event"));
  TakesEventTypes(command.add_option("--type", types_, "Only events of these types; can be repeated"));
  TakesDeliveryStates(command.add_option(
      "--state", states_,
      "Only deliveries in these states: pending, delivered, failed, canceled; can be repeated"));
  AddResults(command);
}

void DeliveryFilter::AddResults(CLI::App& command) {
  TakesStatusCodes(
      command.add_option("--status-code", status_codes_,
                         "Only deliveries whose last attempt got such a status, such as 503 or 5xx; "
                         "can be repeated"));
  TakesErrorClasses(command.add_option("--error", errors_,
                                       "Only deliveries whose last attempt failed like this: status, "
                                       "timeout, connection, tls, blocked, internal; "
                                       "can be repeated"));
  TakesCondition(command.add_option("--filter", filter_,
                                    "Further conditions, in the syntax of ListDeliveriesRequest.filter"));
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
  // Values of one field are alternatives.
  const auto add_any = [&](const char* comparison, const auto& values, const auto& name_of) {
    std::vector<std::string> alternatives;
    alternatives.reserve(values.size());
    for (const auto& value : values) alternatives.push_back(absl::StrCat(comparison, " ", name_of(value)));
    if (!alternatives.empty()) conditions.push_back(absl::StrJoin(alternatives, " OR "));
  };
  const auto as_written = [](const std::string& value) { return value; };
  add_any("event_type =", ExpandEventTypes(types_),
          [](v1::EventType type) { return v1::EventType_Name(type); });
  add_any("state =", states_,
          [](const std::string& state) { return v1::DeliveryState_Name(*ParseDeliveryState(state)); });
  add_any("status_code =", status_codes_, as_written);
  add_any("error =", errors_,
          [](const std::string& error) { return v1::ErrorClass_Name(*ParseErrorClass(error)); });
  if (!since_.empty()) add_time("create_time >=", since_);
  if (!until_.empty()) add_time("create_time <", until_);
  content_.Build(conditions);
  if (!filter_.empty()) conditions.push_back(filter_);
  return absl::StrJoin(conditions, " AND ");
}

}  // namespace hookctl
