// Flags that select the events of a command.
#ifndef HOOKCTL_EVENT_FILTER_H_
#define HOOKCTL_EVENT_FILTER_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hookctl/content_flags.h"
#include "hookctl/session.h"

namespace hookctl {

// The conditions of ListEventsRequest.filter. Not thread-safe.
class EventFilter {
 public:
  // Adds all flags except the times.
  void Add(CLI::App& command);
  // Adds --since and --until, which compare the time when an event was accepted.
  void AddTimes(CLI::App& command);

  // Returns the filter. A duration such as `--since 2h` is measured back from `now`.
  std::string Build(const Session& session, absl::Time now) const;

 private:
  std::vector<std::string> types_;
  std::string webhook_, since_, until_, filter_;
  ContentFlags content_;
};

// The condition on the type: any of these. Requires: the names are valid, and there is one.
std::string EventTypeCondition(const std::vector<std::string>& names);

}  // namespace hookctl

#endif  // HOOKCTL_EVENT_FILTER_H_
