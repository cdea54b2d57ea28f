// Converts the API's statuses to gRPC's. Thread-safe; no state.
#ifndef HOOKD_GRPC_GRPC_STATUS_H_
#define HOOKD_GRPC_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace hookd {

// Returns a status with the same code, message and details. The details are a serialized google.rpc.Status,
// which gRPC sends as grpc-status-details-bin.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_STATUS_H_
