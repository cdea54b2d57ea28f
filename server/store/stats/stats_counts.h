// Counts of a span of time, as statistics keep them, and a histogram of durations. Both add up: the counts of
// minutes, webhooks and processes can be merged in any order.
//
// Not thread-safe.
#ifndef HOOKD_STORE_STATS_STATS_COUNTS_H_
#define HOOKD_STORE_STATS_STATS_COUNTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace hookd {

// What is counted. The numbers are stored: never change one, and add new ones at the end.
enum class StatsCount {
  kEventsAccepted = 0,
  kEventsMatched = 1,  // sent to the webhook or, of a project, to at least one
  kDelivered = 2,
  kFailed = 3,
  kCanceled = 4,
  k2xx = 5,  // from here on attempts, by result
  k3xx = 6,
  k4xx = 7,
  k5xx = 8,
  kTimeout = 9,
  kConnection = 10,
  kTls = 11,
  kBlocked = 12,
};
inline constexpr size_t kStatsCounts = static_cast<size_t>(StatsCount::kBlocked) + 1;

// A histogram whose buckets grow by 1/16 at most, so that a percentile is at most 6.25 % above the true
// value. Sparse: it holds the buckets that have a duration, of which there are kBuckets at most.
class LatencyHistogram {
 public:
  struct Bucket {
    uint32_t index = 0;
    uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };
  static constexpr uint32_t kBuckets = 528;

  LatencyHistogram() = default;
  // Requires: the buckets ascend and have no count of 0.
  LatencyHistogram(std::vector<Bucket> buckets, int64_t max_us)
      : buckets_(std::move(buckets)), max_us_(max_us) {}

  // Negative durations count as 0, and those above 19 hours as that.
  void Add(absl::Duration duration);
  void Merge(const LatencyHistogram& other);
  // Keeps the memory for later durations.
  void Clear();

  // The least duration that is not below the given fraction of all durations, from above 0 to 1; 0 if it is
  // empty. Never above max().
  absl::Duration Percentile(double fraction) const;
  absl::Duration max() const { return absl::Microseconds(max_us_); }

  bool empty() const { return buckets_.empty(); }
  const std::vector<Bucket>& buckets() const { return buckets_; }
  size_t allocated_bytes() const { return buckets_.capacity() * sizeof(Bucket); }
  bool operator==(const LatencyHistogram&) const = default;

 private:
  std::vector<Bucket> buckets_;  // by index, ascending
  int64_t max_us_ = 0;
};

struct StatsCounts {
  std::array<uint64_t, kStatsCounts> counts{};
  LatencyHistogram latency;  // of attempts

  uint64_t& operator[](StatsCount what) { return counts[static_cast<size_t>(what)]; }
  uint64_t operator[](StatsCount what) const { return counts[static_cast<size_t>(what)]; }
  void Merge(const StatsCounts& other);
  bool operator==(const StatsCounts&) const = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_STATS_STATS_COUNTS_H_
