// The rows of statistics in a database, as both engines keep them. Thread-safe; no state.
#ifndef HOOKD_STORE_STATS_STATS_ROWS_H_
#define HOOKD_STORE_STATS_STATS_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "store/stats/stats_records.h"

namespace hookd {

// The columns of a row in addition to its key.
struct StoredStats {
  int64_t counted_to = 0;
  std::string total;    // see stats_codec.h
  std::string minutes;  // likewise
};

// The row with the counts added. `stored` is null if there is no row yet. If it is damaged, it is replaced,
// and `damaged` is set.
StoredStats AddToStored(const StoredStats* stored, const StatsRow& row, int64_t counted_to, bool& damaged);

// The row as it is read; without its minutes if `minutes` is not set.
StatsHour ReadStored(size_t owner, int64_t hour, int slot, int64_t counted_to, absl::string_view total,
                     std::optional<absl::string_view> minutes);

// The key of a project, from the number that stands for it as an owner; 0 if there is none, and for a
// webhook.
inline int64_t ProjectKeyOf(const StatsOwner& owner, std::optional<int64_t> number) {
  return owner.webhook_key == 0 ? -number.value_or(0) : 0;
}

// The span of an hour.
StatsGap GapOfHour(int64_t hour);

// The positions of a log as bytes: those of a log that begins at a key; and back, nothing if they are
// damaged.
std::string EncodePositions(const std::vector<int64_t>& positions);
std::optional<std::vector<int64_t>> DecodePositions(absl::string_view bytes);
// The least of them.
int64_t CountedTo(const std::vector<int64_t>& positions);

// Removes records with keys above `read_to`, as not all of these were read.
void TrimRecords(int64_t read_to, StatsRecords& records);

}  // namespace hookd

#endif  // HOOKD_STORE_STATS_STATS_ROWS_H_
