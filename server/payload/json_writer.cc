#include "payload/json_writer.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace hookd {
namespace {

rapidjson::SizeType SizeOf(absl::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }

}  // namespace

void JsonWriter::Key(absl::string_view key) { String(key); }

void JsonWriter::String(absl::string_view text) {
  // RapidJSON copies what is not UTF-8 as it is.
  if (ValidUtf8Length(text) == text.size()) {
    writer_.String(text.empty() ? "" : text.data(), SizeOf(text));
    return;
  }
  const std::string valid = ReplaceInvalidUtf8(text);
  writer_.String(valid.data(), SizeOf(valid));
}

void JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  // Exact as an integer, which is what most numbers are.
  constexpr double kExact = int64_t{1} << 53;
  if (std::abs(value) <= kExact && value == std::trunc(value)) return Integer(static_cast<int64_t>(value));
  // RapidJSON ends whole numbers in ".0" and misses the fewest digits now and then.
  const double size = std::abs(value);
  const auto format = size >= 1e-6 && size < 1e21 ? std::chars_format::fixed : std::chars_format::scientific;
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value, format).ptr;
  writer_.RawValue(digits, end - digits, rapidjson::kNumberType);
}

}  // namespace hookd
