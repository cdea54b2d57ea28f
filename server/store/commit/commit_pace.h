// When a commit queue may begin its next transaction.
//
// A transaction costs one sync of the disk, whatever its size. While many writes arrive, a transaction begins
// no sooner than tuning::kBusyCommitInterval after the previous one began, and so contains more of them. Many
// means two transactions in a row of tuning::kBusyCommitWrites: a single one may come from a slow sync, or
// from the outcomes of an event with many webhooks. A caller that waits for each answer is therefore delayed
// only while many others call.
#ifndef HOOKD_STORE_COMMIT_COMMIT_PACE_H_
#define HOOKD_STORE_COMMIT_COMMIT_PACE_H_

#include <chrono>
#include <cstddef>

namespace hookd {

// The pace of one queue. Not thread-safe.
class CommitPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A transaction with that many writes begins now.
  void Begin(size_t writes, Time now);

  // The earliest time for the next transaction: in the past, unless many writes arrive.
  Time next() const { return next_; }

 private:
  size_t last_writes_ = 0;
  Time next_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_COMMIT_COMMIT_PACE_H_
