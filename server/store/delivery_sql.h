// What lists of deliveries have in common in every engine: the SQL that is the same, and which keys they are
// of.
#ifndef HOOKD_STORE_DELIVERY_SQL_H_
#define HOOKD_STORE_DELIVERY_SQL_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "store/records.h"

namespace hookd {

// Whether a list is of deliveries that ended without success: they have an index of their own, by
// their state.
bool IsMissed(const DeliveryQuery& query);

// Whether deliveries have to be looked at to find those that are asked for: no index is of them alone.
bool HasNoIndex(const DeliveryQuery& query);

// The condition on the state, written out, as a partial index is used for nothing else; empty if there is
// none.
std::string StateSql(const DeliveryQuery& query);

// Both inclusive; none if the first is above the last.
struct KeyRange {
  int64_t min_key;
  int64_t max_key;
};

// The keys that a list is of: the query's own, and those of its event, which `get_event` is asked for if
// there is one.
absl::StatusOr<KeyRange> KeysOf(const DeliveryQuery& query,
                                const std::function<absl::StatusOr<Event>(int64_t key)>& get_event);

}  // namespace hookd

#endif  // HOOKD_STORE_DELIVERY_SQL_H_
