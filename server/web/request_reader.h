// Fills the request message of a method from the parts of an HTTP request, by the method's google.api.http
// rule.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_REQUEST_READER_H_
#define HOOKD_WEB_REQUEST_READER_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "web/routes/path_template.h"
#include "web/routes/route.h"

namespace hookd {

// The parts of a request. All of them must outlive the call.
struct RequestParts {
  const Route& route;
  const std::vector<PathVariable>& variables;
  absl::string_view query;  // without the question mark
  absl::string_view body;
};

// Sets the fields that the body, the path and the query have. Returns INVALID_ARGUMENT with the path of each
// field that is wrong (google.rpc.BadRequest).
//
// * A field that is in the path may be in the body too if it has the same value.
// * A query parameter may set any field that neither the path nor the body sets.
// * A PATCH without `updateMask` changes what its body has, at any depth: the mask has the path of each value
//   in it.
// * The body of a method that emits an event may be the documented JSON of the event, or a list of them if
//   `request` is a BatchEmitEventsRequest.
// * `has_documents`, unless it is null, is set to true if it is.
absl::Status ReadRequest(const RequestParts& parts, google::protobuf::Message& request,
                         bool* has_documents = nullptr);

}  // namespace hookd

#endif  // HOOKD_WEB_REQUEST_READER_H_
