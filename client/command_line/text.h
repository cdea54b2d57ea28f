// Text for a terminal. The functions are thread-safe.
#ifndef COMMAND_LINE_TEXT_H_
#define COMMAND_LINE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace command_line {

// Returns `text` safe for a terminal: control characters and bytes that are not UTF-8 become `\x1b`. Newlines
// and tabs are kept only if `keep_lines` is set.
std::string Printable(absl::string_view text, bool keep_lines = false);

// Whether all of `text` is valid UTF-8.
bool IsUtf8(absl::string_view text);

// Such as `12,345`. Requires: `count` is not negative.
std::string WithCommas(long long count);

// Such as `1 webhook` or `12,345 webhooks`.
std::string Counted(long long count, absl::string_view singular, absl::string_view plural);

}  // namespace command_line

#endif  // COMMAND_LINE_TEXT_H_
