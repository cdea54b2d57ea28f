// Writes JSON without white space, with keys in the order of the calls: a thin layer over RapidJSON's writer.
//
// Not thread-safe. Requires, unchecked: Begin and End calls match, and the values of an object have keys.
// Text may contain any bytes; invalid UTF-8 becomes U+FFFD. Numbers keep every digit.
#ifndef HOOKD_PAYLOAD_JSON_WRITER_H_
#define HOOKD_PAYLOAD_JSON_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
// Do not define RAPIDJSON_SSE2 or RAPIDJSON_NEON: the vectorized code of RapidJSON 1.1 does not escape U+001A
// to U+001F, which is not JSON.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace hookd {

class JsonWriter {
 public:
  JsonWriter() : buffer_(nullptr, kUsualBytes), writer_(buffer_) {}

  void BeginObject() { writer_.StartObject(); }
  void EndObject() { writer_.EndObject(); }
  void BeginArray() { writer_.StartArray(); }
  void EndArray() { writer_.EndArray(); }
  void Key(absl::string_view key);

  void Null() { writer_.Null(); }
  void Bool(bool value) { writer_.Bool(value); }
  void Integer(int64_t value) { writer_.Int64(value); }
  void Number(absl::string_view digits);  // a number as JSON writes it
  void String(absl::string_view text);

  // Writes a number as JavaScript does: an integer below 1e21 without fraction and exponent (-0 as 0), others
  // in the shortest form that parses to the same number. NaN and infinity, which JSON does not have, become
  // null.
  void Double(double value);

  // Writes the JSON object in `text`, with its members in order and its numbers unchanged. Members writes it
  // without its braces, into the current object; Object writes it as a value. Requires: `text` is an object
  // and passed the validation of JSON text in requests, which limits its nesting.
  void Members(absl::string_view text);
  void Object(absl::string_view text);

  // Returns the JSON that was written.
  std::string Take() const { return std::string(buffer_.GetString(), buffer_.GetSize()); }

 private:
  // Most events fit, so that one allocation suffices.
  static constexpr size_t kUsualBytes = 2048;

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_JSON_WRITER_H_
