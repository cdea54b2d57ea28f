#include "http/tls_files.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "http/tls_credentials.h"

namespace hookd {
namespace {

absl::StatusOr<std::string> ReadFile(absl::string_view flag, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " cannot be read"));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

absl::Status NameFile(absl::string_view flag, const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " ", status.message()));
}

}  // namespace

absl::StatusOr<TlsContent> ReadTlsFiles(const TlsFiles& files) {
  if (files.cert_file.empty() != files.key_file.empty()) {
    return absl::InvalidArgumentError("--tls_cert_file and --tls_key_file must be set together");
  }
  TlsContent content;
  if (files.cert_file.empty()) {
    if (files.client_ca_file.empty()) return content;
    return absl::InvalidArgumentError("--tls_client_ca_file requires --tls_cert_file and --tls_key_file");
  }
  HOOKD_ASSIGN_OR_RETURN(content.chain, ReadFile("--tls_cert_file", files.cert_file));
  HOOKD_ASSIGN_OR_RETURN(content.key, ReadFile("--tls_key_file", files.key_file));
  HOOKD_RETURN_IF_ERROR(NameFile("--tls_cert_file", files.cert_file, CheckCertificates(content.chain)));
  HOOKD_RETURN_IF_ERROR(
      NameFile("--tls_key_file", files.key_file, CheckPrivateKey(content.key, content.chain)));
  if (files.client_ca_file.empty()) return content;
  HOOKD_ASSIGN_OR_RETURN(content.client_authorities, ReadFile("--tls_client_ca_file", files.client_ca_file));
  HOOKD_RETURN_IF_ERROR(
      NameFile("--tls_client_ca_file", files.client_ca_file, CheckCertificates(content.client_authorities)));
  return content;
}

}  // namespace hookd
