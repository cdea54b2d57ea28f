// The messages and bytes that JSON writes as a string: times, durations, field masks and base64.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_JSON_TEXT_FORMS_H_
#define HOOKD_WEB_JSON_JSON_TEXT_FORMS_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace hookd {

// Room for a time or a duration as text.
struct ShortText {
  absl::string_view view() const { return {bytes, size}; }
  void Add(char character) { bytes[size++] = character; }

  char bytes[48];
  size_t size = 0;
};

// Return whether `text` is one. If not, `value` may have changed.
//
// A time has the form of RFC 3339, with an offset or Z and at most 9 digits of a fraction, and is in the
// years 1 to 9999. A duration is in seconds, such as "1.5s".
bool ReadTime(absl::string_view text, google::protobuf::Timestamp& value);
bool ReadDuration(absl::string_view text, google::protobuf::Duration& value);
// Paths are separated by commas. The names of fields are in lowerCamelCase or as in the .proto file. A key of
// a map, which AIP-161 puts in backticks (headers.`X-Api-Key`), is kept as it is. Without backticks, a part
// is taken for a key if it does not begin with a small letter or has characters that names of fields do not
// have.
bool ReadFieldMask(absl::string_view text, google::protobuf::FieldMask& value);
// Takes the standard and the URL-safe alphabet, with or without padding.
bool ReadBase64(absl::string_view text, std::string& value);

// Write the values, which are moved to the nearest one that the form has: fractions have 0, 3, 6 or 9 digits.
ShortText WriteTime(const google::protobuf::Timestamp& value);
ShortText WriteDuration(const google::protobuf::Duration& value);
std::string WriteFieldMask(const google::protobuf::FieldMask& value);

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_TEXT_FORMS_H_
