// A delivery whose turn has come: it is to be sent, or ended without an attempt.
#ifndef HOOKD_DELIVERY_ATTEMPTS_DELIVERY_TASK_H_
#define HOOKD_DELIVERY_ATTEMPTS_DELIVERY_TASK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "delivery/attempts/endpoint.h"
#include "delivery/scheduling/queued_delivery.h"
#include "delivery/scheduling/slots.h"
#include "store/records.h"

namespace hookd {

struct DeliveryTask {
  QueuedDelivery delivery;
  std::shared_ptr<const Webhook> webhook;  // at that time; if it is deleted, before that
  Slots::Kind slot = Slots::kNone;         // the slot that the attempt has
  absl::Time begun;                        // when its turn came
  Endpoint::Probe probe;
  int64_t epoch = 0;  // of its shard's lease; the store refuses the outcome of an older lease
  // Why there is no attempt, and the state in which the delivery ends. Empty if it is to be sent.
  std::string give_up;
  DeliveryState given_up_as = DeliveryState::kCanceled;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_DELIVERY_TASK_H_
