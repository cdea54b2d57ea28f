// Writes JSON: a thin layer over RapidJSON's writer, which escapes. No white space, keys in the order of the
// calls.
//
// Not thread-safe. Begin and End have to match, and an object's values have keys; nobody checks. Text may
// hold any bytes: what is not UTF-8 becomes U+FFFD. Numbers keep every digit they have.
#ifndef HOOKD_PAYLOAD_JSON_WRITER_H_
#define HOOKD_PAYLOAD_JSON_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
// Not vectorised (RAPIDJSON_SSE2, RAPIDJSON_NEON): that code of RapidJSON 1.1 leaves U+001A to U+001F as they
// are, which is not JSON.
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

  // As JavaScript writes it: a whole number below 1e21 without fraction and exponent (-0 as 0), others in the
  // fewest digits that give the same number again. NaN and infinity, which JSON does not have, become null.
  void Double(double value);

  // The JSON object that `text` is: its members in their order, its numbers digit by digit. Without its
  // braces, as members of the object that is being written; and whole, as a value. `text` is an object, and
  // nests no deeper than api/json_text_validation.h lets it.
  void Members(absl::string_view text);
  void Object(absl::string_view text);

  // What was written.
  std::string Take() const { return std::string(buffer_.GetString(), buffer_.GetSize()); }

 private:
  // Most events fit: one allocation.
  static constexpr size_t kUsualBytes = 2048;

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_JSON_WRITER_H_
