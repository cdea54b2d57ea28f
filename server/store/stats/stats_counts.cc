#include "store/stats/stats_counts.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace hookd {
namespace {

// Each power of two is divided into that many buckets; durations below it have a bucket for each microsecond.
constexpr uint32_t kPerOctave = 16;
constexpr int kOctaveBits = 4;
constexpr int64_t kGreatest = (int64_t{1} << 36) - 1;

uint32_t IndexOf(int64_t microseconds) {
  const auto value = static_cast<uint64_t>(microseconds);
  if (value < kPerOctave) return static_cast<uint32_t>(value);
  const int shift = std::bit_width(value) - 1 - kOctaveBits;
  return kPerOctave + static_cast<uint32_t>(shift) * kPerOctave +
         static_cast<uint32_t>(value >> shift & (kPerOctave - 1));
}

// The greatest duration of a bucket.
int64_t UpperBound(uint32_t index) {
  if (index < kPerOctave) return index;
  const uint32_t shift = index / kPerOctave - 1;
  return (int64_t{kPerOctave + index % kPerOctave + 1} << shift) - 1;
}

}  // namespace

void LatencyHistogram::Add(absl::Duration duration) {
  const int64_t microseconds = std::clamp<int64_t>(absl::ToInt64Microseconds(duration), 0, kGreatest);
  const uint32_t index = IndexOf(microseconds);
  const auto place = std::lower_bound(buckets_.begin(), buckets_.end(), index,
                                      [](const Bucket& bucket, uint32_t i) { return bucket.index < i; });
  if (place != buckets_.end() && place->index == index) {
    ++place->count;
  } else {
    buckets_.insert(place, {.index = index, .count = 1});
  }
  max_us_ = std::max(max_us_, microseconds);
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  max_us_ = std::max(max_us_, other.max_us_);
  if (other.buckets_.empty()) return;
  std::vector<Bucket> merged;
  merged.reserve(buckets_.size() + other.buckets_.size());
  auto own = buckets_.begin();
  for (const Bucket& bucket : other.buckets_) {
    while (own != buckets_.end() && own->index < bucket.index) merged.push_back(*own++);
    merged.push_back(bucket);
    if (own != buckets_.end() && own->index == bucket.index) merged.back().count += (own++)->count;
  }
  merged.insert(merged.end(), own, buckets_.end());
  buckets_ = std::move(merged);
}

void LatencyHistogram::Clear() {
  buckets_.clear();
  max_us_ = 0;
}

absl::Duration LatencyHistogram::Percentile(double fraction) const {
  uint64_t total = 0;
  for (const Bucket& bucket : buckets_) total += bucket.count;
  const auto rank = static_cast<uint64_t>(std::ceil(static_cast<double>(total) * fraction));
  uint64_t passed = 0;
  for (const Bucket& bucket : buckets_) {
    passed += bucket.count;
    if (passed >= rank) return absl::Microseconds(std::min(UpperBound(bucket.index), max_us_));
  }
  return absl::Microseconds(max_us_);
}

void StatsCounts::Merge(const StatsCounts& other) {
  for (size_t i = 0; i < kStatsCounts; ++i) counts[i] += other.counts[i];
  latency.Merge(other.latency);
}

}  // namespace hookd
