#include "http/tls_credentials.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace hookd {
namespace {

struct Cleanup {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Cleanup>;

Owned<BIO> Reader(const std::string& pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Makes OpenSSL fail instead of prompting for a passphrase.
int NoPassphrase(char*, int, int, void*) { return -1; }

// Returns the certificates up to the end or the first error.
std::vector<Owned<X509>> ReadCertificates(BIO* bio) {
  std::vector<Owned<X509>> certificates;
  while (true) {
    Owned<X509> certificate(PEM_read_bio_X509(bio, nullptr, &NoPassphrase, nullptr));
    if (certificate == nullptr) return certificates;
    certificates.push_back(std::move(certificate));
  }
}

}  // namespace

absl::Status CheckCertificates(const std::string& pem) {
  ERR_clear_error();
  const Owned<BIO> bio = Reader(pem);
  const bool some = !ReadCertificates(bio.get()).empty();
  // Without a further certificate the error is NO_START_LINE; any other error is a certificate that cannot be
  // parsed.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (some && at_end) return absl::OkStatus();
  return absl::InvalidArgumentError(some ? "contains a certificate that cannot be parsed"
                                         : "must be PEM certificates (-----BEGIN CERTIFICATE-----)");
}

absl::Status CheckPrivateKey(const std::string& pem, const std::string& certificate_chain) {
  const Owned<BIO> bio = Reader(pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, nullptr));
  const auto certificates = ReadCertificates(Reader(certificate_chain).get());
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
