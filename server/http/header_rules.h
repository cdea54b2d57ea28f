// Headers of a request that a caller chose: what RFC 9110 allows, and what is left to HTTP itself.
// Thread-safe; no state.
#ifndef HOOKD_HTTP_HEADER_RULES_H_
#define HOOKD_HTTP_HEADER_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// INVALID_ARGUMENT, with a sentence, unless it is a token (RFC 9110, 5.6.2), and no name that the protocol or
// the client sets (Host, Content-Length, Connection, Transfer-Encoding, ...). Names are compared in lower
// case.
absl::Status CheckHeaderName(absl::string_view name);

// INVALID_ARGUMENT, with a sentence that does not repeat the value, unless it is visible ASCII, spaces and
// tabs, without any at its ends (RFC 9110, 5.5, less what it deprecates).
absl::Status CheckHeaderValue(absl::string_view value);

}  // namespace hookd

#endif  // HOOKD_HTTP_HEADER_RULES_H_
