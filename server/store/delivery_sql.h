// What all engines share to list deliveries: which indexes serve a filter, and its conditions on the values
// of a row.
//
// Thread-safe; no state.
#ifndef HOOKD_STORE_DELIVERY_SQL_H_
#define HOOKD_STORE_DELIVERY_SQL_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "store/delivery_query.h"
#include "store/records.h"

namespace hookd {

// The keys of webhooks.
using WebhookKeys = absl::flat_hash_set<int64_t>;

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

// Whether a page of such a list may examine far more deliveries than it has, so that it takes longer than a
// read should that others wait for.
bool ExaminesMany(const DeliveryFilter& filter);

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

// Of a list that is read as `lists` lists, whose pages are merged: how many deliveries each of them examines,
// so that together they examine at most `max_examined`.
inline int64_t ExaminedOfEach(int64_t max_examined, size_t lists) {
  return std::max<int64_t>(1, max_examined / static_cast<int64_t>(std::max<size_t>(1, lists)));
}

// The keys of the event's deliveries in a range: those that follow its own.
KeyRange KeysOf(const Event& event, const KeyRange& keys);

// Keeps the deliveries of the webhooks, null for all, and of them the first `limit`.
void KeepWebhooks(const WebhookKeys* webhooks, int limit, std::vector<Delivery>& deliveries);

}  // namespace hookd

#endif  // HOOKD_STORE_DELIVERY_SQL_H_
