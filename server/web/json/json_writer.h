// Writes messages as JSON, by protobuf's canonical mapping (https://protobuf.dev/programming-guides/json).
//
// * Without white space. Names are in lowerCamelCase, enums have names, 64-bit integers are strings.
// * The fields have the order of the .proto file, and the entries of maps and free-form objects that of their
//   keys, so that equal messages are equal as JSON.
// * A field that is not set, or has its default value, is omitted, except counts and `success` (see
//   JsonField::always_written): an absent `webhookCount` would not be noticed as 0, nor an absent `success`
//   as false.
// * JSON text in string fields is written as a string.
// * A google.protobuf.Any has its type as "@type". Of a type that hookd does not have, its bytes follow as
//   "value" in base64.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_JSON_WRITER_H_
#define HOOKD_WEB_JSON_JSON_WRITER_H_

#include <string>

#include "google/protobuf/message.h"

namespace hookd {

// Appends the message to `out`. Requires: it is of a compiled type.
void WriteJson(const google::protobuf::Message& message, std::string& out);

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_WRITER_H_
