// hookd.v1.DeliveryService (protos/hookd/v1/delivery_service.proto): parse, validate, one domain call,
// convert.
//
// Thread-safe; owns nothing it is given. No method blocks.
#ifndef HOOKD_RPC_DELIVERY_SERVICE_H_
#define HOOKD_RPC_DELIVERY_SERVICE_H_

#include "hookd/v1/delivery_service.grpc.pb.h"
#include "store/store.h"

namespace hookd {

// Raw methods throughout; see unary_call.h.
using RawDeliveryService = v1::DeliveryService::WithRawCallbackMethod_GetDelivery<
    v1::DeliveryService::WithRawCallbackMethod_ListDeliveries<v1::DeliveryService::Service>>;

class DeliveryService : public RawDeliveryService {
 public:
  // Must outlive the service and its calls.
  explicit DeliveryService(Store* store) : store_(store) {}

  grpc::ServerUnaryReactor* GetDelivery(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListDeliveries(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override;

 private:
  Store* const store_;
};

}  // namespace hookd

#endif  // HOOKD_RPC_DELIVERY_SERVICE_H_
