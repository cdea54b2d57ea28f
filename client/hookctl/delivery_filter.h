// Which deliveries a command is about, as flags.
#ifndef HOOKCTL_DELIVERY_FILTER_H_
#define HOOKCTL_DELIVERY_FILTER_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/time/time.h"
#include "hookctl/session.h"

namespace hookctl {

// The parts of ListDeliveriesRequest.filter.
class DeliveryFilter {
 public:
  // All but the times.
  void Add(CLI::App& command);
  // --since and --until, of the time an event was accepted.
  void AddTimes(CLI::App& command);

  // The filter; an age counts from `now`.
  std::string Build(const Session& session, absl::Time now) const;

 private:
  std::string filter_;
  std::string webhook_;
  std::string event_;
  std::string type_;
  std::string state_;
  std::string since_;
  std::string until_;
};

}  // namespace hookctl

#endif  // HOOKCTL_DELIVERY_FILTER_H_
