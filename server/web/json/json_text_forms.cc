#include "web/json/json_text_forms.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "google/protobuf/util/time_util.h"

namespace hookd {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kNanosPerSecond = 1'000'000'000;

bool IsDigits(absl::string_view text, size_t max_size) {
  return !text.empty() && text.size() <= max_size &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Takes a number of `size` digits from the beginning of `text`.
bool TakeNumber(absl::string_view& text, size_t size, int max, int& number) {
  if (text.size() < size || !IsDigits(text.substr(0, size), size)) return false;
  number = 0;
  for (const char digit : text.substr(0, size)) number = number * 10 + (digit - '0');
  text.remove_prefix(size);
  return number <= max;
}

// Reads the 1 to 9 digits after the decimal point.
bool ReadFraction(absl::string_view digits, int& nanos) {
  if (!IsDigits(digits, 9)) return false;
  nanos = 0;
  for (size_t i = 0; i < 9; ++i) nanos = nanos * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return true;
}

// Appends the number with at least `width` digits.
void AddNumber(uint64_t number, size_t width, ShortText& text) {
  const absl::AlphaNum digits(number);
  for (size_t size = digits.size(); size < width; ++size) text.Add('0');
  for (const char digit : digits.Piece()) text.Add(digit);
}

void AddFraction(int nanos, ShortText& text) {
  if (nanos == 0) return;
  text.Add('.');
  if (nanos % 1'000'000 == 0) return AddNumber(static_cast<uint64_t>(nanos / 1'000'000), 3, text);
  if (nanos % 1'000 == 0) return AddNumber(static_cast<uint64_t>(nanos / 1'000), 6, text);
  AddNumber(static_cast<uint64_t>(nanos), 9, text);
}

// Appends a part of a path, to which the field's name is converted.
void AddPart(absl::string_view part, std::string& path) {
  const auto of_name = [](char c) { return absl::ascii_isalnum(c) || c == '_'; };
  if (part.empty() || !absl::ascii_islower(part[0]) || !std::all_of(part.begin(), part.end(), of_name)) {
    path.append(part.data(), part.size());
    return;
  }
  for (const char character : part) {
    if (absl::ascii_isupper(character)) path += '_';
    path += absl::ascii_tolower(character);
  }
}

// The end of the part of a mask at the beginning of `text`: a key in backticks, or up to a dot or comma.
// npos if the backtick is not closed.
size_t EndOfPart(absl::string_view text) {
  if (!absl::StartsWith(text, "`")) return std::min(text.find_first_of(".,"), text.size());
  const size_t end = text.find('`', 1);
  if (end == absl::string_view::npos) return end;
  const bool at_end = end + 1 == text.size() || text[end + 1] == '.' || text[end + 1] == ',';
  return at_end ? end + 1 : absl::string_view::npos;
}

// The part in lowerCamelCase; unchanged if ReadFieldMask could not undo that.
std::string CamelCase(absl::string_view part) {
  std::string camel;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '_' && i + 1 < part.size() && absl::ascii_islower(part[i + 1])) {
      camel += absl::ascii_toupper(part[++i]);
    } else {
      camel += part[i];
    }
  }
  std::string undone;
  AddPart(camel, undone);
  return undone == part ? camel : std::string(part);
}

}  // namespace

// protobuf's TimeUtil::FromString ends the process at a time before the year 1 or after 9999.
bool ReadTime(absl::string_view text, google::protobuf::Timestamp& value) {
  int year, month, day, hour, minute, second;
  if (!(TakeNumber(text, 4, 9999, year) && absl::ConsumePrefix(&text, "-") &&
        TakeNumber(text, 2, 12, month) && absl::ConsumePrefix(&text, "-") && TakeNumber(text, 2, 31, day) &&
        absl::ConsumePrefix(&text, "T") && TakeNumber(text, 2, 23, hour) && absl::ConsumePrefix(&text, ":") &&
        TakeNumber(text, 2, 59, minute) && absl::ConsumePrefix(&text, ":") &&
        TakeNumber(text, 2, 59, second))) {
    return false;
  }
  const absl::CivilSecond time(year, month, day, hour, minute, second);
  if (time.month() != month || time.day() != day) return false;  // such as February 30
  int nanos = 0;
  if (absl::ConsumePrefix(&text, ".")) {
    const size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
    if (!ReadFraction(text.substr(0, size), nanos)) return false;
    text.remove_prefix(size);
  }
  int offset = 0;
  if (text != "Z") {
    const int sign = absl::StartsWith(text, "-") ? -1 : 1;
    int hours, minutes;
    if (!(absl::ConsumePrefix(&text, "+") || absl::ConsumePrefix(&text, "-")) ||
        !TakeNumber(text, 2, 23, hours) || !absl::ConsumePrefix(&text, ":") ||
        !TakeNumber(text, 2, 59, minutes) || !text.empty()) {
      return false;
    }
    offset = sign * (hours * 60 + minutes) * 60;
  }
  value.set_seconds(time - absl::CivilSecond() - offset);
  value.set_nanos(nanos);
  return value.seconds() >= TimeUtil::kTimestampMinSeconds &&
         value.seconds() <= TimeUtil::kTimestampMaxSeconds;
}

