// Rules for headers: what RFC 9110 allows and, for custom request headers, which names are reserved.
// Thread-safe; no state.
#ifndef HOOKD_HTTP_HEADER_RULES_H_
#define HOOKD_HTTP_HEADER_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Whether a character may be in a token, and whether the text is one (RFC 9110, 5.6.2).
bool IsTokenCharacter(char c);
bool IsToken(absl::string_view text);

// Returns INVALID_ARGUMENT, with a sentence, unless the name is a token (RFC 9110, 5.6.2) that is not
// reserved for the protocol or the client (Host, Content-Length, Connection, Transfer-Encoding, ...). Names
// are case-insensitive.
absl::Status CheckHeaderName(absl::string_view name);

// Returns INVALID_ARGUMENT, with a sentence that does not repeat the value, unless the value is visible
// ASCII, spaces and tabs, and does not begin or end with white space (RFC 9110, 5.5, without what it
// deprecates).
absl::Status CheckHeaderValue(absl::string_view value);

}  // namespace hookd

#endif  // HOOKD_HTTP_HEADER_RULES_H_
