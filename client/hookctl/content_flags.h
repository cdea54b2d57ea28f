// Flags that select events by their content. Not thread-safe.
#ifndef HOOKCTL_CONTENT_FLAGS_H_
#define HOOKCTL_CONTENT_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace hookctl {

// The content fields of ListEventsRequest.filter.
class ContentFlags {
 public:
  void Add(CLI::App& command);

  // Adds a condition of the filter for each flag that is given.
  void Build(std::vector<std::string>& conditions) const;

 private:
  std::string user_id_;
  std::string email_;
  std::string message_id_;
  std::string campaign_id_;
  std::string campaign_name_;
};

}  // namespace hookctl

#endif  // HOOKCTL_CONTENT_FLAGS_H_
