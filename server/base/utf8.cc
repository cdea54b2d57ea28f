#include "base/utf8.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

// The character at the beginning of a text, possibly incomplete.
struct Character {
  size_t size;  // at least 1
  bool valid;
};

Character First(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, true};
  // The table of well-formed sequences: only the range of the second byte depends on the first byte.
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
  size_t size = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (size_t i = 1; i < size; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {size, true};
}

}  // namespace

size_t ValidUtf8Length(absl::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    // Most text is ASCII, so check eight bytes at a time.
    uint64_t block;
    if (text.size() - at >= sizeof(block)) {
      std::memcpy(&block, text.data() + at, sizeof(block));
      if ((block & 0x8080808080808080) == 0) {
        at += sizeof(block);
        continue;
      }
    }
    const Character character = First(text.substr(at));
    if (!character.valid) return at;
    at += character.size;
  }
  return at;
}

std::string ReplaceInvalidUtf8(absl::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (true) {
    const size_t length = ValidUtf8Length(text);
    valid.append(text.data(), length);
    text.remove_prefix(length);
    if (text.empty()) return valid;
    valid.append("\xef\xbf\xbd");
    text.remove_prefix(First(text).size);
  }
}

std::string AbbreviateUtf8(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  const absl::string_view beginning = text.substr(0, max_bytes - 3);
  return absl::StrCat(beginning.substr(0, ValidUtf8Length(beginning)), "...");
}

}  // namespace hookd
