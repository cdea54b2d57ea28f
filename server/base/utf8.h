// UTF-8 (RFC 3629): whether text is, and making it so. Thread-safe; no state.
#ifndef HOOKD_BASE_UTF8_H_
#define HOOKD_BASE_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// How many bytes of `text`, from its beginning, are valid UTF-8 that ends between characters; all of them if
// it is valid. Surrogates, overlong forms and what lies past U+10FFFF are not.
size_t ValidUtf8Length(absl::string_view text);

// The text with everything that is not UTF-8 replaced by U+FFFD, one for each maximal part of a character
// (the Unicode Standard, section 3.9).
std::string ReplaceInvalidUtf8(absl::string_view text);

// The text, which is valid UTF-8, if it has at most `max_bytes` bytes; else its beginning and "...", together
// at most that. `max_bytes` is at least 3.
std::string AbbreviateUtf8(absl::string_view text, size_t max_bytes);

}  // namespace hookd

#endif  // HOOKD_BASE_UTF8_H_
