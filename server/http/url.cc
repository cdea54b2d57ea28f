#include "http/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace hookd {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlCleanup>;

// Returns a part of the URL; nothing if it has no such part.
std::optional<std::string> Part(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

absl::Status Invalid(absl::string_view sentence) { return absl::InvalidArgumentError(sentence); }

absl::Status TooLong() {
  return Invalid(absl::StrCat("must have at most ", limits::kMaxUrlBytes, " characters, percent-encoded"));
}

absl::Status ParseError(CURLUcode code) {
  switch (code) {
    case CURLUE_UNSUPPORTED_SCHEME:
      return Invalid("must begin with http:// or https://");
    case CURLUE_BAD_SCHEME:
    case CURLUE_NO_SCHEME:
      return Invalid("must be absolute, beginning with http:// or https://");
    case CURLUE_NO_HOST:
      return Invalid("must have a host, as in https://example.com/hook");
    case CURLUE_USER_NOT_ALLOWED:
      return Invalid("must not have a user name or password");
    case CURLUE_BAD_PORT_NUMBER:
      return Invalid("must have a port from 1 to 65535, or none");
    case CURLUE_BAD_HOSTNAME:
    case CURLUE_BAD_IPV6:
      return Invalid("must have a valid host name or IP address");
    default:
      return Invalid("must be a valid URL, as in https://example.com/hook");
  }
}

}  // namespace

absl::StatusOr<std::string> NormalizeUrl(absl::string_view url) {
  if (url.empty()) return Invalid("must not be empty");
  if (url.size() > limits::kMaxUrlBytes) return TooLong();
  if (ValidUtf8Length(url) != url.size()) return Invalid("must be valid UTF-8");
  // libcurl would stop at a NUL, and treat a pasted space as part of the path.
  if (url.find('\0') != absl::string_view::npos) return Invalid("must not have control characters");
  if (absl::StripAsciiWhitespace(url) != url) return Invalid("must not begin or end with white space");

  Url parsed(curl_url());
  if (parsed == nullptr) return absl::ResourceExhaustedError("out of memory");
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(),
                                      CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_DISALLOW_USER);
  if (code != CURLUE_OK) return ParseError(code);

  const std::string scheme = Part(parsed, CURLUPART_SCHEME).value_or("");
  if (scheme != "http" && scheme != "https") return ParseError(CURLUE_UNSUPPORTED_SCHEME);
  if (Part(parsed, CURLUPART_USER).has_value() || Part(parsed, CURLUPART_PASSWORD).has_value()) {
    return ParseError(CURLUE_USER_NOT_ALLOWED);
  }
  if (Part(parsed, CURLUPART_FRAGMENT).has_value()) return Invalid("must not have a fragment (#)");
  if (Part(parsed, CURLUPART_PORT).value_or("") == "0") return ParseError(CURLUE_BAD_PORT_NUMBER);

  // libcurl keeps the case of the host. Setting the host drops the zone of an IPv6 address.
  const std::optional<std::string> host = Part(parsed, CURLUPART_HOST);
  if (!host.has_value() || host->empty()) return ParseError(CURLUE_BAD_HOSTNAME);
  // libcurl could convert it only with a locale, and hookd sets none.
  if (!std::all_of(host->begin(), host->end(), absl::ascii_isascii)) {
    return Invalid("must have an ASCII host name: write an international name in its xn-- form");
  }
  const std::optional<std::string> zone = Part(parsed, CURLUPART_ZONEID);
  if (curl_url_set(parsed.get(), CURLUPART_HOST, absl::AsciiStrToLower(*host).c_str(), 0) != CURLUE_OK ||
      (zone.has_value() && curl_url_set(parsed.get(), CURLUPART_ZONEID, zone->c_str(), 0) != CURLUE_OK)) {
    return ParseError(CURLUE_BAD_HOSTNAME);
  }

  std::optional<std::string> normalized = Part(parsed, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
  if (!normalized.has_value()) return ParseError(CURLUE_MALFORMED_INPUT);
  // libcurl drops an empty query here, but not when it sends. By RFC 3986, section 6.2.3, the URLs differ.
  if (absl::EndsWith(url.substr(0, url.find('#')), "?") && !absl::EndsWith(*normalized, "?"))
    normalized->push_back('?');
  if (normalized->size() > limits::kMaxUrlBytes) return TooLong();
  // libcurl decodes escapes in the host only after it checked for a numeric address: "1%2e1" would connect to
  // 1.0.0.1.
  const Url again(curl_url());
  if (again == nullptr) return absl::ResourceExhaustedError("out of memory");
  if (curl_url_set(again.get(), CURLUPART_URL, normalized->c_str(), 0) != CURLUE_OK ||
      Part(again, CURLUPART_HOST) != Part(parsed, CURLUPART_HOST)) {
    return ParseError(CURLUE_BAD_HOSTNAME);
  }
  return *std::move(normalized);
}

std::string OriginOf(absl::string_view url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end == absl::string_view::npos) return "";
  return std::string(url.substr(0, url.find_first_of("/?#", scheme_end + 3)));
}

std::optional<UrlTarget> TargetOf(const std::string& url, int default_port) {
  const Url parsed(curl_url());
  if (parsed == nullptr ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return std::nullopt;
  }
  UrlTarget target;
  target.host = Part(parsed, CURLUPART_HOST).value_or("");
  if (absl::StartsWith(target.host, "[")) {
    target.host = target.host.substr(1, target.host.size() - 2);
    const std::optional<std::string> zone = Part(parsed, CURLUPART_ZONEID);
    if (zone.has_value()) absl::StrAppend(&target.host, "%", *zone);
  }
  const std::string port =
      Part(parsed, CURLUPART_PORT, default_port == 0 ? CURLU_DEFAULT_PORT : 0).value_or("");
  if (!absl::SimpleAtoi(port, &target.port)) target.port = default_port;
  if (target.host.empty() || target.port == 0) return std::nullopt;
  return target;
}

}  // namespace hookd
