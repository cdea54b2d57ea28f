// Whether the deliveries of a webhook are sent or canceled, as the webhook table says.
//
//   kEnabled   they are sent
//   kDisabled  they are canceled
//   kDeleted   they are canceled: the table has no such webhook
//
// The mode changes when the table does (Set), between any two of these. In a shared store another process may
// have created or enabled the webhook, and accepted events for it, before this process knows. So a delivery
// is not canceled before limits::kConfigurationLag has passed since deliveries were last stored or read.
//
// Not thread-safe: the scheduler's. Times are Clock::Steady's.
#ifndef HOOKD_DELIVERY_SCHEDULING_WEBHOOK_MODE_H_
#define HOOKD_DELIVERY_SCHEDULING_WEBHOOK_MODE_H_

#include <cstdint>

#include "absl/time/time.h"
#include "base/limits.h"
#include "delivery/scheduling/queued_delivery.h"
#include "store/records.h"

namespace hookd {

class WebhookMode {
 public:
  // The webhook as the table has it; null if it has none. A `shared` store is written by other processes too.
  WebhookMode(const Webhook* webhook, bool shared, absl::Time now)
      : shared_(shared),
        kind_(KindOf(webhook)),
        cancel_not_before_(shared ? now + limits::kConfigurationLag : absl::InfinitePast()) {}

  bool canceling() const { return kind_ != Kind::kEnabled; }

  // The table has changed: the webhook as it has it now, null if it has none.
  void Set(const Webhook* webhook, absl::Time now) {
    kind_ = KindOf(webhook);
    cancel_not_before_ = absl::InfinitePast();
    DelayCancel(now);
  }

  // Deliveries were stored or read.
  void DelayCancel(absl::Time now) {
    // A webhook that was deleted is never enabled again.
    if (shared_ && kind_ == Kind::kDisabled) cancel_not_before_ = now + limits::kConfigurationLag;
  }

  // When the delivery is canceled. Requires: canceling(). `revision` is the webhook's, a key of the time at
  // which it was disabled.
  absl::Time CancelAt(const QueuedDelivery& delivery, int64_t revision) const {
    const bool accepted_before_disabled =
        kind_ == Kind::kDisabled && delivery.due == absl::InfinitePast() && delivery.key < revision;
    return accepted_before_disabled ? absl::InfinitePast() : cancel_not_before_;
  }

 private:
  enum class Kind { kEnabled, kDisabled, kDeleted };

  static Kind KindOf(const Webhook* webhook) {
    if (webhook == nullptr) return Kind::kDeleted;
    return webhook->disabled ? Kind::kDisabled : Kind::kEnabled;
  }

  bool shared_;
  Kind kind_;
  absl::Time cancel_not_before_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_WEBHOOK_MODE_H_
