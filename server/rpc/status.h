// Errors of the domain as gRPC's, with what a caller's code can act on in their details (google.rpc.*,
// AIP-193).
//
// Thread-safe; no state.
#ifndef HOOKD_RPC_STATUS_H_
#define HOOKD_RPC_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace hookd {

// The same code and message; with a BadRequest for a FieldError (base/status.h), a ResourceInfo about
// `resource`, if given, for NOT_FOUND, ALREADY_EXISTS and ABORTED, and a RetryInfo for RESOURCE_EXHAUSTED and
// UNAVAILABLE.
grpc::Status ToGrpc(const absl::Status& status, absl::string_view resource = "");

// An error of ours, as a message carries it: with its details.
void ToProto(const grpc::Status& status, google::rpc::Status& proto);

}  // namespace hookd

#endif  // HOOKD_RPC_STATUS_H_
