// Which events to list, and a page of them.
#ifndef HOOKD_STORE_EVENT_QUERY_H_
#define HOOKD_STORE_EVENT_QUERY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "store/records.h"

namespace hookd {

// Selects the events of a project that satisfy every condition set, newest (greatest key) first. An empty
// list is no condition; its values are alternatives.
struct EventQuery {
  std::string project;
  std::vector<std::string> webhook_ids;  // of webhooks that the event was sent to; see DeliveryQuery
  std::vector<int> event_types;
  std::vector<ContentKey> content;  // keys of one field are alternatives, different fields are conditions
  std::optional<int64_t> min_key;   // inclusive
  std::optional<int64_t> max_key;   // inclusive
  int limit = 0;                    // at most so many, at least 1
  size_t max_bytes = limits::kMaxPageBytes;  // and no more once their sizes reach this
  // Examines at most so many, matching or not.
  int max_examined = limits::kMaxEventsExamined;
};

// Events, newest first.
struct EventPage {
  std::vector<Event> events;
  // Set if a bound other than `limit` ended the page: events with lower keys were not examined.
  std::optional<int64_t> examined_to;
};

}  // namespace hookd

#endif  // HOOKD_STORE_EVENT_QUERY_H_
