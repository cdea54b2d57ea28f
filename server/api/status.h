// Errors with what a caller's code can act on in their details (google.rpc.*, AIP-193).
//
// An absl::Status carries each detail as a payload under the detail's type URL, which every transport sends
// in its own form: gRPC in grpc-status-details-bin, HTTP as the body. Thread-safe; no state.
#ifndef HOOKD_API_STATUS_H_
#define HOOKD_API_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"

namespace hookd {

// Adds a detail to an error.
void AddDetail(absl::Status& status, const google::protobuf::Message& detail);

// The error with its usual detail: a BadRequest for a FieldError (base/status.h); a ResourceInfo about
// `resource`, if given, for NOT_FOUND, ALREADY_EXISTS and ABORTED; a RetryInfo for RESOURCE_EXHAUSTED and
// UNAVAILABLE. An error that has a detail already stays as it is, and so does OK.
absl::Status WithDetails(const absl::Status& status, absl::string_view resource = "");

// The status as a message carries it, with its details.
void ToProto(const absl::Status& status, google::rpc::Status& proto);

}  // namespace hookd

#endif  // HOOKD_API_STATUS_H_
