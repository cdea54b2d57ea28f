// Names the fields that kept a request from being parsed. Protocol Buffers refuse a proto3 message as a
// whole, without a word, if one of its strings is not UTF-8; a caller has to be told which.
//
// Thread-safe; no state.
#ifndef HOOKD_GRPC_INVALID_UTF8_H_
#define HOOKD_GRPC_INVALID_UTF8_H_

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "api/field_violations.h"

namespace hookd {

// Walks `bytes`, which could not be parsed as a message of `type`, and adds every string that is not UTF-8,
// up to the first field that nests past what the parser takes, or is cut off or garbled, which is the last it
// adds. Adds nothing if all is well as far as can be told. The path of what is wrong with the message itself,
// rather than one of its fields, is empty.
void FindInvalidFields(const google::protobuf::Descriptor& type, absl::string_view bytes,
                       FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_GRPC_INVALID_UTF8_H_
