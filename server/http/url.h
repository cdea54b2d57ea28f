// URLs of endpoints, parsed by libcurl's URL API and never by hand. Thread-safe.
#ifndef HOOKD_HTTP_URL_H_
#define HOOKD_HTTP_URL_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Returns the normalized form of an endpoint's URL: scheme and host in lower case, no default port, dot
// segments resolved, spaces and non-ASCII characters percent-encoded, no empty fragment. Normalizing it again
// does not change it.
//
// Returns INVALID_ARGUMENT, with a sentence that says what to change, unless the URL is UTF-8 without control
// characters, absolute, http or https, with a host, without user info and fragment, and at most
// limits::kMaxUrlBytes long both before and after normalization.
absl::StatusOr<std::string> NormalizeUrl(absl::string_view url);

// Returns the scheme, host and port of a normalized URL, which may be logged. Paths and queries may contain
// secrets.
std::string OriginOf(absl::string_view url);

// The host and port of a URL.
struct UrlTarget {
  std::string host;  // a name, or an address with its zone and without brackets
  int port = 0;
};

// Returns nothing if the URL is invalid. If it has no port, uses `default_port`, or the port of its scheme if
// that is 0.
std::optional<UrlTarget> TargetOf(const std::string& url, int default_port = 0);

}  // namespace hookd

#endif  // HOOKD_HTTP_URL_H_
