// URLs of endpoints, parsed by libcurl's URL API and never by hand. Thread-safe.
#ifndef HOOKD_HTTP_URL_H_
#define HOOKD_HTTP_URL_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

// The normalised form of an endpoint's URL: scheme and host in lower case, default port left out, dot
// segments resolved, spaces and what is not ASCII percent-encoded, an empty fragment dropped.
// INVALID_ARGUMENT, with a sentence that says what to change, unless it is UTF-8 without control characters,
// an absolute http or https URL with a host, without user info and fragment, and at most limits::kMaxUrlBytes
// long, as given and as normalised. The normalised form of the normalised form is that form.
absl::StatusOr<std::string> NormalizeUrl(absl::string_view url);

// Scheme, host and port of a normalised URL: what may be shown. Paths and queries may hold secrets.
std::string OriginOf(absl::string_view url);

// Where a URL leads.
struct UrlTarget {
  std::string host;  // a name, or an address without brackets and with its zone
  int port = 0;
};

// Nothing if it is no URL. Without a port in it, that is `default_port` or, if this is 0, the scheme's.
std::optional<UrlTarget> TargetOf(const std::string& url, int default_port = 0);

}  // namespace hookd

#endif  // HOOKD_HTTP_URL_H_
