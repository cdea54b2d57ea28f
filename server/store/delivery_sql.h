// What all engines share to list deliveries: which indexes serve a filter, and its conditions on the values
// of a row.
//
// Thread-safe; no state.
#ifndef HOOKD_STORE_DELIVERY_SQL_H_
#define HOOKD_STORE_DELIVERY_SQL_H_

#include <cstdint>
#include <vector>

#include "store/delivery_query.h"
#include "store/records.h"

namespace hookd {

// A part of a list, which one index serves. The parts of a filter are disjoint and contain all that match it.
struct ListPart {
  enum class Source {
    kEvent,     // the few deliveries of one event: a range of keys
    kPending,   // the pending ones, by webhook
    kMissed,    // those of one state that ended without success, by that state
    kAnyState,  // all, by event type
  };
  Source source = Source::kAnyState;
  DeliveryState state = DeliveryState::kFailed;  // of kMissed
  int64_t event_key = 0;                         // of kEvent
};

// The parts of a list; none if no delivery can match. Those that were delivered are walked over only if they
// can match: a filter of other states, of errors or of statuses that no success has does without them.
std::vector<ListPart> PartsOf(const DeliveryFilter& filter);

// Whether the part has deliveries that do not match, so that a bounded number of them is examined. False of
// an event: all of its deliveries are.
bool IsSifted(const DeliveryFilter& filter, const ListPart& part);

// The conditions on the values of a row as parameters of SQL, so that a part has two statements at most: with
// the conditions and without. A value n matches if bit n is set.
struct ListMasks {
  explicit ListMasks(const DeliveryFilter& filter);

  int64_t event_types = -1, states = -1, error_classes = -1;
  int64_t status_classes = -1;    // 5 for 500 to 599
  std::vector<int64_t> statuses;  // that match too
};

// Both inclusive; empty if the first is above the last.
struct KeyRange {
  int64_t min_key;
  int64_t max_key;
};

// The keys that the filter allows.
KeyRange KeysOf(const DeliveryFilter& filter);

// The keys of the event's deliveries in a range: those that follow its own.
KeyRange KeysOf(const Event& event, const KeyRange& keys);

}  // namespace hookd

#endif  // HOOKD_STORE_DELIVERY_SQL_H_
