// Answers reads of statistics, for the services that have such a method.
//
// Thread-safe; owns none of the objects it is given. No method blocks. The reads in flight are bounded, and
// divided fairly between projects and tokens.
#ifndef HOOKD_API_HANDLERS_STATS_READS_H_
#define HOOKD_API_HANDLERS_STATS_READS_H_

#include <functional>
#include <string>

#include "api/call.h"
#include "api/conversion/stats_conversion.h"
#include "base/limits.h"
#include "base/shares.h"
#include "delivery/statistics/stats_reader.h"
#include "hookd/v1/stats.pb.h"

namespace hookd {

class StatsReads {
 public:
  // Must outlive it and its calls.
  explicit StatsReads(const StatsReader* reader) : reader_(reader) {}

  // Now, as statistics have it.
  absl::Time Now() const { return reader_->Now(); }

  // Sends the statistics of the owner, which belongs to `project`; or RESOURCE_EXHAUSTED if too many reads
  // are in flight, or `not_found` if the owner has never existed. `name` is that of the resource.
  void Send(const CallContext& context, const std::string& project, const StatsOwner& owner,
            const StatsSpan& span, absl::Status not_found, std::string name, Reply<v1::Stats> reply);

 private:
  const StatsReader* const reader_;
  Shares reads_{limits::kMaxStatsReads, "reads of statistics"};
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_STATS_READS_H_
