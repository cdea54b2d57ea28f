// Decodes the parts of URLs (RFC 3986). Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_PERCENT_DECODING_H_
#define HOOKD_WEB_JSON_PERCENT_DECODING_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// Returns the text with each %XX replaced by its byte; nothing if a % is not followed by two hexadecimal
// digits. `plus_is_space` is for queries, which HTML forms write so.
std::optional<std::string> PercentDecode(absl::string_view text, bool plus_is_space);

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_PERCENT_DECODING_H_
