#include "hookctl/server_address.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace hookctl {
namespace {

constexpr absl::string_view kDefaultPort = "50051";
constexpr absl::string_view kDefaultConsolePort = "50080";

// Schemes of gRPC whose rest is not HOST:PORT.
bool IsOtherGrpcAddress(absl::string_view address) {
  for (const char* scheme : {"unix:", "unix-abstract:", "ipv4:", "ipv6:", "xds:", "vsock:"}) {
    if (absl::StartsWith(address, scheme)) return true;
  }
  return false;
}

// The address without gRPC's `dns:` scheme and its authority: `dns:///host:port`, `dns:host:port`.
absl::string_view WithoutDns(absl::string_view address) {
  if (!absl::ConsumePrefix(&address, "dns:")) return address;
  if (!absl::ConsumePrefix(&address, "//")) return address;
  const size_t slash = address.find('/');
  return slash == absl::string_view::npos ? absl::string_view() : address.substr(slash + 1);
}

// Whether it is an IPv6 address without brackets.
bool IsBareIpv6(absl::string_view text) {
  return std::count(text.begin(), text.end(), ':') > 1 && !absl::StartsWith(text, "[");
}

// Splits `host:port` or `[::1]:port`. The port is empty if there is none.
HostAndPort Split(absl::string_view text) {
  const size_t bracket = text.find(']');
  if (absl::ConsumePrefix(&text, "[") && bracket != absl::string_view::npos) {
    absl::string_view rest = text.substr(bracket);
    absl::ConsumePrefix(&rest, ":");
    return {std::string(text.substr(0, bracket - 1)), std::string(rest)};
  }
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

// The host as a URL has it.
std::string InBrackets(const std::string& host) {
  return absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host;
}

bool IsPort(const std::string& text) {
  int port = 0;
  return absl::SimpleAtoi(text, &port) && port > 0 && port <= 65535;
}

// The address that was probably meant.
std::string Corrected(absl::string_view text) {
  text = text.substr(0, text.find_first_of("/?#"));
  if (IsBareIpv6(text)) {
    // A last part that is too long for one of an address is the port.
    const size_t colon = text.rfind(':');
    const absl::string_view last = text.substr(colon + 1);
    if (last.size() <= 4 || !IsPort(std::string(last))) return absl::StrCat("[", text, "]:", kDefaultPort);
    return absl::StrCat("[", text.substr(0, colon), "]:", last);
  }
  HostAndPort parts = Split(text);
  if (parts.host.empty()) parts.host = "127.0.0.1";
  if (parts.port.empty()) parts.port = std::string(kDefaultPort);
  return absl::StrCat(InBrackets(parts.host), ":", parts.port);
}

}  // namespace

std::string CheckServerAddress(absl::string_view address) {
  if (IsOtherGrpcAddress(address)) return "";
  absl::string_view text = WithoutDns(address);
  for (const char* scheme : {"https://", "http://", "grpcs://", "grpc://"}) {
    if (!absl::StartsWithIgnoreCase(text, scheme)) continue;
    const bool tls = absl::StartsWithIgnoreCase(text, "https") || absl::StartsWithIgnoreCase(text, "grpcs");
    return absl::StrCat("must be HOST:PORT, without ", scheme, ": use ",
                        Corrected(text.substr(std::string(scheme).size())), tls ? " and --tls" : "");
  }
  if (absl::StrContains(text, "/")) {
    return absl::StrCat("must be HOST:PORT, without a path: use ", Corrected(text));
  }
  if (IsBareIpv6(text)) {
    return absl::StrCat("an IPv6 address must be in brackets: use ", Corrected(text));
  }
  const HostAndPort parts = Split(text);
  if (parts.host.empty()) return absl::StrCat("must be HOST:PORT, such as ", Corrected(text));
  if (parts.port.empty())
    return absl::StrCat("has no port: use ", Corrected(text), ", if hookd has its default port");
  if (!IsPort(parts.port)) return "must be HOST:PORT, with a port from 1 to 65535";
  return "";
}

std::optional<HostAndPort> SplitServerAddress(absl::string_view address) {
  if (IsOtherGrpcAddress(address)) return std::nullopt;
  HostAndPort parts = Split(WithoutDns(address));
  if (parts.host.empty() || parts.port.empty()) return std::nullopt;
  return parts;
}

std::string CheckConsoleUrl(absl::string_view url) {
  constexpr absl::string_view kWanted = "must be http://HOST:PORT/ or https://HOST:PORT/";
  if (!absl::ConsumePrefix(&url, "https://") && !absl::ConsumePrefix(&url, "http://")) {
    return std::string(kWanted);
  }
  absl::ConsumeSuffix(&url, "/");
  const bool is_authority = std::all_of(url.begin(), url.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-._:[]", std::string(1, static_cast<char>(c)));
  });
  if (!is_authority) return absl::StrCat(kWanted, ", without a path, a user or a query");
  const HostAndPort parts = Split(url);
  const bool has_port =
      absl::StartsWith(url, "[") ? absl::StrContains(url, "]:") : absl::StrContains(url, ":");
  if (parts.host.empty() || IsBareIpv6(url)) return std::string(kWanted);
  return has_port && !IsPort(parts.port) ? absl::StrCat(kWanted, ", with a port from 1 to 65535") : "";
}

std::string DefaultConsoleUrl(absl::string_view server_address, bool tls) {
  const auto parts = SplitServerAddress(server_address);
  // A socket file, for example, is on this machine.
  const std::string host = parts.has_value() ? InBrackets(parts->host) : "127.0.0.1";
  return absl::StrCat(tls ? "https://" : "http://", host, ":", kDefaultConsolePort, "/");
}

}  // namespace hookctl
