// Redelivers deliveries that have ended: a single one, or all failed and canceled ones of a webhook, or those
// of a project that match a filter.
//
// Thread-safe; owns nothing that it is given, which must outlive it and its calls. No method blocks; `done`
// is called once, on a thread of the store's or within the call, and must not block.
#ifndef HOOKD_DELIVERY_REDELIVERY_H_
#define HOOKD_DELIVERY_REDELIVERY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "delivery/webhook_table.h"
#include "store/store.h"

namespace hookd {

class Dispatcher;
class PendingCounts;

class Redelivery {
 public:
  // Which deliveries of a project: those that match the filter and the content of events, of the webhook
  // (empty: all), of events of the types (none: all), accepted in [start, end). Only failed and canceled ones
  // are meant.
  struct Selection {
    std::string project;
    std::string webhook_id;
    std::vector<int> event_types;
    absl::Time start = absl::InfinitePast();
    absl::Time end = absl::InfiniteFuture();
    DeliveryFilter filter;
    std::vector<ContentKey> content;
  };

  struct Result {
    int64_t redelivered = 0;  // or would be
    int64_t skipped = 0;      // because their webhooks are disabled or deleted
  };

  Redelivery(Store* store, const WebhookTable* table, PendingCounts* counts, Dispatcher* dispatcher,
             Clock* clock)
      : store_(store), table_(table), counts_(counts), dispatcher_(dispatcher), clock_(clock) {}

  // Redelivers one delivery, whatever its result was. Returns the delivery, which is pending again. NOT_FOUND
  // if the project has none of that key; FAILED_PRECONDITION if it is pending already, or its webhook is
  // disabled or deleted.
  void RetryOne(const std::string& project, int64_t key, std::function<void(absl::StatusOr<Delivery>)> done);

  // Redelivers all failed and canceled deliveries of the selection, the newest first, in slices. Returns how
  // many. With `validate_only` they are only counted. Stops after a slice once `canceled` returns true. If it
  // fails, some slices may have been redelivered. NOT_FOUND if there is no such webhook; FAILED_PRECONDITION
  // if it is disabled.
  void RetryAll(Selection selection, bool validate_only, std::function<bool()> canceled,
                std::function<void(absl::StatusOr<Result>)> done);

 private:
  class Walk;

  // Stores deliveries of the project as pending again and enqueues them. Returns those that were not pending
  // already.
  void Retry(const std::string& project, std::vector<int64_t> keys,
             std::function<void(absl::StatusOr<std::vector<Delivery>>)> done);

  Store* const store_;
  const WebhookTable* const table_;
  PendingCounts* const counts_;
  Dispatcher* const dispatcher_;
  Clock* const clock_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_REDELIVERY_H_
