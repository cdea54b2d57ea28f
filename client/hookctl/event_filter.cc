#include "hookctl/event_filter.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/commands.h"
#include "hookctl/values.h"

namespace hookctl {

void EventFilter::Add(CLI::App& command) {
  TakesEventType(command.add_option("--type", types_, "Only events of this type; may be repeated"));
  TakesCondition(command.add_option("--webhook", webhook_, "Only events that were sent to this webhook"));
  content_.Add(command);
  TakesCondition(command.add_option("--filter", filter_,
                                    "Further conditions, in the syntax of ListEventsRequest.filter"));
}

void EventFilter::AddTimes(CLI::App& command) {
  TakesTime(
      command.add_option("--since", since_, "Only events accepted since then, such as 2h or 2026-01-31"));
  TakesTime(command.add_option("--until", until_, "Only events accepted before then"));
}

std::string EventFilter::Build(const Session& session, absl::Time now) const {
  std::vector<std::string> conditions;
  const auto add_time = [&](const char* comparison, const std::string& text) {
    if (text.empty()) return;
    const std::string time = absl::FormatTime(absl::RFC3339_full, *ParseTime(text, now), absl::UTCTimeZone());
    conditions.push_back(absl::StrCat("emit_time ", comparison, " ", Quoted(time)));
  };
  if (!types_.empty()) conditions.push_back(EventTypeCondition(types_));
  if (!webhook_.empty()) {
    conditions.push_back(absl::StrCat("webhook = ", Quoted(session.Name("webhooks", webhook_))));
  }
  add_time(">=", since_);
  add_time("<", until_);
  content_.Build(conditions);
  if (!filter_.empty()) conditions.push_back(filter_);
  return absl::StrJoin(conditions, " AND ");
}

std::string EventTypeCondition(const std::vector<std::string>& names) {
  const auto equals = [](std::string* out, const std::string& name) {
    absl::StrAppend(out, "event_type = ", v1::EventType_Name(*ParseEventType(name)));
  };
  const std::string any = absl::StrJoin(names, " OR ", equals);
  return names.size() == 1 ? any : absl::StrCat("(", any, ")");
}

}  // namespace hookctl
