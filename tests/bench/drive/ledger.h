// What is under way and how long it took: one entry an event, from the time it was due to be emitted, over
// its acknowledgement, to its arrival at every endpoint it goes to.
//
// Thread-safe: emitted by one thread, acknowledged and arriving on others.
#ifndef HOOKD_TESTS_BENCH_DRIVE_LEDGER_H_
#define HOOKD_TESTS_BENCH_DRIVE_LEDGER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace hookd::bench {

// Times in nanoseconds as JSON: percentiles in microseconds, and a histogram of buckets that grow by a tenth
// of a decade, from 10 µs on.
std::string LatencyJson(std::vector<int64_t> times);

class Ledger {
 public:
  // Of events numbered from `first` on, each of which arrives `arrivals` times. At most `in_flight` at once.
  // How long the first `lead` of them took is not told.
  Ledger(int64_t first, int64_t events, int arrivals, int64_t in_flight, int64_t lead = 0);

  // Notes that one more is under way, due at `due`; false if there is no room for it. And waits for room.
  bool TryBegin(int64_t number, int64_t due);
  void WaitForRoom();
  // Of numbers that are not the ledger's it takes no notice.
  void Acknowledge(int64_t number);
  void Arrive(int64_t number);
  void Fail() { ++failed_; }

  // Waits until all that began are acknowledged and have arrived; false after half a minute without a change.
  bool WaitForAll();

  int64_t failed() const { return failed_; }
  std::string EmitLatencyJson() const { return TimesJson(&Entry::acknowledged); }
  std::string ArrivalLatencyJson() const { return TimesJson(&Entry::arrived); }

 private:
  struct Entry {
    int64_t due = 0;
    std::atomic<int64_t> acknowledged = 0;  // when
    std::atomic<int64_t> arrived = 0;       // when, for the last time
    std::atomic<int> left = 0;
  };
  Entry* Find(int64_t number);
  // From when each was due to what is noted in `when`, of those whose time is told.
  std::string TimesJson(std::atomic<int64_t> Entry::*when) const;
  void Tick(Entry& entry);

  const int64_t first_;
  const int64_t events_;
  const int arrivals_;
  const int64_t lead_;
  const std::unique_ptr<Entry[]> entries_;
  std::counting_semaphore<> room_;
  std::atomic<int64_t> begun_ = 0;
  std::atomic<int64_t> ended_ = 0;
  std::atomic<int64_t> failed_ = 0;
};

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_LEDGER_H_
