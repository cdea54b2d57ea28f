#include "payload/json_writer.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "payload/json_text.h"

namespace hookd {
namespace {

rapidjson::SizeType SizeOf(absl::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }

// A RapidJSON handler that writes the events to a JsonWriter.
class Copy : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Copy> {
 public:
  // Omits the braces of the outermost `levels` objects.
  Copy(JsonWriter& json, int levels) : json_(json), levels_(levels) {}

  bool Null() { return json_.Null(), true; }
  bool Bool(bool value) { return json_.Bool(value), true; }
  bool RawNumber(const char* digits, rapidjson::SizeType size, bool) {
    return json_.Number({digits, size}), true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return json_.String({text, size}), true; }
  bool Key(const char* name, rapidjson::SizeType size, bool) { return json_.Key({name, size}), true; }
  bool StartObject() {
    if (level_++ >= levels_) json_.BeginObject();
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    if (--level_ >= levels_) json_.EndObject();
    return true;
  }
  bool StartArray() { return ++level_, json_.BeginArray(), true; }
  bool EndArray(rapidjson::SizeType) { return --level_, json_.EndArray(), true; }

 private:
  JsonWriter& json_;
  const int levels_;
  int level_ = 0;
};

}  // namespace

void JsonWriter::Members(absl::string_view text) {
  Copy copy(*this, 1);
  ReadJsonText(text, copy);
}

void JsonWriter::Object(absl::string_view text) {
  Copy copy(*this, 0);
  ReadJsonText(text, copy);
}

void JsonWriter::Number(absl::string_view digits) {
  writer_.RawValue(digits.data(), digits.size(), rapidjson::kNumberType);
}

void JsonWriter::Key(absl::string_view key) { String(key); }

void JsonWriter::String(absl::string_view text) {
  // RapidJSON copies invalid UTF-8 unchanged.
  if (ValidUtf8Length(text) == text.size()) {
    writer_.String(text.empty() ? "" : text.data(), SizeOf(text));
    return;
  }
  const std::string valid = ReplaceInvalidUtf8(text);
  writer_.String(valid.data(), SizeOf(valid));
}

void JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  // Most numbers are integers, which a double holds exactly up to here.
  constexpr double kExact = int64_t{1} << 53;
  if (std::abs(value) <= kExact && value == std::trunc(value)) return Integer(static_cast<int64_t>(value));
  // RapidJSON writes ".0" after integers and does not always find the shortest form.
  const double size = std::abs(value);
  const auto format = size >= 1e-6 && size < 1e21 ? std::chars_format::fixed : std::chars_format::scientific;
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value, format).ptr;
  Number({digits, static_cast<size_t>(end - digits)});
}

}  // namespace hookd
