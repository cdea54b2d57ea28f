// Reads messages from JSON, by protobuf's canonical mapping (https://protobuf.dev/programming-guides/json),
// and reports everything that is wrong by the path of the field, with the names of the .proto file as the
// gRPC API does: `event.bounced.user.id: expected an object such as {"number": 123}, got 123`.
//
// * The names of fields are those of the .proto file or lowerCamelCase. An unknown field is an error, and so
//   is a field that is given twice, or a second member of a oneof.
// * null leaves a field unset.
// * A string field that has JSON text (it is named `document`, or its name ends in `_json`) takes, besides
//   the string, the object or array itself. The field becomes that part of the source, with the order of its
//   keys and every digit.
// * google.protobuf.Any is an error: no request has one.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_JSON_READER_H_
#define HOOKD_WEB_JSON_JSON_READER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace hookd {

// Sets the fields of `message` that `json` has. White space alone counts as {}. Objects and arrays are nested
// at most kMaxJsonDepth levels deep, and there are at most kMaxJsonValues values (json_type.h). Takes time in
// proportion to the size of `json`.
//
// Returns INVALID_ARGUMENT, with a BadRequest that lists the violations (FieldViolations), if `json` is not
// such an object; `message` is then partly set. `path` is written before the path of each violation: empty,
// or that of the field that `message` is. A violation of the whole has the path `body` if there is no other.
// Syntax errors have the path of the field near them, and end the reading.
//
// `present`, unless it is null, receives the paths of what the JSON sets in `message`, as a FieldMask has
// them: of fields without fields of their own (`retry_policy.max_attempts`), of entries of maps
// (headers.`x-api-key`), of repeated fields and well-known types as a whole, of what is null or {}
// (`retry_policy`). With it, null as the value of an entry names the entry but does not add it.
//
// Requires: `message` is of a compiled type, and not a well-known type with a form of its own.
absl::Status ReadJson(absl::string_view json, absl::string_view path, google::protobuf::Message& message,
                      std::vector<std::string>* present);

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_READER_H_
