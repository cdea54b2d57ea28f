// Converts deliveries that were read from the store for the queue. Thread-safe; no state.
#ifndef HOOKD_DELIVERY_SCHEDULING_READ_BACK_H_
#define HOOKD_DELIVERY_SCHEDULING_READ_BACK_H_

#include <cstdint>
#include <vector>

#include "delivery/scheduling/queued_delivery.h"
#include "store/records.h"

namespace hookd {

// The deliveries of one webhook, in the same order, with their payloads. A delivery whose event cannot be
// parsed has an empty body.
std::vector<QueuedDelivery> ToQueued(int64_t webhook_key, const std::vector<PendingDelivery>& waiting);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_READ_BACK_H_
