#include "listen_options.h"

#include <arpa/inet.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/host_and_port.h"

namespace hookd {
namespace {

bool IsSocketFile(absl::string_view address) { return absl::StartsWith(address, "unix:"); }

bool IsLoopback(absl::string_view address) {
  if (IsSocketFile(address)) return true;
  const auto parsed = ParseHostAndPort(address);
  const std::string host = parsed.has_value() ? parsed->host : "";
  in_addr ipv4;
  const bool is_ipv4 = inet_pton(AF_INET, host.c_str(), &ipv4) == 1;
  return host == "localhost" || host == "::1" || (is_ipv4 && absl::StartsWith(host, "127."));
}

}  // namespace

absl::Status CheckAddress(const std::string& address) {
  if (IsSocketFile(address) || ParseHostAndPort(address).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot listen on ", address, ": give host:port, such as 127.0.0.1:50051"));
}

std::string AddressWithPort(const std::string& address, int port) {
  if (IsSocketFile(address)) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

std::string BrowserUrl(const ListenOptions& options, int port) {
  if (IsSocketFile(options.address)) return "";
  absl::string_view host = absl::string_view(options.address).substr(0, options.address.rfind(':'));
  if (host == "0.0.0.0" || host == "[::]") host = "localhost";  // all addresses of this machine
  return absl::StrCat(options.tls.cert_file.empty() ? "http://" : "https://", host, ":", port, "/");
}

bool IsExposed(const std::string& address) { return !IsLoopback(address); }

bool IsLoopbackPort(const std::string& address) { return IsLoopback(address) && !IsSocketFile(address); }

absl::Status CheckExposure(const ListenOptions& options, bool tokens_required) {
  const bool tls = !options.tls.cert_file.empty();
  if (IsLoopback(options.address) || options.allow_insecure || (tls && tokens_required)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("other machines could call at ", options.address, tls ? "" : " in plaintext",
                   tls || tokens_required ? "" : " and", tokens_required ? "" : " without a token",
                   ": set --tls_cert_file and --tls_key_file, and --tokens_file or --require_tokens; or set "
                   "--allow_insecure_listen if no one else can reach the port"));
}

}  // namespace hookd
