// The records of statistics: plain values. See stats_store.h for what they mean together.
#ifndef HOOKD_STORE_STATS_STATS_RECORDS_H_
#define HOOKD_STORE_STATS_STATS_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/stats/stats_counts.h"

namespace hookd {

inline constexpr int kMinutesPerHour = 60;
inline constexpr int64_t kHoursPerDay = 24;

// Minutes and hours since the Unix epoch.
inline int64_t MinuteOf(absl::Time time) { return absl::ToUnixSeconds(time) / 60; }
inline int64_t HourOf(absl::Time time) { return absl::ToUnixSeconds(time) / 3600; }

// What has statistics: a webhook or, with a webhook_key of 0, a project.
struct StatsOwner {
  int64_t webhook_key = 0;
  std::string project;
  int64_t project_key = 0;  // Project::key, as an id may become another project's; 0 if it is not known
};

// Owners are divided into partitions, each of which is written in one transaction. Projects have partitions
// of their own, so that those of webhooks, of which there are many more, can be written less often. The store
// keeps a position for each partition: neither function may ever change.
inline constexpr int kStatsPartitions = 256;
inline constexpr int kStatsProjectPartitions = 16;
int StatsPartitionOfWebhook(int64_t webhook_key);
int StatsPartitionOfProject(absl::string_view project);
int StatsPartitionOf(const StatsOwner& owner);

// What an outcome counts as. Nothing for a delivery that is pending as before.
std::optional<StatsCount> StatsCountOf(DeliveryState state);
// What an attempt counts as.
StatsCount StatsCountOfAttempt(ErrorClass error_class, int response_status);

// A minute of an hour, 0 to 59.
struct StatsMinute {
  int minute = 0;
  StatsCounts counts;
  bool operator==(const StatsMinute&) const = default;
};

// Counts to be added to an hour of an owner.
struct StatsRow {
  StatsOwner owner;
  int64_t hour = 0;
  std::vector<StatsMinute> minutes;  // ascending
};

// A span of time of which counts are missing.
struct StatsGap {
  absl::Time start, end;
};

// The process that writes: its slot (-1: the only process) and the slot's generation.
struct StatsSession {
  int slot = -1;
  int64_t generation = 0;
  bool operator==(const StatsSession&) const = default;
};

// A log: the events and outcomes of a slot with keys above `first_key`. Those of a partition with keys up to
// its position are in the statistics.
struct StatsLog {
  int64_t id = 0;
  int slot = -1;  // -1: of all slots
  int64_t first_key = 0;
  int64_t end_key = 0;  // what can be counted now: up to this key
  bool ended = false;   // no key above end_key belongs to it
  bool over = false;    // no process holds its slot, so that it has no key of a later time
  bool clean = false;   // it was counted completely when its process stopped
  int64_t version = 0;  // counts its changes
  std::vector<int64_t> positions;
};

// A write of statistics, in one transaction.
struct StatsBatch {
  // Ends the slot's log at the last key so far, and begins a new one; the rest is ignored.
  bool begin = false;
  int64_t log = 0;
  int64_t version = 0;             // that the log must have
  std::vector<int64_t> positions;  // the new ones
  bool clean = false;              // the log is counted completely, as its process stops or has ended
  bool finished = false;           // the log is counted to its end, and is deleted
  std::vector<StatsRow> rows;      // at most one for each owner and hour
  std::vector<StatsGap> gaps;
};

struct StatsWritten {
  bool written = false;           // false: nothing was changed, as the log had another version
  std::optional<StatsLog> begun;  // of StatsBatch::begin
  StatsSession session;           // likewise
  int damaged = 0;                // hours that could not be read, and were replaced; each is a gap now
};

// Which hours to read: from first_hour to before end_hour, of each owner.
struct StatsQuery {
  std::vector<StatsOwner> owners;
  int64_t first_hour = 0;
  int64_t end_hour = 0;
  bool minutes = false;  // also the minutes
  bool gaps = false;     // also the gaps
};

// An hour of an owner, as one slot counted it.
struct StatsHour {
  size_t owner = 0;  // index in the query
  int64_t hour = 0;
  int slot = -1;
  int64_t counted_to = 0;  // the position with which it was last written
  bool damaged = false;    // it cannot be read, and counts as empty
  StatsCounts total;
  std::vector<StatsMinute> minutes;  // if they were asked for
};

struct StatsPage {
  std::vector<StatsHour> hours;  // in no order
  // Of each owner: the key of the project that has the id now; 0 if there is none, and of a webhook.
  std::vector<int64_t> project_keys;
  std::vector<bool> known;     // of each owner: whether the webhook, or the project, has ever existed
  std::vector<StatsGap> gaps;  // of all owners
};

// Which events, deliveries and outcomes to read, to count them again.
struct StatsRecordsQuery {
  int slot = -1;  // -1: of all slots
  int64_t after_key = 0;
  int64_t to_key = 0;
  int limit = 1;  // of each kind, at most so many
};

struct StatsRecords {
  struct AcceptedEvent {
    int64_t key = 0;
    std::string project;
    int64_t project_key = 0;
    bool matched = false;
  };
  struct MatchedWebhook {
    int64_t key = 0;
    int64_t webhook_key = 0;
  };
  struct RecordedResult {
    int64_t key = 0;
    std::string project;
    int64_t project_key = 0;
    int64_t webhook_key = 0;
    DeliveryState state = DeliveryState::kPending;
    bool attempted = false;
    ErrorClass error_class{};
    int response_status = 0;
    absl::Duration total;
  };
  std::vector<AcceptedEvent> events;
  std::vector<MatchedWebhook> deliveries;
  std::vector<RecordedResult> outcomes;
  int64_t read_to = 0;  // includes all records with keys up to this
};

}  // namespace hookd

#endif  // HOOKD_STORE_STATS_STATS_RECORDS_H_
