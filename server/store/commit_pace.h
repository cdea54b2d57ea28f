// How a commit queue paces its transactions.
//
// A transaction costs a sync of the disk, however much it holds. While many writes come, the next therefore
// begins no sooner than tuning::kBusyCommitInterval after the one before began, and holds more of them. Many
// are two transactions in a row of tuning::kBusyCommitWrites: one alone is what gathered during a slow sync,
// or the outcomes of an event that went to many, and is no reason to have the next caller wait. A caller
// that waits for each of its answers therefore waits for this only beside many others.
#ifndef HOOKD_STORE_COMMIT_PACE_H_
#define HOOKD_STORE_COMMIT_PACE_H_

#include <chrono>
#include <cstddef>

namespace hookd {

// One queue's; not thread-safe.
class CommitPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A transaction of so many writes begins.
  void Begin(size_t writes, Time now);

  // When the next one may begin, at the earliest: in the past, unless many writes come.
  Time next() const { return next_; }

 private:
  size_t last_writes_ = 0;
  Time next_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_COMMIT_PACE_H_
