// A request over HTTP and its response, apart from the connection that carries them.
//
// Plain values; not thread-safe.
#ifndef HOOKD_WEB_WEB_REQUEST_H_
#define HOOKD_WEB_WEB_REQUEST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace hookd {

using WebHeaders = std::vector<std::pair<std::string, std::string>>;  // names in any case, in their order

// The only value of a header; empty if the header is missing or occurs several times.
inline absl::string_view FindHeader(const WebHeaders& headers, absl::string_view name) {
  absl::string_view found;
  int count = 0;
  for (const auto& [key, value] : headers) {
    if (!absl::EqualsIgnoreCase(key, name)) continue;
    found = value;
    ++count;
  }
  return count == 1 ? found : absl::string_view();
}

struct WebRequest {
  std::string method;  // such as GET
  std::string target;  // path and query as sent, beginning with /; or * of OPTIONS *
  WebHeaders headers;
  std::string body;

  std::string peer;                     // the caller's address, for log lines
  std::vector<std::string> identities;  // see Caller::Identities

  absl::string_view Header(absl::string_view name) const { return FindHeader(headers, name); }
};

struct WebResponse {
  int status = 200;
  WebHeaders headers;  // without Content-Length, Transfer-Encoding, Connection and Date
  std::string body;
  bool gzip =
      false;  // compress the body before it is sent, on a thread of the connection, if that is worth it
};

}  // namespace hookd

#endif  // HOOKD_WEB_WEB_REQUEST_H_
