#include "listening.h"

#include <arpa/inet.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/host_and_port.h"
#include "base/limits.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "http/tls_credentials.h"

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

absl::StatusOr<std::string> ReadFile(absl::string_view flag, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " cannot be read"));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// gRPC would report these errors only at the first call, by closing its connection.
absl::Status CheckFiles(const Listening& listening) {
  const auto chain = ReadFile("--tls_cert_file", listening.tls_cert_file);
  if (!chain.ok()) return chain.status();
  const auto key = ReadFile("--tls_key_file", listening.tls_key_file);
  if (!key.ok()) return key.status();
  const auto name_file = [](absl::string_view flag, const std::string& path, const absl::Status& status) {
    return status.ok() ? status
                       : absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " ", status.message()));
  };
  absl::Status status = name_file("--tls_cert_file", listening.tls_cert_file, CheckCertificates(*chain));
  if (status.ok())
    status = name_file("--tls_key_file", listening.tls_key_file, CheckPrivateKey(*key, *chain));
  if (!status.ok() || listening.tls_client_ca_file.empty()) return status;
  const auto authorities = ReadFile("--tls_client_ca_file", listening.tls_client_ca_file);
  if (!authorities.ok()) return authorities.status();
  return name_file("--tls_client_ca_file", listening.tls_client_ca_file, CheckCertificates(*authorities));
}

}  // namespace

absl::Status CheckAddress(const Listening& listening) {
  if (IsSocketFile(listening.address) || ParseHostAndPort(listening.address).has_value())
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot listen on ", listening.address, ": give host:port, such as 127.0.0.1:50051"));
}

std::string AddressWithPort(const Listening& listening, int port) {
  if (IsSocketFile(listening.address)) return listening.address;
  return absl::StrCat(listening.address.substr(0, listening.address.rfind(':')), ":", port);
}

bool IsExposed(const std::string& address) { return !IsLoopback(address); }

absl::Status CheckExposure(const Listening& listening, bool tokens_required) {
  const bool tls = !listening.tls_cert_file.empty();
  if (IsLoopback(listening.address) || listening.allow_insecure || (tls && tokens_required)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("other machines could call at ", listening.address, tls ? "" : " in plaintext",
                   tls || tokens_required ? "" : " and", tokens_required ? "" : " without a token",
                   ": set --tls_cert_file and --tls_key_file, and --tokens_file or --require_tokens; or set "
                   "--allow_insecure_listen if no one else can reach the port"));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const Listening& listening) {
  if (listening.tls_cert_file.empty() != listening.tls_key_file.empty()) {
    return absl::InvalidArgumentError("--tls_cert_file and --tls_key_file need each other");
  }
  if (listening.tls_cert_file.empty()) {
    if (!listening.tls_client_ca_file.empty()) {
      return absl::InvalidArgumentError("--tls_client_ca_file needs --tls_cert_file and --tls_key_file");
    }
    return grpc::InsecureServerCredentials();
  }
  const absl::Status readable = CheckFiles(listening);
  if (!readable.ok()) return readable;
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      listening.tls_key_file, listening.tls_cert_file, listening.tls_client_ca_file,
      static_cast<unsigned>(absl::ToInt64Seconds(limits::kTlsReload)));
  grpc::experimental::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (listening.tls_client_ca_file.empty()) {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace hookd
