// The API's statuses as gRPC's. Thread-safe; no state.
#ifndef HOOKD_GRPC_GRPC_STATUS_H_
#define HOOKD_GRPC_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace hookd {

// The same code, message and details, the last as a serialised google.rpc.Status (grpc-status-details-bin).
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_STATUS_H_
