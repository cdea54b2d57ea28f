// Deliveries read back from the store, as the queue holds them. Thread-safe; no state.
#ifndef HOOKD_DELIVERY_READ_BACK_H_
#define HOOKD_DELIVERY_READ_BACK_H_

#include <cstdint>
#include <vector>

#include "delivery/webhook_queue.h"
#include "store/records.h"

namespace hookd {

// The deliveries of one webhook, in the order given, with their payloads. One whose event cannot be read any
// more has an empty body.
std::vector<QueuedDelivery> ToQueued(int64_t webhook_key, const std::vector<WaitingDelivery>& waiting);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_READ_BACK_H_
