#include "web/routes/browser_guard.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "web/routes/header_values.h"
#include "web/routes/host_name.h"
#include "web/routes/shown.h"

namespace hookd {
namespace {

// How long browsers may remember the answer to a preflight: the most that Chromium does.
constexpr absl::string_view kPreflightSeconds = "7200";
constexpr absl::string_view kAllowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
// The headers that hookd reads and that pages may not send without asking.
constexpr absl::string_view kAllowedHeaders =
    "Authorization, Content-Type, Last-Event-ID, Traceparent, Tracestate";
// The headers that hookd writes and that pages may not read without being told so.
constexpr absl::string_view kExposedHeaders = "Allow, Content-Disposition, Retry-After, WWW-Authenticate";

HttpError Refused(absl::string_view why) { return {403, absl::PermissionDeniedError(why), {}}; }

// The value of a header that occurs exactly once; nothing otherwise.
std::optional<absl::string_view> Single(const WebRequest& request, absl::string_view name) {
  const auto values = HeaderValues(request.headers, name);
  if (values.size() != 1) return std::nullopt;
  return values[0];
}

// Whether a browser says that a page of another origin made the request. Ignores values that the Fetch
// standard does not define, as it demands.
bool IsFromOtherSite(const WebRequest& request) {
  const auto values = HeaderValues(request.headers, "sec-fetch-site");
  return std::any_of(values.begin(), values.end(),
                     [](absl::string_view value) { return value == "cross-site" || value == "same-site"; });
}

// Whether a user opens the target in a tab or window of its own or, if that is allowed, a page in a frame.
bool IsNavigation(const WebRequest& request, bool frames_allowed) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  if (Single(request, "sec-fetch-mode") != "navigate") return false;
  const auto target = Single(request, "sec-fetch-dest");
  return target == "document" || (frames_allowed && (target == "iframe" || target == "frame"));
}

void AddMissing(absl::string_view name, absl::string_view value, WebResponse* response) {
  for (const auto& [key, present] : response->headers) {
    if (absl::EqualsIgnoreCase(key, name)) return;
  }
  response->headers.emplace_back(name, value);
}

}  // namespace

absl::StatusOr<std::unique_ptr<BrowserGuard>> BrowserGuard::Create(const Options& options) {
  std::unique_ptr<BrowserGuard> guard(new BrowserGuard());
  guard->loopback_without_tokens_ = options.loopback_without_tokens;
  for (const std::string& origin : options.allowed_origins) {
    if (origin == "*") {
      guard->allow_all_ = true;
      continue;
    }
    auto normalized = NormalizeOrigin(origin);
    if (!normalized.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("\"", Shown(origin), "\"",
                                                     " is not an origin such as https://app.example.com: it ",
                                                     normalized.status().message()));
    }
    guard->allowed_origins_.insert(*std::move(normalized));
  }
  return guard;
}

bool BrowserGuard::IsAllowed(absl::string_view origin) const {
  return allow_all_ || allowed_origins_.contains(origin);
}

absl::string_view BrowserGuard::AllowedOrigin(const WebRequest& request) const {
  const auto origin = Single(request, "origin");
  return origin.has_value() && IsAllowed(*origin) ? *origin : absl::string_view();
}

std::optional<HttpError> BrowserGuard::Check(const WebRequest& request, Content content) const {
  const absl::string_view host = Single(request, "host").value_or("");
  if (loopback_without_tokens_ && !IsLoopbackHost(host)) {
    return Refused(absl::StrCat(
        "Host \"", Shown(host),
        "\" is not a loopback name. Without tokens, hookd answers only to localhost, ",
        "127.0.0.1 and [::1], so that web pages cannot reach it by DNS rebinding: use one of them, or start ",
        "hookd with --require_tokens"));
  }
  const auto origins = HeaderValues(request.headers, "origin");
  if (origins.size() > 1) return Refused("the Origin header occurs several times");
  if (!origins.empty()) {
    const absl::string_view origin = origins[0];
    if (IsAllowed(origin)) return std::nullopt;
    if (!IsOriginOfHost(origin, host)) {
      return Refused(absl::StrCat("Origin \"", Shown(origin), "\" is not that of this server (Host \"",
                                  Shown(host),
                                  "\"): to let its pages call hookd, add it to --http_allow_origin"));
    }
  }
  if (allow_all_ || !IsFromOtherSite(request)) return std::nullopt;
  if (content != Content::kApi && IsNavigation(request, content == Content::kFramedPage)) return std::nullopt;
  return Refused(
      "a page of another site made this request (Sec-Fetch-Site): open the URL in a new tab, or add the "
      "page's "
      "origin to --http_allow_origin");
}

std::optional<WebResponse> BrowserGuard::AnswerPreflight(const WebRequest& request) const {
  if (request.method != "OPTIONS" || !Single(request, "access-control-request-method").has_value()) {
    return std::nullopt;
  }
  const absl::string_view origin = AllowedOrigin(request);
  if (origin.empty()) return std::nullopt;
  WebResponse response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", std::string(kAllowedMethods)},
                      {"Access-Control-Allow-Headers", std::string(kAllowedHeaders)},
                      {"Access-Control-Max-Age", std::string(kPreflightSeconds)}};
  return response;
}

void BrowserGuard::AddCorsHeaders(absl::string_view origin, WebResponse* response) const {
  if (!allow_all_ && allowed_origins_.empty()) return;
  // Every response, also to requests without an origin: a cache must not give one origin the response to
  // another. Beside a Vary that is there already, it is one more element of the list.
  response->headers.emplace_back("Vary", "Origin");
  if (origin.empty()) return;
  response->headers.emplace_back("Access-Control-Allow-Origin", allow_all_ ? absl::string_view("*") : origin);
  response->headers.emplace_back("Access-Control-Expose-Headers", kExposedHeaders);
}

void BrowserGuard::AddHeaders(const WebRequest& request, Content content, WebResponse* response) const {
  response->headers.reserve(response->headers.size() + 10);
  AddMissing("X-Content-Type-Options", "nosniff", response);
  AddMissing("Referrer-Policy", "no-referrer", response);
  AddMissing("Cross-Origin-Resource-Policy", "same-origin", response);
  if (content != Content::kFramedPage) AddMissing("X-Frame-Options", "DENY", response);
  if (content == Content::kApi) {
    AddMissing("Cache-Control", "no-store", response);
    AddMissing("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", response);
  } else {
    AddMissing("Content-Security-Policy",
               "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", response);
  }
  AddCorsHeaders(AllowedOrigin(request), response);
}

}  // namespace hookd
