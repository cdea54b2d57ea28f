// Checks the heads of requests more strictly than Boost.Beast does.
//
// A proxy before hookd and hookd must agree on where a request ends; otherwise a caller can smuggle a request
// past the proxy. Beast accepts several forms that others read differently: repeated Content-Length headers,
// folded lines, codings other than chunked, targets in absolute form. These functions refuse all of them.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_CONNECTION_HTTP_HEAD_H_
#define HOOKD_WEB_CONNECTION_HTTP_HEAD_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// The maximum number of headers of a request: each costs more memory than its bytes.
inline constexpr int kMaxHttpHeaders = 100;

enum class HeadEnd { kIncomplete, kFound, kInvalid };

// Finds the empty line that ends a head. `scanned` is the number of bytes that a previous call has seen, at
// first 0; it becomes the size of the head (kFound) or of the input. kInvalid: the input cannot become a
// head, because a line feed has no carriage return or the first byte cannot begin a request.
HeadEnd FindHeadEnd(absl::string_view input, size_t& scanned);

// Checks a head, from the first byte of the request line to the empty line. Returns INVALID_ARGUMENT with the
// reason, or RESOURCE_EXHAUSTED if there are too many headers.
absl::Status CheckHead(absl::string_view head);

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_HTTP_HEAD_H_
