// Compares what browsers send of hosts. Thread-safe; no state.
#ifndef HOOKD_WEB_ROUTES_HOST_NAME_H_
#define HOOKD_WEB_ROUTES_HOST_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Whether the value of a Host header is a name that is always this machine: localhost, a name below
// .localhost (RFC 6761), an address of 127.0.0.0/8 or [::1], with any port or none.
bool IsLoopbackHost(absl::string_view host);

// Whether an origin is http or https and has the host and port of a Host header. A server behind a proxy does
// not know its scheme, so that either fits; a port that is missing is the default of the origin's scheme.
bool IsOriginOfHost(absl::string_view origin, absl::string_view host);

// Returns an origin as browsers write it: in lower case and without its default port. Returns
// INVALID_ARGUMENT, with what to change, unless it is http:// or https://, a host and perhaps a port.
absl::StatusOr<std::string> NormalizeOrigin(absl::string_view origin);

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_HOST_NAME_H_
