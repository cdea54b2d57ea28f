// Sets the fields of messages whose value is a single token: numbers, strings, enums, times and the like.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_JSON_SCALAR_H_
#define HOOKD_WEB_JSON_JSON_SCALAR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "web/json/json_type.h"

namespace hookd {

struct JsonToken {
  enum Kind {
    kNull,
    kBool,
    kNumber,  // `text` as in the source
    kString,  // `text` without escapes
    kObject,  // the beginning of one
    kArray,
    kPlainText,  // the part of a URL, or a key: for a field that is not a string, what the string has is the
                 // value
  };
  Kind kind;
  absl::string_view text = {};
  bool truth = false;
};

// Returns the message that is the field's value, to be set, or a new element of the repeated field if `add`.
template <typename T = google::protobuf::Message>
T& ChildOf(const JsonField& field, bool add, google::protobuf::Message& message) {
  const auto& reflection = field.reflection_of(message);
  return static_cast<T&>(add ? *reflection.AddMessage(&message, field.descriptor)
                             : *reflection.MutableMessage(&message, field.descriptor));
}

// Sets the field to the value of the token, or adds it to the repeated field if `add`. If the token does not
// have such a value, returns false and sets `problem` to "expected a string, got 12". A field whose value is
// an object or array has no such token.
bool SetScalar(const JsonField& field, const JsonToken& token, bool add, google::protobuf::Message& message,
               std::string& problem);

// The same for free-form data, whose value may be any null, Boolean, number or string.
bool SetFreeForm(const JsonToken& token, google::protobuf::Value& value, std::string& problem);

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_SCALAR_H_
