// hookd.v1.DeliveryService (protos/hookd/v1/delivery_service.proto): validate, one domain call, convert.
//
// Thread-safe; owns none of the objects it is given. No handler blocks; each replies once, on any thread.
#ifndef HOOKD_API_HANDLERS_DELIVERY_SERVICE_H_
#define HOOKD_API_HANDLERS_DELIVERY_SERVICE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "api/call.h"
#include "api/stream.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/shares.h"
#include "delivery/outcome_feed.h"
#include "delivery/redelivery.h"
#include "hookd/v1/delivery_service.pb.h"
#include "store/store.h"

namespace hookd {

class DeliveryService {
 public:
  // All must outlive the service and its calls.
  DeliveryService(Store* store, Redelivery* redelivery, OutcomeFeed* feed, Clock* clock);

  void GetDelivery(const CallContext& context, const v1::GetDeliveryRequest& request,
                   Reply<v1::Delivery> reply);
  void ListDeliveries(const CallContext& context, const v1::ListDeliveriesRequest& request,
                      Reply<v1::ListDeliveriesResponse> reply);
  void ListAttempts(const CallContext& context, const v1::ListAttemptsRequest& request,
                    Reply<v1::ListAttemptsResponse> reply);
  void RetryDelivery(const CallContext& context, const v1::RetryDeliveryRequest& request,
                     Reply<v1::Delivery> reply);
  void RetryDeliveries(const CallContext& context, const v1::RetryDeliveriesRequest& request,
                       Reply<v1::RetryDeliveriesResponse> reply);
  absl::StatusOr<std::shared_ptr<ResponseStream>> WatchDeliveries(const CallContext& context,
                                                                  const v1::WatchDeliveriesRequest& request,
                                                                  ResponseSink* sink);

  // How many callers watch deliveries.
  int watchers() const { return watches_.taken(); }

 private:
  // A place for a search of the project's deliveries. RESOURCE_EXHAUSTED if there is none.
  absl::StatusOr<Shares::Place> TakeSearch(const CallContext& context, const std::string& project);

  Store* const store_;
  Redelivery* const redelivery_;
  OutcomeFeed* const feed_;
  Clock* const clock_;
  Shares searches_{limits::kMaxSearches, "searches", limits::kMaxSearchesOfHolder};
  Shares watches_{limits::kMaxWatchers, "watches"};
  const std::unique_ptr<Timer> heartbeat_;  // wakes every watch, which sends a heartbeat if one is due
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_DELIVERY_SERVICE_H_
