#include "http/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <utility>

namespace hookd {
namespace {

using Reader = std::unique_ptr<BIO, decltype(&BIO_free)>;

Reader MakeReader(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

// Makes OpenSSL fail instead of prompting for a passphrase.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::vector<OpenSslPtr<X509>> ReadCertificates(const std::string& pem) {
  const Reader reader = MakeReader(pem);
  std::vector<OpenSslPtr<X509>> certificates;
  while (true) {
    OpenSslPtr<X509> certificate(PEM_read_bio_X509(reader.get(), nullptr, &NoPassphrase, nullptr));
    if (certificate == nullptr) return certificates;
    certificates.push_back(std::move(certificate));
  }
}

OpenSslPtr<EVP_PKEY> ReadPrivateKey(const std::string& pem) {
  return OpenSslPtr<EVP_PKEY>(
      PEM_read_bio_PrivateKey(MakeReader(pem).get(), nullptr, &NoPassphrase, nullptr));
}

}  // namespace hookd
