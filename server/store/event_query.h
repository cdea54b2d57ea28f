// Which events to list or to read in their order, and pages of them.
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

// Which events to read from the log of events: those that satisfy every condition set, oldest first.
struct EventLogQuery {
  std::optional<std::string> project;     // none: every project's
  std::optional<EventTypes> event_types;  // any of them
  std::vector<std::string> webhook_ids;   // sent to a webhook that has or had one of these ids; empty: to any
  int64_t after_key = 0;                  // above this
  bool from_end = false;                  // reads no events, but only where those begin that follow
  int limit = 1;                          // examines at most so many events, matching or not
  size_t max_bytes = size_t{1024} * 1024;  // returns no event after they reach this size, but at least one
};

struct LoggedEvent {
  std::string project;
  Event event;
};

struct EventLogPage {
  std::vector<LoggedEvent> events;
  int64_t last_key = 0;  // of the last event examined, of any project; `after_key` if there was none
  bool more = false;     // `limit` or `max_bytes` ended the page
  // Every event that was accepted before the read has a key up to this one. If it is above `last_key` without
  // `more`, those events can be read as soon as other processes have ended the transactions that they are in.
  int64_t newest_key = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_EVENT_QUERY_H_
