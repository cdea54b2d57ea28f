#include "store/codec/attempt_codec.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hookd {

std::string EncodeDetails(const Attempt& attempt) {
  std::string bytes;
  bytes.reserve(attempt.url.size() + attempt.remote_address.size() + attempt.node.size() + 32);
  const auto add = [&bytes](char letter, absl::string_view value) {
    if (value.empty()) return;
    bytes += letter;
    bytes.append(value.data(), value.size());
    bytes += '\n';
  };
  if (attempt.trigger != AttemptTrigger::kUnknown) {
    add('t', absl::AlphaNum(static_cast<int>(attempt.trigger)).Piece());
  }
  add('n', attempt.node);
  add('v', attempt.http_version);
  add('a', attempt.remote_address);
  if (attempt.retry_after > absl::ZeroDuration()) {
    add('r', absl::AlphaNum(absl::ToInt64Seconds(attempt.retry_after)).Piece());
  }
  add('u', attempt.url);
  return bytes;
}

void DecodeDetails(absl::string_view bytes, Attempt& attempt) {
  for (const absl::string_view line : absl::StrSplit(bytes, '\n', absl::SkipEmpty())) {
    const absl::string_view value = line.substr(1);
    int64_t number = 0;
    switch (line.front()) {
      case 't':
        if (absl::SimpleAtoi(value, &number)) attempt.trigger = static_cast<AttemptTrigger>(number);
        break;
      case 'n':
        attempt.node = std::string(value);
        break;
      case 'v':
        attempt.http_version = std::string(value);
        break;
      case 'a':
        attempt.remote_address = std::string(value);
        break;
      case 'r':
        if (absl::SimpleAtoi(value, &number)) attempt.retry_after = absl::Seconds(number);
        break;
      case 'u':
        attempt.url = std::string(value);
        break;
      default:
        break;
    }
  }
}

}  // namespace hookd
