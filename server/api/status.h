// The details of errors (google.rpc.*, AIP-193), which the caller's code can act on.
//
// An absl::Status has each detail as a payload under the detail's type URL. Every transport sends the details
// in its own form: gRPC in grpc-status-details-bin, HTTP in the body. Thread-safe; no state.
#ifndef HOOKD_API_STATUS_H_
#define HOOKD_API_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"

namespace hookd {

// Adds a detail to an error.
void AddDetail(absl::Status& status, const google::protobuf::Message& detail);

// Returns the error with the detail of its kind: a BadRequest for a FieldError (base/status.h); a
// ResourceInfo about `resource`, if given, for NOT_FOUND, ALREADY_EXISTS and ABORTED; a RetryInfo for
// RESOURCE_EXHAUSTED and UNAVAILABLE. Returns OK and errors that already have a detail unchanged.
absl::Status WithDetails(const absl::Status& status, absl::string_view resource = "");

// Converts the status, with its details, to a message.
void ToProto(const absl::Status& status, google::rpc::Status& proto);

}  // namespace hookd

#endif  // HOOKD_API_STATUS_H_
