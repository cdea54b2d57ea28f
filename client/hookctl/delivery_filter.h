// Flags that select the deliveries of a command.
#ifndef HOOKCTL_DELIVERY_FILTER_H_
#define HOOKCTL_DELIVERY_FILTER_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hookctl/content_flags.h"
#include "hookctl/session.h"

namespace hookctl {

// The conditions of ListDeliveriesRequest.filter.
class DeliveryFilter {
 public:
  // Adds all flags except the times and the content of events.
  void Add(CLI::App& command);
  // Adds those of the result of the last attempt, and --filter. Add includes them.
  void AddResults(CLI::App& command);
  // Adds --since and --until, which compare the time when an event was accepted.
  void AddTimes(CLI::App& command);

  // Adds the flags for the content of events.
  void AddContent(CLI::App& command) { content_.Add(command); }

  // Returns the filter. A duration such as `--since 2h` is measured back from `now`.
  std::string Build(const Session& session, absl::Time now) const;

 private:
  std::string filter_;
  std::string webhook_;
  std::string event_;
  std::vector<std::string> types_;
  std::vector<std::string> states_;
  std::vector<std::string> status_codes_;
  std::vector<std::string> errors_;
  std::string since_;
  std::string until_;
  ContentFlags content_;
};

}  // namespace hookctl

#endif  // HOOKCTL_DELIVERY_FILTER_H_
