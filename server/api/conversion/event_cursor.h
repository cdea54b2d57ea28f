// Cursors of WatchEvents: a place in a project's log of events.
//
// Thread-safe; no state. A cursor works on every hookd with the same store, also after a restart.
#ifndef HOOKD_API_CONVERSION_EVENT_CURSOR_H_
#define HOOKD_API_CONVERSION_EVENT_CURSOR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookd {

// The place after the event with a key. Events after it were accepted at `time` or later: it is that of the
// key, or later if there were no events for a while.
struct EventCursor {
  int64_t key = 0;
  absl::Time time;
};

// Makes a cursor for callers, bound to the project.
std::string MakeEventCursor(absl::string_view project, const EventCursor& cursor);

// Returns nothing if MakeEventCursor did not make the text for this project.
std::optional<EventCursor> ReadEventCursor(absl::string_view project, absl::string_view text);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_EVENT_CURSOR_H_
