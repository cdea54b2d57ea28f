#include "command_line/text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "rapidjson/encodings.h"
#include "rapidjson/memorystream.h"

namespace command_line {
namespace {

// The size of the UTF-8 character at the beginning of `text`, and the character; 0 if there is none.
size_t CharacterBytes(absl::string_view text, unsigned& codepoint) {
  rapidjson::MemoryStream in(text.data(), text.size());
  if (text.empty() || !rapidjson::UTF8<>::Decode(in, &codepoint) || in.Tell() > text.size()) return 0;
  return in.Tell();
}

size_t CharacterBytes(absl::string_view text) {
  unsigned codepoint = 0;
  return CharacterBytes(text, codepoint);
}

// Whether a terminal acts on the character instead of showing it: control characters (C0, DEL, C1), the line
// and paragraph separators, and bidirectional controls, which reorder text (Unicode Standard Annex 9).
bool IsControl(unsigned codepoint) {
  return codepoint < 0x20 || (codepoint >= 0x7F && codepoint < 0xA0) || codepoint == 0x061C ||
         codepoint == 0x200E || codepoint == 0x200F || (codepoint >= 0x2028 && codepoint <= 0x202E) ||
         (codepoint >= 0x2066 && codepoint <= 0x2069);
}

}  // namespace

std::string Printable(absl::string_view text, bool keep_lines) {
  std::string printable;
  while (!text.empty()) {
    unsigned codepoint = 0;
    const size_t bytes = CharacterBytes(text, codepoint);
    const bool kept = keep_lines && (text[0] == '\n' || text[0] == '\t');
    if (bytes == 0 || (IsControl(codepoint) && !kept)) {
      const size_t shown = std::max<size_t>(bytes, 1);
      for (const char c : text.substr(0, shown))
        absl::StrAppendFormat(&printable, "\\x%02x", static_cast<unsigned char>(c));
      text.remove_prefix(shown);
      continue;
    }
    absl::StrAppend(&printable, text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return printable;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string WithCommas(long long count) {
  std::string digits = std::to_string(count);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits;
}

std::string Counted(long long count, absl::string_view singular, absl::string_view plural) {
  return absl::StrCat(WithCommas(count), " ", count == 1 ? singular : plural);
}

}  // namespace command_line
