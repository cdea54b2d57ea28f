// DeliveryService.WatchDeliveries: reports the outcomes of a project's deliveries to a caller, first those of
// the past that it asked for, from the store, then those to come, from the feed.
#ifndef HOOKD_API_DELIVERY_WATCH_H_
#define HOOKD_API_DELIVERY_WATCH_H_

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
  // What a watch stands on; all must outlive it.
  struct Parts {
    Store* store;
    OutcomeFeed* feed;
    Shares* places;  // RESOURCE_EXHAUSTED if the project or the token has its share of them
    Clock* clock;
  };

  // Opens a watch, which never blocks. It ends with UNAVAILABLE once the feed is closed, with
  // RESOURCE_EXHAUSTED when its caller reads too slowly, and with UNAUTHENTICATED at the first outcome or
  // heartbeat after the caller's token expired or was deleted. Heartbeats are sent when the feed wakes it
  // (OutcomeFeed::WakeAll).
  static absl::StatusOr<std::shared_ptr<ResponseStream>> Create(const CallerAccess& access,
                                                                const v1::WatchDeliveriesRequest& request,
                                                                const Parts& parts, ResponseSink* sink);
};

}  // namespace hookd

#endif  // HOOKD_API_DELIVERY_WATCH_H_
