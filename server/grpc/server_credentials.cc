#include "grpc/server_credentials.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
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
  const auto chain = ReadFile("--tls_cert_file", files.cert_file);
  if (!chain.ok()) return chain.status();
  const auto key = ReadFile("--tls_key_file", files.key_file);
  if (!key.ok()) return key.status();
  const auto name_file = [](absl::string_view flag, const std::string& path, const absl::Status& status) {
    return status.ok() ? status
                       : absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " ", status.message()));
  };
  absl::Status status = name_file("--tls_cert_file", files.cert_file, CheckCertificates(*chain));
  if (status.ok()) status = name_file("--tls_key_file", files.key_file, CheckPrivateKey(*key, *chain));
  if (!status.ok() || files.client_ca_file.empty()) return status;
  const auto authorities = ReadFile("--tls_client_ca_file", files.client_ca_file);
  if (!authorities.ok()) return authorities.status();
  return name_file("--tls_client_ca_file", files.client_ca_file, CheckCertificates(*authorities));
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const TlsFiles& files) {
  if (files.cert_file.empty() != files.key_file.empty()) {
    return absl::InvalidArgumentError("--tls_cert_file and --tls_key_file need each other");
  }
  if (files.cert_file.empty()) {
    if (!files.client_ca_file.empty()) {
      return absl::InvalidArgumentError("--tls_client_ca_file needs --tls_cert_file and --tls_key_file");
    }
    return grpc::InsecureServerCredentials();
  }
  const absl::Status readable = CheckFiles(files);
  if (!readable.ok()) return readable;
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
