// What all engines share to list deliveries: SQL, and the range of keys.
#ifndef HOOKD_STORE_DELIVERY_SQL_H_
#define HOOKD_STORE_DELIVERY_SQL_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "store/records.h"

namespace hookd {

// Whether the query asks for deliveries that ended without success: these have an index by state.
bool IsMissed(const DeliveryQuery& query);

// Whether deliveries have to be examined to find those that match: no index contains these alone.
bool HasNoIndex(const DeliveryQuery& query);

// The condition on the state, as a literal, which a partial index requires; empty if there is none.
std::string StateSql(const DeliveryQuery& query);

// Both inclusive; empty if the first is above the last.
struct KeyRange {
  int64_t min_key;
  int64_t max_key;
};

// The keys that can match the query: by its own limits, and by its event, which `get_event` returns.
absl::StatusOr<KeyRange> KeysOf(const DeliveryQuery& query,
                                const std::function<absl::StatusOr<Event>(int64_t key)>& get_event);

}  // namespace hookd

#endif  // HOOKD_STORE_DELIVERY_SQL_H_
