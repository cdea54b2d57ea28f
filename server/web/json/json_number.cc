#include "web/json/json_number.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/strip.h"

namespace hookd {
namespace {

// The parts of a number: -12.50e-3 has whole 12, fraction 50 and exponent -3.
struct Parts {
  bool negative = false;
  absl::string_view whole, fraction;
  int64_t exponent = 0;  // at most kMaxExponent in size
};

// More than any text has digits.
constexpr int64_t kMaxExponent = int64_t{1} << 40;

absl::string_view TakeDigits(absl::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), absl::ascii_isdigit);
  const absl::string_view digits = text.substr(0, static_cast<size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

std::optional<Parts> Split(absl::string_view text) {
  Parts parts;
  parts.negative = absl::ConsumePrefix(&text, "-");
  parts.whole = TakeDigits(text);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole[0] == '0')) return std::nullopt;
  if (absl::ConsumePrefix(&text, ".")) {
    parts.fraction = TakeDigits(text);
    if (parts.fraction.empty()) return std::nullopt;
  }
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    const bool negative = absl::ConsumePrefix(&text, "-");
    if (!negative) absl::ConsumePrefix(&text, "+");
    const absl::string_view digits = TakeDigits(text);
    if (digits.empty()) return std::nullopt;
    for (const char digit : digits) {
      parts.exponent = std::min(parts.exponent * 10 + (digit - '0'), kMaxExponent);
    }
    if (negative) parts.exponent = -parts.exponent;
  }
  if (!text.empty()) return std::nullopt;
  return parts;
}

// The integer without its sign.
std::optional<uint64_t> Magnitude(const Parts& parts) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  uint64_t value = 0;
  // Zeros after the last other digit count as part of the exponent.
  int64_t zeros = 0;
  const auto add = [&](uint64_t digit) {
    if (value > (kMax - digit) / 10) return false;
    value = value * 10 + digit;
    return true;
  };
  for (const absl::string_view digits : {parts.whole, parts.fraction}) {
    for (const char digit : digits) {
      if (digit == '0') {
        if (value != 0) ++zeros;
        continue;
      }
      for (; zeros > 0; --zeros) {
        if (!add(0)) return std::nullopt;
      }
      if (!add(static_cast<uint64_t>(digit - '0'))) return std::nullopt;
    }
  }
  if (value == 0) return 0;
  int64_t exponent = zeros + parts.exponent - static_cast<int64_t>(parts.fraction.size());
  if (exponent < 0) return std::nullopt;  // a fraction
  for (; exponent > 0; --exponent) {
    if (!add(0)) return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<int64_t> ReadInt64(absl::string_view text) {
  const std::optional<Parts> parts = Split(text);
  if (!parts.has_value()) return std::nullopt;
  const std::optional<uint64_t> magnitude = Magnitude(*parts);
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (!magnitude.has_value() || *magnitude > kMax + (parts->negative ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(parts->negative ? uint64_t{0} - *magnitude : *magnitude);
}

std::optional<uint64_t> ReadUint64(absl::string_view text) {
  const std::optional<Parts> parts = Split(text);
  if (!parts.has_value()) return std::nullopt;
  const std::optional<uint64_t> magnitude = Magnitude(*parts);
  if (!magnitude.has_value() || (parts->negative && *magnitude != 0)) return std::nullopt;
  return magnitude;
}

std::optional<double> ReadDouble(absl::string_view text) {
  if (!Split(text).has_value()) return std::nullopt;
  double value = 0;
  const auto result = absl::from_chars(text.data(), text.data() + text.size(), value);
  // A number too small for a double is out of range, too, but 0 is near enough.
  const bool too_large = result.ec == std::errc::result_out_of_range && std::abs(value) > 1;
  if (result.ptr != text.data() + text.size() || too_large) return std::nullopt;
  return value;
}

}  // namespace hookd
