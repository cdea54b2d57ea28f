// Counts as bytes: a few for each count that is not 0, so that a quiet minute takes about ten. Thread-safe;
// no state.
//
// A block is what a row of the store has: a version, a checksum, and counts. A block that is damaged, or of a
// later version, is recognized.
#ifndef HOOKD_STORE_STATS_STATS_CODEC_H_
#define HOOKD_STORE_STATS_STATS_CODEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "store/stats/stats_counts.h"
#include "store/stats/stats_records.h"

namespace hookd {

// Appends the number, in fewer bytes the smaller it is; and removes it from the front of the bytes. Returns
// false if there is none.
void AppendVarint(uint64_t value, std::string& bytes);
bool TakeVarint(absl::string_view& bytes, uint64_t& value);

// Appends the counts; and removes them from the front of the bytes. Returns false if they are damaged.
void AppendCounts(const StatsCounts& counts, std::string& bytes);
bool TakeCounts(absl::string_view& bytes, StatsCounts& counts);

// The blocks of an hour: its total, and its minutes. Decoding returns false if the block is damaged.
std::string EncodeTotal(const StatsCounts& total);
bool DecodeTotal(absl::string_view block, StatsCounts& total);
std::string EncodeMinutes(const std::vector<StatsMinute>& minutes);
bool DecodeMinutes(absl::string_view block, std::vector<StatsMinute>& minutes);

}  // namespace hookd

#endif  // HOOKD_STORE_STATS_STATS_CODEC_H_
