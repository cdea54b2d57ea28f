// Streams the events of a project to a caller of EventService.WatchEvents, in the order in which they were
// accepted. Every event is read from the store, so that a slow caller needs no memory; the feed says when to
// read.
//
// Thread-safe. No method blocks.
#ifndef HOOKD_API_HANDLERS_EVENT_WATCH_H_
#define HOOKD_API_HANDLERS_EVENT_WATCH_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/caller_access.h"
#include "api/stream.h"
#include "base/clock.h"
#include "base/shares.h"
#include "delivery/event_feed.h"
#include "hookd/v1/event_service.pb.h"
#include "store/store.h"

namespace hookd {

class EventWatch {
 public:
  // What a watch uses. All must outlive it.
  struct Parts {
    Store* store;
    EventFeed* feed;
    Shares* places;  // bounds the watches of each project and of each token
    Clock* clock;
    absl::Duration retention;  // how long every event is kept at least
  };

  // Opens a watch. Returns INVALID_ARGUMENT for an invalid request, OUT_OF_RANGE if events after its cursor
  // may have been deleted, and RESOURCE_EXHAUSTED if the project or the token has too many watches. The
  // stream ends with OK if the request asks for the events until now, with UNAVAILABLE once the feed is
  // closed, with UNAUTHENTICATED at the first event or heartbeat after the caller's token expired or was
  // deleted, and with OUT_OF_RANGE if the caller reads so slowly that events are deleted before.
  static absl::StatusOr<std::shared_ptr<ResponseStream>> Create(const CallerAccess& access,
                                                                const v1::WatchEventsRequest& request,
                                                                const Parts& parts, ResponseSink* sink);
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_EVENT_WATCH_H_