bool ReadDuration(absl::string_view text, google::protobuf::Duration& value) {
  if (!absl::ConsumeSuffix(&text, "s")) return false;
  const int sign = absl::ConsumePrefix(&text, "-") ? -1 : 1;
  const size_t point = std::min(text.find('.'), text.size());
  const absl::string_view fraction = point == text.size() ? "0" : text.substr(point + 1);
  int64_t seconds = 0;
  constexpr size_t kMaxDigits = 12;
  int nanos = 0;
  if (!IsDigits(text.substr(0, point), kMaxDigits) || !ReadFraction(fraction, nanos) ||
      !absl::SimpleAtoi(text.substr(0, point), &seconds)) {
    return false;
  }
  if (seconds > TimeUtil::kDurationMaxSeconds || (seconds == TimeUtil::kDurationMaxSeconds && nanos > 0)) {
    return false;
  }
  value.set_seconds(sign * seconds);
  value.set_nanos(sign * nanos);
  return true;
}

bool ReadFieldMask(absl::string_view text, google::protobuf::FieldMask& value) {
  if (text.empty()) return true;
  std::string path;
  while (true) {
    const size_t end = EndOfPart(text);
    if (end == 0 || end == absl::string_view::npos) return false;
    AddPart(text.substr(0, end), path);
    text.remove_prefix(end);
    if (text.empty()) break;
    if (text[0] == '.') {
      path += '.';
    } else {
      value.add_paths(path);
      path.clear();
    }
    text.remove_prefix(1);
  }
  value.add_paths(path);
  return true;
}

bool ReadBase64(absl::string_view text, std::string& value) {
  if (text.find_first_of("-_") == absl::string_view::npos) return absl::Base64Unescape(text, &value);
  return text.find_first_of("+/") == absl::string_view::npos && absl::WebSafeBase64Unescape(text, &value);
}

ShortText WriteTime(const google::protobuf::Timestamp& value) {
  const int64_t seconds =
      std::clamp(value.seconds(), TimeUtil::kTimestampMinSeconds, TimeUtil::kTimestampMaxSeconds);
  const absl::CivilSecond time = absl::CivilSecond() + seconds;  // from 1970-01-01
  ShortText text;
  const auto add = [&text](auto number, size_t width, char end) {
    AddNumber(static_cast<uint64_t>(number), width, text);
    text.Add(end);
  };
  add(time.year(), 4, '-');
  add(time.month(), 2, '-');
  add(time.day(), 2, 'T');
  add(time.hour(), 2, ':');
  add(time.minute(), 2, ':');
  AddNumber(static_cast<uint64_t>(time.second()), 2, text);
  AddFraction(std::clamp(value.nanos(), 0, kNanosPerSecond - 1), text);
  text.Add('Z');
  return text;
}

ShortText WriteDuration(const google::protobuf::Duration& value) {
  const int64_t seconds =
      std::clamp(value.seconds(), TimeUtil::kDurationMinSeconds, TimeUtil::kDurationMaxSeconds);
  const int nanos = std::clamp(value.nanos(), 1 - kNanosPerSecond, kNanosPerSecond - 1);
  ShortText text;
  if (seconds < 0 || nanos < 0) text.Add('-');
  AddNumber(static_cast<uint64_t>(std::abs(seconds)), 1, text);
  AddFraction(std::abs(nanos), text);
  text.Add('s');
  return text;
}

std::string WriteFieldMask(const google::protobuf::FieldMask& value) {
  return absl::StrJoin(value.paths(), ",", [](std::string* out, absl::string_view path) {
    while (!path.empty()) {
      const size_t end = std::min(EndOfPart(path), path.size());
      const absl::string_view part = path.substr(0, end);
      *out += absl::StartsWith(part, "`") ? std::string(part) : CamelCase(part);
      path.remove_prefix(end);
      if (path.empty()) break;
      *out += path[0];
      path.remove_prefix(1);
    }
  });
}

}  // namespace hookd
