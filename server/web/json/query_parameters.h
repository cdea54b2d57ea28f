// Sets fields of requests from the text in URLs, by the rules of google.api.http: from query parameters and
// from the variables of path templates.
//
// A field is named by its path, such as `webhook.retryPolicy.maxAttempts`, with either name of each field. It
// has a value of a single token: a scalar, an enum by name or number, a time, a duration, a field mask or a
// wrapper. A repeated field has a parameter for each element. Maps, free-form data and messages as a whole
// cannot be given.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_QUERY_PARAMETERS_H_
#define HOOKD_WEB_JSON_QUERY_PARAMETERS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace hookd {

// Sets the fields that `query` has: the part of the URL after the question mark, still encoded. `bound` has
// the paths, in the names of the .proto file, of the fields that the path and the body set, which a parameter
// cannot set again: `webhook` stands for everything in it.
//
// Returns INVALID_ARGUMENT, with a BadRequest that lists the violations, if there are any; `message` is then
// partly set. Requires: `message` is of a compiled type.
absl::Status ReadQueryParameters(absl::string_view query, const std::vector<std::string>& bound,
                                 google::protobuf::Message& message);

// Sets the field at `path` to the value that `text`, already decoded, has. Errors are as above.
absl::Status SetFieldFromText(absl::string_view path, absl::string_view text,
                              google::protobuf::Message& message);

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_QUERY_PARAMETERS_H_
