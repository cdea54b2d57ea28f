// Counts again what is in the store and not in its statistics: the events and outcomes that a process had
// stored and not counted when it crashed, and those of versions without statistics. In the background, a page
// at a time with pauses. Until that is done, the span is a gap (StatsPage::gaps).
//
// Thread-safe; no method blocks, except Stop and the destructor, which wait for a timer's callback. Owns
// nothing that it is given; the store calls back into it until it is destroyed.
#ifndef HOOKD_DELIVERY_STATISTICS_RECOUNT_H_
#define HOOKD_DELIVERY_STATISTICS_RECOUNT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "delivery/statistics/tallies.h"
#include "store/store.h"

namespace hookd {

class Recount {
 public:
  struct Options {
    Store* store = nullptr;
    Clock* clock = nullptr;
    // How long events are kept, at least: what is older may have been deleted before it was counted.
    absl::Duration keep = absl::InfiniteDuration();
    // Of several processes, one counts.
    std::function<bool()> is_responsible = [] { return true; };
  };

  explicit Recount(Options options);
  ~Recount();

  // Looks for something to count, soon. Where processes share the store, it also looks from time to time.
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);

  // Stops after the step that is in progress; the next process continues.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // One step follows another: each ends by calling the next, or by setting the timer.
  void OnTimer() ABSL_LOCKS_EXCLUDED(mutex_);
  void FindLogs() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnLogs(absl::StatusOr<std::vector<StatsLog>> logs) ABSL_LOCKS_EXCLUDED(mutex_);
  void BeginLog() ABSL_LOCKS_EXCLUDED(mutex_);
  void ReadPage() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPage(const absl::StatusOr<StatsRecords>& records) ABSL_LOCKS_EXCLUDED(mutex_);
  void WriteSlice() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnWritten(const absl::StatusOr<StatsWritten>& written) ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends the round; the next begins after that time.
  void EndRound(absl::Duration pause) ABSL_LOCKS_EXCLUDED(mutex_);

  void Count(const StatsRecords& records) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a record with that key is not yet counted for the partition.
  bool Wants(int partition, int64_t key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next write of what was counted.
  std::shared_ptr<const StatsBatch> TakeSlice() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The gap of what was deleted before it could be counted, if any.
  void NoteDeleted(StatsBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StatsLog& log() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return logs_.back(); }

  const Options options_;
  absl::Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;  // a step is in progress, or the timer is to continue it
  bool wanted_ ABSL_GUARDED_BY(mutex_) = false;   // Wake was called since the round began
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> next_ ABSL_GUARDED_BY(mutex_);  // what the timer continues with
  std::vector<StatsLog> logs_ ABSL_GUARDED_BY(mutex_);  // to count in this round, the last one first
  Tallies tallies_ ABSL_GUARDED_BY(mutex_);
  int64_t read_to_ ABSL_GUARDED_BY(mutex_) = 0;     // of the log
  int64_t span_from_ ABSL_GUARDED_BY(mutex_) = 0;   // what is in tallies_ has keys above this
  bool log_begun_ ABSL_GUARDED_BY(mutex_) = false;  // something was written of the log in this round
  std::shared_ptr<const StatsBatch> batch_ ABSL_GUARDED_BY(mutex_);
  int64_t counted_ ABSL_GUARDED_BY(mutex_) = 0;  // records, of the log
  // Logs of slots that no process holds, by id: up to which key they must be counted at least to be complete.
  absl::flat_hash_map<int64_t, int64_t> over_since_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Timer> timer_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_STATISTICS_RECOUNT_H_
