// Validates and repairs UTF-8 (RFC 3629). Thread-safe; no state.
#ifndef HOOKD_BASE_UTF8_H_
#define HOOKD_BASE_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// Returns the size of the longest prefix of `text` that is valid UTF-8; all of it if it is valid. Surrogates,
// overlong forms and code points above U+10FFFF are invalid.
size_t ValidUtf8Length(absl::string_view text);

// Returns the text with invalid UTF-8 replaced by U+FFFD, one for each maximal part of a character (the
// Unicode Standard, section 3.9).
std::string ReplaceInvalidUtf8(absl::string_view text);

// Returns the text if it has at most `max_bytes` bytes; otherwise its beginning and "...", together at most
// `max_bytes`. Requires: `text` is valid UTF-8, and `max_bytes` is at least 3.
std::string AbbreviateUtf8(absl::string_view text, size_t max_bytes);

}  // namespace hookd

#endif  // HOOKD_BASE_UTF8_H_
