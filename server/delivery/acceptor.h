// Accepts events: matches them with webhooks, stores them, answers, and enqueues their deliveries.
//
// Thread-safe; owns nothing that it is given. No method blocks.
#ifndef HOOKD_DELIVERY_ACCEPTOR_H_
#define HOOKD_DELIVERY_ACCEPTOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "delivery/webhook_table.h"
#include "metrics/metrics.h"
#include "store/store.h"

namespace hookd {

class Dispatcher;
class PendingCounts;
class Statistics;

class Acceptor {
 public:
  // An event that was found valid.
  struct ValidEvent {
    int type = 0;
    std::string event;                          // serialized; see NewEvent::event
    std::shared_ptr<const std::string> json;    // the body that every webhook is sent
    std::shared_ptr<const TraceContext> trace;  // of the caller; null for none
  };

  // All must outlive the Acceptor and its calls.
  Acceptor(Store* store, const WebhookTable* table, PendingCounts* counts, Dispatcher* dispatcher,
           Statistics* statistics, Clock* clock, Metrics* metrics)
      : store_(store),
        table_(table),
        counts_(counts),
        dispatcher_(dispatcher),
        statistics_(statistics),
        clock_(clock),
        metrics_(metrics) {}

  using Done = std::function<void(absl::StatusOr<Store::Accepted>)>;

  // Accepts the events, all or none, for the project's enabled webhooks that want them. Errors are those of
  // Store::AcceptEvents and PendingCounts::Add; a request id that was accepted before gets its first answer
  // instead of RESOURCE_EXHAUSTED or UNAVAILABLE, as long as the store can be read. `done` gets one answer
  // for each event, in their order; it is called once, on a thread of the store's or within the call, and
  // must not block.
  void Accept(std::string project, std::vector<ValidEvent> events, std::optional<RequestId> request_id,
              Done done);

  // How many webhooks an event of that type would be delivered to now.
  int CountWebhooks(absl::string_view project, int type) const;

 private:
  // Answers with the first answer to the request id, if there was one; otherwise refuses the events.
  void RefuseUnlessRepeated(const std::string& project, const std::optional<RequestId>& request_id,
                            size_t events, const absl::Status& status, Done done);

  // Counts refused events, and logs that from time to time.
  void Refuse(size_t events, const absl::Status& status);

  Store* const store_;
  const WebhookTable* const table_;
  PendingCounts* const counts_;
  Dispatcher* const dispatcher_;
  Statistics* const statistics_;
  Clock* const clock_;
  Metrics* const metrics_;
  std::atomic<int> lookups_ = 0;             // of first answers, in progress
  std::atomic<int64_t> refusal_logged_ = 0;  // when last, in seconds of Unix time
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ACCEPTOR_H_
