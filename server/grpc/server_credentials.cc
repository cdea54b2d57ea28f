#include "grpc/server_credentials.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "http/tls_credentials.h"

namespace hookd {
namespace {

absl::StatusOr<std::string> ReadFile(absl::string_view flag, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " cannot be read"));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// gRPC would report these errors only at the first call, by closing its connection.
absl::Status CheckFiles(const TlsFiles& files) {
  HOOKD_ASSIGN_OR_RETURN(const std::string chain, ReadFile("--tls_cert_file", files.cert_file));
  HOOKD_ASSIGN_OR_RETURN(const std::string key, ReadFile("--tls_key_file", files.key_file));
  const auto name_file = [](absl::string_view flag, const std::string& path, const absl::Status& status) {
    return status.ok() ? status
                       : absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " ", status.message()));
  };
  HOOKD_RETURN_IF_ERROR(name_file("--tls_cert_file", files.cert_file, CheckCertificates(chain)));
  HOOKD_RETURN_IF_ERROR(name_file("--tls_key_file", files.key_file, CheckPrivateKey(key, chain)));
  if (files.client_ca_file.empty()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(const std::string authorities,
                         ReadFile("--tls_client_ca_file", files.client_ca_file));
  return name_file("--tls_client_ca_file", files.client_ca_file, CheckCertificates(authorities));
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const TlsFiles& files) {
  if (files.cert_file.empty() != files.key_file.empty()) {
    return absl::InvalidArgumentError("--tls_cert_file and --tls_key_file must be set together");
  }
  if (files.cert_file.empty()) {
    if (!files.client_ca_file.empty()) {
      return absl::InvalidArgumentError("--tls_client_ca_file requires --tls_cert_file and --tls_key_file");
    }
    return grpc::InsecureServerCredentials();
  }
  HOOKD_RETURN_IF_ERROR(CheckFiles(files));
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key_file, files.cert_file, files.client_ca_file,
      static_cast<unsigned>(absl::ToInt64Seconds(tuning::kTlsReload)));
  grpc::experimental::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (files.client_ca_file.empty()) {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace hookd
