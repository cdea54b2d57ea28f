// Finds the fields because of which a request cannot be parsed. Protocol Buffers refuse a whole proto3
// message, without naming the field, if one of its strings is not valid UTF-8.
//
// Thread-safe; no state.
#ifndef HOOKD_GRPC_REQUESTS_INVALID_UTF8_H_
#define HOOKD_GRPC_REQUESTS_INVALID_UTF8_H_

#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"
#include "google/protobuf/descriptor.h"

namespace hookd {

// Walks `bytes`, which could not be parsed as a message of `type`, and adds a violation for every string that
// is not valid UTF-8. Stops after the first field that is nested too deeply for the parser, truncated or
// malformed. Adds nothing if it finds no error. The path of an error in the message itself, rather than in
// one of its fields, is empty.
void FindInvalidFields(const google::protobuf::Descriptor& type, absl::string_view bytes,
                       FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_GRPC_REQUESTS_INVALID_UTF8_H_
