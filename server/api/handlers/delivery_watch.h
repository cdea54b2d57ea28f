// Streams the outcomes of a project's deliveries to a caller of DeliveryService.WatchDeliveries: first the
// past outcomes that the request selects, from the store, then new outcomes, from the feed.
//
// Thread-safe. No method blocks.
#ifndef HOOKD_API_HANDLERS_DELIVERY_WATCH_H_
#define HOOKD_API_HANDLERS_DELIVERY_WATCH_H_

#include <memory>

#include "absl/status/statusor.h"
#include "api/caller_access.h"
#include "api/stream.h"
#include "base/clock.h"
#include "base/shares.h"
#include "delivery/outcome_feed.h"
#include "hookd/v1/delivery_service.pb.h"
#include "store/store.h"

namespace hookd {

class DeliveryWatch {
 public:
  // What a watch uses. All must outlive it.
  struct Parts {
    Store* store;
    OutcomeFeed* feed;
    Shares* places;  // bounds the watches of each project and of each token
    Clock* clock;
  };

  // Opens a watch. Returns INVALID_ARGUMENT for an invalid request and RESOURCE_EXHAUSTED if the project or
  // the token has too many watches. The stream ends with UNAVAILABLE once the feed is closed, with
  // RESOURCE_EXHAUSTED if the caller reads too slowly, and with UNAUTHENTICATED at the first outcome or
  // heartbeat after the caller's token expired or was deleted. Heartbeats are sent when the feed wakes the
  // watch (OutcomeFeed::WakeAll).
  static absl::StatusOr<std::shared_ptr<ResponseStream>> Create(const CallerAccess& access,
                                                                const v1::WatchDeliveriesRequest& request,
                                                                const Parts& parts, ResponseSink* sink);
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_DELIVERY_WATCH_H_
