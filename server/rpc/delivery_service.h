// hookd.v1.DeliveryService (protos/hookd/v1/delivery_service.proto): parse, validate, one domain call,
// convert.
//
// Thread-safe; owns nothing it is given. No method blocks.
#ifndef HOOKD_RPC_DELIVERY_SERVICE_H_
#define HOOKD_RPC_DELIVERY_SERVICE_H_

#include "base/limits.h"
#include "base/shares.h"
#include "delivery/outcome_feed.h"
#include "delivery/redelivery.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "rpc/caller_access.h"
#include "store/store.h"

namespace hookd {

// Raw methods throughout; see unary_call.h.
using RawDeliveryService = v1::DeliveryService::WithRawCallbackMethod_GetDelivery<
    v1::DeliveryService::WithRawCallbackMethod_ListDeliveries<
        v1::DeliveryService::WithRawCallbackMethod_ListAttempts<
            v1::DeliveryService::WithRawCallbackMethod_RetryDelivery<
                v1::DeliveryService::WithRawCallbackMethod_RetryDeliveries<
                    v1::DeliveryService::WithRawCallbackMethod_WatchDeliveries<
                        v1::DeliveryService::Service>>>>>>;

class DeliveryService : public RawDeliveryService {
 public:
  // All must outlive the service and its calls. The feed is closed before the server's Shutdown.
  DeliveryService(const Callers& callers, Store* store, Redelivery* redelivery, OutcomeFeed* feed,
                  Clock* clock);

  grpc::ServerUnaryReactor* GetDelivery(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListDeliveries(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListAttempts(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;

  grpc::ServerUnaryReactor* RetryDelivery(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* RetryDeliveries(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchDeliveries(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request) override;

 private:
  const Callers callers_;
  Store* const store_;
  Redelivery* const redelivery_;
  OutcomeFeed* const feed_;
  Clock* const clock_;
  Shares watches_{limits::kMaxWatchers, "watches"};
  const std::unique_ptr<Timer> heartbeat_;  // wakes the watches
};

}  // namespace hookd

#endif  // HOOKD_RPC_DELIVERY_SERVICE_H_
