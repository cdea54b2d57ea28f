// PEM text as OpenSSL's objects. Thread-safe; no state. Errors stay in OpenSSL's error queue.
#ifndef HOOKD_HTTP_PEM_H_
#define HOOKD_HTTP_PEM_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace hookd {

struct OpenSslDelete {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using OpenSslPtr = std::unique_ptr<T, OpenSslDelete>;

// Returns the certificates up to the end of the text or the first that cannot be parsed.
std::vector<OpenSslPtr<X509>> ReadCertificates(const std::string& pem);

// Returns the private key; null if the text does not begin with one or it is encrypted.
OpenSslPtr<EVP_PKEY> ReadPrivateKey(const std::string& pem);

}  // namespace hookd

#endif  // HOOKD_HTTP_PEM_H_
