#include "store/stats/stats_codec.h"

#include <cstddef>
#include <utility>

namespace hookd {
namespace {

constexpr char kVersion = 1;
constexpr size_t kChecksumBytes = 4;
// In the mask of counts: there is a histogram.
constexpr uint64_t kHasLatency = uint64_t{1} << kStatsCounts;

// FNV-1a.
uint32_t Checksum(absl::string_view bytes) {
  uint32_t sum = 2166136261;
  for (const char byte : bytes) sum = (sum ^ static_cast<uint8_t>(byte)) * 16777619;
  return sum;
}

std::string ToBlock(absl::string_view content) {
  std::string block(1, kVersion);
  const uint32_t sum = Checksum(content);
  for (size_t i = 0; i < kChecksumBytes; ++i) block.push_back(static_cast<char>(sum >> (8 * i) & 0xFF));
  block.append(content.data(), content.size());
  return block;
}

// Removes the head of a block.
bool OpenBlock(absl::string_view& block) {
  if (block.size() < 1 + kChecksumBytes || block[0] != kVersion) return false;
  uint32_t sum = 0;
  for (size_t i = 0; i < kChecksumBytes; ++i) sum |= uint32_t{static_cast<uint8_t>(block[1 + i])} << (8 * i);
  block.remove_prefix(1 + kChecksumBytes);
  return Checksum(block) == sum;
}

bool TakeHistogram(absl::string_view& bytes, LatencyHistogram& latency) {
  uint64_t size = 0;
  if (!TakeVarint(bytes, size) || size == 0 || size > LatencyHistogram::kBuckets) return false;
  std::vector<LatencyHistogram::Bucket> buckets(size);
  uint64_t index = 0;
  for (uint64_t i = 0; i < size; ++i) {
    uint64_t distance = 0;
    if (!TakeVarint(bytes, distance) || (i > 0 && distance == 0)) return false;
    if (distance >= LatencyHistogram::kBuckets) return false;
    index += distance;
    if (index >= LatencyHistogram::kBuckets || !TakeVarint(bytes, buckets[i].count)) return false;
    buckets[i].index = static_cast<uint32_t>(index);
  }
  uint64_t max_us = 0;
  if (!TakeVarint(bytes, max_us) || max_us > uint64_t{1} << 40) return false;
  latency = LatencyHistogram(std::move(buckets), static_cast<int64_t>(max_us));
  return true;
}

}  // namespace

void AppendVarint(uint64_t value, std::string& bytes) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
}

bool TakeVarint(absl::string_view& bytes, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

void AppendCounts(const StatsCounts& counts, std::string& bytes) {
  uint64_t mask = counts.latency.empty() ? 0 : kHasLatency;
  for (size_t i = 0; i < kStatsCounts; ++i) {
    if (counts.counts[i] != 0) mask |= uint64_t{1} << i;
  }
  AppendVarint(mask, bytes);
  for (const uint64_t count : counts.counts) {
    if (count != 0) AppendVarint(count, bytes);
  }
  if (counts.latency.empty()) return;
  AppendVarint(counts.latency.buckets().size(), bytes);
  uint32_t last = 0;
  for (const LatencyHistogram::Bucket& bucket : counts.latency.buckets()) {
    AppendVarint(bucket.index - last, bytes);
    AppendVarint(bucket.count, bytes);
    last = bucket.index;
  }
  AppendVarint(static_cast<uint64_t>(absl::ToInt64Microseconds(counts.latency.max())), bytes);
}

bool TakeCounts(absl::string_view& bytes, StatsCounts& counts) {
  counts = {};
  uint64_t mask = 0;
  if (!TakeVarint(bytes, mask) || mask >= kHasLatency << 1) return false;
  for (size_t i = 0; i < kStatsCounts; ++i) {
    if ((mask >> i & 1) != 0 && !TakeVarint(bytes, counts.counts[i])) return false;
  }
  return (mask & kHasLatency) == 0 || TakeHistogram(bytes, counts.latency);
}

std::string EncodeTotal(const StatsCounts& total) {
  std::string content;
  AppendCounts(total, content);
  return ToBlock(content);
}

bool DecodeTotal(absl::string_view block, StatsCounts& total) {
  return OpenBlock(block) && TakeCounts(block, total) && block.empty();
}

std::string EncodeMinutes(const std::vector<StatsMinute>& minutes) {
  std::string content;
  for (const StatsMinute& minute : minutes) {
    content.push_back(static_cast<char>(minute.minute));
    AppendCounts(minute.counts, content);
  }
  return ToBlock(content);
}

bool DecodeMinutes(absl::string_view block, std::vector<StatsMinute>& minutes) {
  minutes.clear();
  if (!OpenBlock(block)) return false;
  while (!block.empty()) {
    StatsMinute minute{.minute = static_cast<uint8_t>(block.front())};
    block.remove_prefix(1);
    const bool ascends = minutes.empty() || minutes.back().minute < minute.minute;
    if (minute.minute >= kMinutesPerHour || !ascends || !TakeCounts(block, minute.counts)) return false;
    minutes.push_back(std::move(minute));
  }
  return true;
}

}  // namespace hookd
