#include "http/tls_credentials.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "http/pem.h"

namespace hookd {
absl::Status CheckCertificates(const std::string& pem) {
  ERR_clear_error();
  const bool some = !ReadCertificates(pem).empty();
  // Without a further certificate the error is NO_START_LINE; any other error is a certificate that cannot be
  // parsed.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (some && at_end) return absl::OkStatus();
  return absl::InvalidArgumentError(some ? "contains a certificate that cannot be parsed"
                                         : "must be PEM certificates (-----BEGIN CERTIFICATE-----)");
}

absl::Status CheckPrivateKey(const std::string& pem, const std::string& certificate_chain) {
  const OpenSslPtr<EVP_PKEY> key = ReadPrivateKey(pem);
  const auto certificates = ReadCertificates(certificate_chain);
  const bool fits = key != nullptr && !certificates.empty() &&
                    X509_check_private_key(certificates.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError("must be an unencrypted PEM private key (-----BEGIN PRIVATE KEY-----)");
  }
  if (EVP_PKEY_id(key.get()) != EVP_PKEY_EC && EVP_PKEY_bits(key.get()) > limits::kMaxPrivateKeyBits) {
    return absl::InvalidArgumentError(
        absl::StrCat("must have at most ", limits::kMaxPrivateKeyBits, " bits: longer keys are too slow"));
  }
  if (!fits) return absl::InvalidArgumentError("does not match the first certificate");
  return absl::OkStatus();
}

}  // namespace hookd
