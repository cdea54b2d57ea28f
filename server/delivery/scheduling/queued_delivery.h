// A pending delivery as it is held in memory. Not thread-safe; the scheduler's.
#ifndef HOOKD_DELIVERY_SCHEDULING_QUEUED_DELIVERY_H_
#define HOOKD_DELIVERY_SCHEDULING_QUEUED_DELIVERY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/ids.h"
#include "store/records.h"

namespace hookd {

struct QueuedDelivery {
  int64_t key = 0;
  int64_t event_key = 0;
  int64_t webhook_key = 0;
  int event_type = 0;
  int attempt = 1;                            // number of the next attempt
  int earlier_attempts = 0;                   // attempts made before the last redelivery was requested
  absl::Time due = absl::InfinitePast();      // when a retry is due; InfinitePast for a first attempt
  std::shared_ptr<const std::string> body;    // one object for all deliveries of the event; never changed
  std::shared_ptr<const TraceContext> trace;  // the trace context of the caller; null for none

  // Whether the next attempt is the first one since a redelivery was requested.
  bool IsRedelivery() const { return due != absl::InfinitePast() && attempt == earlier_attempts + 1; }
};

// The bytes that a delivery counts for in memory, including its body.
inline size_t BytesOf(const QueuedDelivery& delivery) {
  return sizeof(QueuedDelivery) + delivery.body->size();
}

// The time since which a delivery could have been attempted: its acceptance, or when its retry was due. It is
// measured by the clock that keys are made from.
inline absl::Time PendingSince(const QueuedDelivery& delivery) {
  return delivery.due == absl::InfinitePast() ? TimeOfKey(delivery.key) : delivery.due;
}

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_QUEUED_DELIVERY_H_
