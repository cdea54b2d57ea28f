// Reads statistics: what the store has, with what this process has counted since.
//
// Thread-safe; no method blocks. Owns nothing that it is given, which must outlive its calls.
#ifndef HOOKD_DELIVERY_STATISTICS_STATS_READER_H_
#define HOOKD_DELIVERY_STATISTICS_STATS_READER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "delivery/statistics/statistics.h"
#include "metrics/metrics.h"
#include "store/store.h"

namespace hookd {

class StatsReader {
 public:
  StatsReader(Store* store, Statistics* statistics, Clock* clock, Metrics* metrics)
      : store_(store), statistics_(statistics), clock_(clock), metrics_(metrics) {}

  // Which statistics to read. Requires: the step is whole minutes that divide a day, and start and end are
  // multiples of it.
  struct Request {
    StatsOwner owner;
    absl::Time start, end;
    absl::Duration step;
  };
  struct Points {
    std::vector<StatsCounts> points;  // one for each step
    std::vector<StatsGap> gaps;       // that overlap it, by start, merged
    bool known = false;               // whether the webhook or project has ever existed
  };
  // An hour that cannot be read counts as empty, and is a gap.
  void Read(Request request, Done<absl::StatusOr<Points>> done) const;

  // How many events of each project were accepted since the hour of that time began.
  void CountEvents(std::vector<std::string> projects, absl::Time since,
                   Done<absl::StatusOr<std::vector<int64_t>>> done) const;

  // Now or, if the clock was set back, the time of the newest event or outcome.
  absl::Time Now() const;

 private:
  struct Reading;
  // Reads the next days, or calls `done`.
  void ReadDays(std::shared_ptr<Reading> reading) const;
  void Add(const StatsPage& page, Reading& reading) const;
  static void AddCountedSince(Reading& reading);

  Store* const store_;
  Statistics* const statistics_;
  Clock* const clock_;
  Metrics* const metrics_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_STATISTICS_STATS_READER_H_
