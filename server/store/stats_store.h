// The part of the store that keeps statistics. See store.h for what holds for every part.
//
// Events and outcomes are counted in memory, and their counts are added to the store from time to time
// (delivery/statistics). The store keeps what has been counted: a log for each slot (base/ids.h) has a
// position for each partition of owners, which is written in the same transaction as the counts. What a
// process that crashed had not written is therefore known, and is counted again from the events and outcomes
// themselves: nothing is counted twice, and nothing is missing.
#ifndef HOOKD_STORE_STATS_STORE_H_
#define HOOKD_STORE_STATS_STORE_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "store/done.h"
#include "store/stats/stats_records.h"

namespace hookd {

class StatsStore {
 public:
  // Returns what to write, null for nothing. Called on the thread that writes, within the transaction: when
  // it is called, the `done`s of every earlier transaction have been called, and those of this one have not.
  // Called again if the transaction is repeated.
  using TakeStats = std::function<std::shared_ptr<const StatsBatch>(const StatsSession&)>;

  // Adds counts, or begins a log. Counts of projects that do not exist any more are dropped, even if
  // another project has the id.
  virtual void WriteStats(TakeStats take, Done<absl::StatusOr<StatsWritten>> done) = 0;

  // Reads hours of statistics. Requires: owners times days are tuning::kStatsReadDays at most, as a read is
  // one step of the pool.
  virtual void ReadStats(StatsQuery query, Done<absl::StatusOr<StatsPage>> done) = 0;

  // The logs that no process counts and that are not counted to their end: of processes that crashed or
  // ended, and of processes of versions without statistics.
  virtual void ReadStatsLogs(Done<absl::StatusOr<std::vector<StatsLog>>> done) = 0;

  // Events, deliveries and outcomes, each in the order of their keys.
  virtual void ReadStatsRecords(StatsRecordsQuery query, Done<absl::StatusOr<StatsRecords>> done) = 0;

 protected:
  virtual ~StatsStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_STATS_STORE_H_
