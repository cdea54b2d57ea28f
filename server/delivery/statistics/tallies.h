// Counts in memory that are not in the store yet: of each webhook and project, by minute. Counting for an
// owner that was counted in the same minute before allocates nothing.
//
// Not thread-safe.
#ifndef HOOKD_DELIVERY_STATISTICS_TALLIES_H_
#define HOOKD_DELIVERY_STATISTICS_TALLIES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "store/stats/stats_records.h"

namespace hookd {

// An outcome as it is counted.
struct CountedOutcome {
  DeliveryState state = DeliveryState::kPending;
  std::optional<StatsCount> attempt;  // its result, if there was one
  absl::Duration latency;             // of the attempt
};

class Tallies {
 public:
  // Counts by minute since the Unix epoch.
  using Minutes = std::map<int64_t, StatsCounts>;

  // The counts of one owner. Minutes that are over are kept as bytes: few, as most counts are 0.
  struct Tally {
    int64_t project_key = 0;  // StatsOwner::project_key
    int64_t minute = 0;
    StatsCounts current;   // of that minute
    std::string finished;  // of other minutes: the minute and its counts, each

    void AddTo(Minutes& minutes) const;
  };

  // The counts of a partition of owners (store/stats/stats_records.h).
  struct Partition {
    absl::flat_hash_map<int64_t, Tally> webhooks;
    absl::flat_hash_map<std::string, Tally> projects;
    int64_t counted = 0;  // how often something was counted
    size_t bytes = 0;     // of memory, roughly

    bool empty() const { return counted == 0; }
    size_t owners() const { return webhooks.size() + projects.size(); }
    const Tally* Find(const StatsOwner& owner) const;
    // Appends the counts as rows.
    void AddTo(std::vector<StatsRow>& rows) const;
  };

  // A project: its id, and its key, as several may have the id one after the other. There is one tally for an
  // id. The first count of a later project replaces the counts of an earlier one, which is deleted, and what
  // is counted of the earlier one after that is dropped. Key 0 stands for the project that is counted now.
  struct ProjectRef {
    absl::string_view id;
    int64_t key = 0;
  };

  // Count in the partition of that number, which must be the owner's. `minute` is of the record's key.
  void CountEvent(int partition, ProjectRef project, int64_t minute, bool matched);
  void CountMatch(int partition, int64_t webhook_key, int64_t minute);
  void CountOutcome(int partition, ProjectRef project, int64_t minute, const CountedOutcome& outcome);
  void CountOutcome(int partition, int64_t webhook_key, int64_t minute, const CountedOutcome& outcome);

  const Partition& partition(int number) const { return partitions_[static_cast<size_t>(number)]; }
  // Removes the counts of a partition; and adds them again.
  Partition Take(int number);
  void PutBack(int number, const Partition& partition);
  void Clear();

  size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }

 private:
  // Counts with `count` in a tally of that minute. `project_key` is 0 for a webhook.
  template <typename Map, typename Key, typename Count>
  void Add(Partition& partition, Map& map, const Key& key, int64_t project_key, int64_t minute, Count count);
  static void Add(const CountedOutcome& outcome, StatsCounts& counts);
  static void Merge(const Tally& from, Tally& to);

  std::array<Partition, kStatsPartitions> partitions_;
  size_t bytes_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_STATISTICS_TALLIES_H_
