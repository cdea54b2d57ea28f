// Counts events and outcomes as they become durable, and adds the counts to the store from time to time.
//
// What was counted and not added when a process crashed is counted again from the store (stats_recount.h):
// the store keeps up to which key each partition of owners is counted, in the same transaction as the counts.
// Whenever that position may not fit what is in memory, because a commit got no answer, the process has
// another slot, or memory is short, the counts in memory are dropped, and are counted again in the same way.
//
// Thread-safe; no method blocks, except Stop. The methods that count are called on the thread of the store
// that writes. Owns nothing that it is given; the store calls back into it until it is destroyed.
#ifndef HOOKD_DELIVERY_STATISTICS_STATISTICS_H_
#define HOOKD_DELIVERY_STATISTICS_STATISTICS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/tuning.h"
#include "delivery/statistics/tallies.h"
#include "metrics/metrics.h"
#include "store/store.h"

namespace hookd {

class Statistics {
 public:
  struct Options {
    Store* store = nullptr;
    Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    // Called when there is something to count again. May be null; must not block.
    std::function<void()> on_dropped = nullptr;
    size_t max_bytes = tuning::kMaxStatsBytes;
    absl::Duration max_interval = tuning::kStatsMaxInterval;  // between two writes of a partition
  };

  explicit Statistics(Options options);
  ~Statistics();

  // Begins to count. Events and outcomes that are stored before that takes effect are counted again later.
  void Start() ABSL_LOCKS_EXCLUDED(mutex_);

  // An event of the project was stored, with that key, for webhooks with these keys.
  void CountEvent(Tallies::ProjectRef project, int64_t key, const std::vector<int64_t>& webhooks)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // An outcome was recorded, with that key.
  void CountOutcome(Tallies::ProjectRef project, int64_t webhook_key, int64_t key,
                    const CountedOutcome& outcome) ABSL_LOCKS_EXCLUDED(mutex_);

  // A commit may have succeeded although it was answered with an error.
  void OnCommitUnknown() ABSL_LOCKS_EXCLUDED(mutex_);

  // What this process has counted of an owner and not added to the store, or not for sure.
  struct View {
    int slot = -1;
    // Tally::project_key of `in_flight` and of `current`.
    int64_t project_in_flight = 0, project_current = 0;
    // What a write in progress adds to the hours whose `counted_to` (StatsHour) is at most `written_to`; and
    // what is to be added to those whose `counted_to` is at most `taken_to`.
    Tallies::Minutes in_flight, current;
    int64_t written_to = 0, taken_to = 0;
    int64_t newest_key = 0;  // of all that was counted; 0 for none
  };
  View ViewOf(const StatsOwner& owner) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds all counts to the store, and waits until that is done, or for `timeout`. What is counted after that
  // is not added. Call it when no call and no attempt is in flight any more.
  void Stop(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

  // The memory that the counts take.
  size_t bytes() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A write, from when it is taken until it is answered.
  struct InFlight {
    std::vector<std::pair<int, Tallies::Partition>> partitions;  // by number
    StatsBatch batch;
  };

  bool CountsKey(int64_t key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // After something was counted.
  void OnCounted(int partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnTimer() ABSL_LOCKS_EXCLUDED(mutex_);
  void SetTimer(absl::Duration after) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsDue(int partition, absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether there is something to write now.
  bool WantsWrite() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Write() ABSL_LOCKS_EXCLUDED(mutex_);
  // Chooses what is written. On the store's thread, within the transaction.
  std::shared_ptr<const StatsBatch> Take(const StatsSession& session) ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<InFlight> TakeDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnWritten(absl::StatusOr<StatsWritten> written) ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns whether there is something to count again.
  bool Apply(const StatsWritten& written) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Drops all counts: they are counted again, from the store.
  void Drop() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  mutable absl::Mutex mutex_;
  Tallies tallies_ ABSL_GUARDED_BY(mutex_);
  // When something was first counted in a partition since it was last taken.
  std::array<absl::Time, kStatsPartitions> since_ ABSL_GUARDED_BY(mutex_);
  bool counting_ ABSL_GUARDED_BY(mutex_) = false;  // the log has begun
  bool restart_ ABSL_GUARDED_BY(mutex_) = false;   // a log is to be begun
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;   // a write has no answer yet
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;  // everything is due
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;  // the last write has succeeded, or has failed
  bool timer_set_ ABSL_GUARDED_BY(mutex_) = false;
  StatsSession session_ ABSL_GUARDED_BY(mutex_);  // of the log
  StatsLog log_ ABSL_GUARDED_BY(mutex_);
  int64_t last_key_ ABSL_GUARDED_BY(mutex_) = 0;  // the greatest that was counted
  std::shared_ptr<InFlight> in_flight_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Timer> timer_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_STATISTICS_STATISTICS_H_
