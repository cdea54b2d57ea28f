// One search for events: what SearchEvents and SearchDeliveries share. Not thread-safe.
#ifndef HOOKD_STORE_SEARCH_EVENT_FINDER_H_
#define HOOKD_STORE_SEARCH_EVENT_FINDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/tuning.h"
#include "store/search/event_search.h"

namespace hookd::search {

// More keys than an event and its deliveries have.
inline constexpr int64_t kMaxEventKeys = int64_t{1} << 20;

class EventFinder {
 public:
  // Receives an event that matches. Returns whether to continue.
  using Take = absl::FunctionRef<absl::StatusOr<bool>(Event event)>;

  // All must outlive the finder. Of the query, `limit` and `max_bytes` are not used.
  EventFinder(const SearchParts* parts, SearchReads* reads, const EventQuery* query, Take take)
      : parts_(*parts),
        reads_(*reads),
        query_(*query),
        take_(take),
        end_time_(parts->clock->Steady() + tuning::kSearchTime) {}

  // Gives all matching events to `take`, newest first. If it ends early, because of `take` or of a bound,
  // returns the key down to which it examined all events: lower ones were not examined.
  absl::StatusOr<std::optional<int64_t>> Find();

 private:
  // The cursors of alternative terms.
  using Group = std::vector<TermCursor>;

  int64_t min_key() const { return query_.min_key.value_or(0); }
  int64_t max_key() const;
  bool stopped() const { return stopped_at_.has_value(); }
  // False until the search has got further than the previous page, so that every page makes progress.
  bool TimeIsUp() const { return has_progress_ && parts_.clock->Steady() >= end_time_; }

  // Whether the event satisfies every condition.
  absl::StatusOr<bool> Matches(const Event& event);
  // Compares the event with the query, and gives it to `take` if it matches.
  absl::Status Consider(Event event);
  // Considers the events with these keys, newest first.
  absl::Status ConsiderKeys(const std::vector<int64_t>& keys);
  // Finds events by reading all with keys in that range, both inclusive.
  absl::Status Scan(int64_t min_key, int64_t max_key);
  // Finds events by the lists of the webhooks' deliveries.
  absl::Status FindByWebhook();
  // Finds events by the index: in each segment, and in what is not indexed.
  absl::Status FindByIndex(const Index& index);
  absl::Status FindInSegment(const Segment& segment);
  // The same with an undamaged segment. Sets `rest`: events with greater keys were considered.
  absl::Status FindInSegment(const Segment& segment, int64_t& rest);

  std::vector<Group> MakeGroups(SegmentReader& segment) const;
  // Moves `ordinal` down to the greatest one that every group has, or to -1. False if too much was read.
  absl::StatusOr<bool> Meet(std::vector<Group>& groups, int& ordinal);

  const SearchParts& parts_;
  SearchReads& reads_;
  const EventQuery& query_;
  const Take take_;
  const absl::Time end_time_;
  int64_t project_ = 0;
  std::string seed_;  // of the index; empty without one
  std::optional<Terms> terms_;
  bool by_webhook_ = false;    // events are those of the webhooks' deliveries
  WebhookKeys webhooks_;       // of the query
  bool has_progress_ = false;  // events were examined, or the index has none in a range that is left behind
  int examined_ = 0;           // events
  size_t bytes_ = 0;           // of them
  int blocks_read_ = 0;
  std::optional<int64_t> stopped_at_;
};

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_EVENT_FINDER_H_
