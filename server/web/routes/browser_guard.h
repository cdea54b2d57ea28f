// Keeps web pages of other sites from using hookd through a browser that can reach it.
//
// Immutable and so thread-safe; does not block. Programs other than browsers send neither Origin nor
// Sec-Fetch-Site, so they notice only the check of Host.
#ifndef HOOKD_WEB_ROUTES_BROWSER_GUARD_H_
#define HOOKD_WEB_ROUTES_BROWSER_GUARD_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "web/routes/http_status.h"
#include "web/web_request.h"

namespace hookd {

class BrowserGuard {
 public:
  struct Options {
    // Whether hookd listens on a loopback address and requires no tokens. Every caller may then do
    // everything, so that its Host must be a loopback name.
    bool loopback_without_tokens = false;
    // --http_allow_origin: origins such as https://app.example.com whose pages may call the API, or "*" for
    // the pages of all sites. "*" on a hookd without tokens lets every page that a user of the machine visits
    // call the API.
    std::vector<std::string> allowed_origins;
  };

  // What a request is for.
  enum class Content {
    kApi,         // the methods of the API
    kPage,        // what a user may open by a link from another site: the console and /openapi.json
    kFramedPage,  // likewise, and pages of other sites may show it in a frame, if its own policy lets them
  };

  // Returns INVALID_ARGUMENT, with the origin and what to change, unless every allowed origin is "*" or
  // http:// or https://, a host and perhaps a port. Case and default ports do not matter.
  static absl::StatusOr<std::unique_ptr<BrowserGuard>> Create(const Options& options);

  // Returns the error 403 if the request must not be served. Call it first, before authentication.
  //
  // * Of a loopback without tokens, Host must be localhost, a name below .localhost, 127.0.0.0/8 or [::1],
  //   with any port; a page that reaches hookd by DNS rebinding sends its own name. The error is 403 and not
  //   421 (Misdirected Request), after which clients may repeat the request on another connection (RFC
  //   9110).
  // * Origin, if present, must be allowed or that of this server: http or https, and Host.
  // * Without an allowed origin, Sec-Fetch-Site must be same-origin or none, if present, except where a user
  //   opens a page (kPage, by GET or HEAD, in a tab or window) or a site shows it (kFramedPage, in a frame).
  std::optional<HttpError> Check(const WebRequest& request, Content content) const;

  // Returns the response to a CORS preflight of an allowed origin, which AddHeaders completes; nothing if the
  // request is anything else. Preflights have no token: call it before authentication, after Check.
  std::optional<WebResponse> AnswerPreflight(const WebRequest& request) const;

  // Adds to a response, which may be an error, the security headers and, for an allowed origin, those of
  // CORS. Headers that it already has stay. Of kFramedPage, Content-Security-Policy alone says which sites
  // may show it in a frame. CORS never includes credentials. Without allowed origins, there
  // are no CORS headers at all.
  void AddHeaders(const WebRequest& request, Content content, WebResponse* response) const;

 private:
  BrowserGuard() = default;

  // Whether a page of this origin may call the API from another site.
  bool IsAllowed(absl::string_view origin) const;
  // The request's only origin, if it is allowed; otherwise empty.
  absl::string_view AllowedOrigin(const WebRequest& request) const;
  void AddCorsHeaders(absl::string_view origin, WebResponse* response) const;

  bool loopback_without_tokens_ = false;
  bool allow_all_ = false;
  absl::flat_hash_set<std::string> allowed_origins_;  // as browsers write them
};

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_BROWSER_GUARD_H_
