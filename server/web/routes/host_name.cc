#include "web/routes/host_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "http/url.h"

namespace hookd {
namespace {

bool AllDigits(absl::string_view text) { return std::all_of(text.begin(), text.end(), absl::ascii_isdigit); }

// The host of "host", "host:port", "[v6]" or "[v6]:port", with its brackets; nothing for any other text.
std::optional<absl::string_view> WithoutPort(absl::string_view text) {
  size_t end = text.find(':');
  if (absl::StartsWith(text, "[")) {
    end = text.find(']');
    if (end == absl::string_view::npos) return std::nullopt;
    ++end;
  }
  const absl::string_view host = text.substr(0, end);
  absl::string_view rest = text.substr(host.size());
  if (host.empty() || (!rest.empty() && !absl::ConsumePrefix(&rest, ":"))) return std::nullopt;
  if (rest.size() > 5 || !AllDigits(rest)) return std::nullopt;
  return host;
}

bool IsHostName(absl::string_view name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

bool IsLoopbackHost(absl::string_view host) {
  const auto name = WithoutPort(host);
  // inet_pton would stop at a NUL.
  if (!name.has_value() || absl::StrContains(*name, '\0')) return false;
  if (absl::StartsWith(*name, "[")) {
    in6_addr ipv6;
    const std::string text(name->substr(1, name->size() - 2));
    return inet_pton(AF_INET6, text.c_str(), &ipv6) == 1 && IN6_IS_ADDR_LOOPBACK(&ipv6);
  }
  std::string lower = absl::AsciiStrToLower(*name);
  in_addr ipv4;
  if (inet_pton(AF_INET, lower.c_str(), &ipv4) == 1) return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
  if (lower.back() == '.') lower.pop_back();  // the root of the domain name system
  return lower == "localhost" ||
         (IsHostName(lower) && absl::EndsWith(lower, ".localhost") && !absl::StartsWith(lower, "."));
}

bool IsOriginOfHost(absl::string_view origin, absl::string_view host) {
  absl::string_view default_port;
  if (absl::ConsumePrefix(&origin, "http://")) {
    default_port = ":80";
  } else if (absl::ConsumePrefix(&origin, "https://")) {
    default_port = ":443";
  } else {
    return false;
  }
  absl::ConsumeSuffix(&origin, default_port);
  absl::ConsumeSuffix(&host, default_port);
  return !host.empty() && absl::EqualsIgnoreCase(origin, host);
}

absl::StatusOr<std::string> NormalizeOrigin(absl::string_view origin) {
  HOOKD_ASSIGN_OR_RETURN(const std::string url, NormalizeUrl(origin));
  const size_t scheme_end = origin.find("://");
  if (scheme_end == absl::string_view::npos ||
      origin.find_first_of("/?#\\", scheme_end + 3) != absl::string_view::npos) {
    return absl::InvalidArgumentError("must end after the host and port, without a path or slash");
  }
  std::string normalized = OriginOf(url);
  const absl::string_view default_port = absl::StartsWith(normalized, "https:") ? ":443" : ":80";
  // libcurl decodes and converts more than case and port. A browser sends the result, so give it that.
  if (!absl::EqualsIgnoreCase(origin, normalized) &&
      !absl::EqualsIgnoreCase(origin, absl::StrCat(normalized, default_port))) {
    return absl::InvalidArgumentError("must have its host as browsers send it, in ASCII and without escapes");
  }
  return normalized;
}

}  // namespace hookd
