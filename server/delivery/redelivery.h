// Has deliveries that ended attempted again: one, or all of a webhook's that failed or were canceled.
//
// Thread-safe; owns nothing it is given, which must outlive it and its calls. No method blocks; `done` is
// called once, on a thread of the store's or from within the call, and must not block.
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
class WaitingCounts;

class Redelivery {
 public:
  // Which deliveries of a webhook: those of events of the types (none: all), accepted in [start, end).
  struct Selection {
    std::string project;
    std::string webhook_id;
    std::vector<int> event_types;
    absl::Time start = absl::InfinitePast();
    absl::Time end = absl::InfiniteFuture();
  };

  Redelivery(Store* store, const WebhookTable* table, WaitingCounts* counts, Dispatcher* dispatcher,
             Clock* clock)
      : store_(store), table_(table), counts_(counts), dispatcher_(dispatcher), clock_(clock) {}

  // One delivery, whatever became of it; the answer is how it stands then. NOT_FOUND if the project has none
  // of that key; FAILED_PRECONDITION if it is pending, or its webhook disabled or deleted.
  void RetryOne(const std::string& project, int64_t key, std::function<void(absl::StatusOr<Delivery>)> done);

  // All that failed or were canceled, newest first, in slices; how many. With `validate_only` they are only
  // counted. Stops after a slice once `canceled` says so. An error can come after some slices are done.
  // NOT_FOUND if there is no such webhook; FAILED_PRECONDITION if it is disabled.
  void RetryAll(Selection selection, bool validate_only, std::function<bool()> canceled,
                std::function<void(absl::StatusOr<int64_t>)> done);

 private:
  class Walk;

  // Stores the deliveries, all of one webhook, as waiting again, tells the dispatcher, and answers with those
  // that do.
  void Retry(const Webhook& webhook, std::vector<int64_t> keys,
             std::function<void(absl::StatusOr<std::vector<Delivery>>)> done);

  Store* const store_;
  const WebhookTable* const table_;
  WaitingCounts* const counts_;
  Dispatcher* const dispatcher_;
  Clock* const clock_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_REDELIVERY_H_
