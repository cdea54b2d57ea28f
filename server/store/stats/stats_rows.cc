#include "store/stats/stats_rows.h"

#include <algorithm>
#include <utility>

#include "store/stats/stats_codec.h"

namespace hookd {
namespace {

constexpr size_t kPositionBytes = 8;

std::vector<StatsMinute> Merge(std::vector<StatsMinute> stored, const std::vector<StatsMinute>& added) {
  for (const StatsMinute& minute : added) {
    const auto place = std::lower_bound(stored.begin(), stored.end(), minute.minute,
                                        [](const StatsMinute& a, int b) { return a.minute < b; });
    if (place != stored.end() && place->minute == minute.minute) {
      place->counts.Merge(minute.counts);
    } else {
      stored.insert(place, minute);
    }
  }
  return stored;
}

}  // namespace

StoredStats AddToStored(const StoredStats* stored, const StatsRow& row, int64_t counted_to, bool& damaged) {
  StatsCounts total;
  std::vector<StatsMinute> minutes;
  if (stored != nullptr) {
    damaged = !DecodeTotal(stored->total, total) || !DecodeMinutes(stored->minutes, minutes);
    if (damaged) {
      total = {};
      minutes.clear();
    }
    counted_to = std::max(counted_to, stored->counted_to);
  }
  for (const StatsMinute& minute : row.minutes) total.Merge(minute.counts);
  return {.counted_to = counted_to,
          .total = EncodeTotal(total),
          .minutes = EncodeMinutes(Merge(std::move(minutes), row.minutes))};
}

StatsHour ReadStored(size_t owner, int64_t hour, int slot, int64_t counted_to, absl::string_view total,
                     std::optional<absl::string_view> minutes) {
  StatsHour read{.owner = owner, .hour = hour, .slot = slot, .counted_to = counted_to};
  read.damaged =
      !DecodeTotal(total, read.total) || (minutes.has_value() && !DecodeMinutes(*minutes, read.minutes));
  if (read.damaged) {
    read.total = {};
    read.minutes.clear();
  }
  return read;
}

StatsGap GapOfHour(int64_t hour) {
  const absl::Time start = absl::FromUnixSeconds(hour * 3600);
  return {.start = start, .end = start + absl::Hours(1)};
}

std::string EncodePositions(const std::vector<int64_t>& positions) {
  std::string bytes;
  bytes.reserve(positions.size() * kPositionBytes);
  for (const int64_t position : positions) {
    for (size_t i = 0; i < kPositionBytes; ++i) {
      bytes.push_back(static_cast<char>(static_cast<uint64_t>(position) >> (8 * i) & 0xFF));
    }
  }
  return bytes;
}

std::optional<std::vector<int64_t>> DecodePositions(absl::string_view bytes) {
  if (bytes.size() != kPositionBytes * kStatsPartitions) return std::nullopt;
  std::vector<int64_t> positions(kStatsPartitions);
  for (size_t at = 0; at < bytes.size(); ++at) {
    const uint64_t byte = static_cast<uint8_t>(bytes[at]);
    positions[at / kPositionBytes] |= static_cast<int64_t>(byte << (8 * (at % kPositionBytes)));
  }
  return positions;
}

int64_t CountedTo(const std::vector<int64_t>& positions) {
  return *std::min_element(positions.begin(), positions.end());
}

void TrimRecords(int64_t read_to, StatsRecords& records) {
  const auto is_above = [read_to](const auto& record) { return record.key > read_to; };
  std::erase_if(records.events, is_above);
  std::erase_if(records.deliveries, is_above);
  std::erase_if(records.outcomes, is_above);
  records.read_to = read_to;
}

}  // namespace hookd
