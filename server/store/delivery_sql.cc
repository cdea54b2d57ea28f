#include "store/delivery_sql.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hookd {

bool IsMissed(const DeliveryQuery& query) {
  return query.state == DeliveryState::kFailed || query.state == DeliveryState::kCanceled;
}

bool HasNoIndex(const DeliveryQuery& query) {
  if (query.event_key.has_value()) return false;
  return query.state == DeliveryState::kDelivered || (IsMissed(query) && query.event_type.has_value());
}

std::string StateSql(const DeliveryQuery& query) {
  return query.state.has_value() ? absl::StrCat(" AND d.state = ", static_cast<int>(*query.state)) : "";
}

absl::StatusOr<KeyRange> KeysOf(const DeliveryQuery& query,
                                const std::function<absl::StatusOr<Event>(int64_t key)>& get_event) {
  KeyRange keys = {.min_key = query.min_key.value_or(0),
                   .max_key = query.max_key.value_or(std::numeric_limits<int64_t>::max())};
  if (!query.event_key.has_value()) return keys;
  const auto event = get_event(*query.event_key);
  if (absl::IsNotFound(event.status())) return KeyRange{.min_key = 1, .max_key = 0};
  if (!event.ok()) return event.status();
  // The deliveries of an event are the keys that follow its own.
  return KeyRange{.min_key = std::max(keys.min_key, event->key + 1),
                  .max_key = std::min(keys.max_key, event->key + event->webhook_count)};
}

}  // namespace hookd
