// Certificates and keys as PEM, checked before they are kept. Thread-safe; no state.
#ifndef HOOKD_HTTP_TLS_CREDENTIALS_H_
#define HOOKD_HTTP_TLS_CREDENTIALS_H_

#include <string>

#include "absl/status/status.h"

namespace hookd {

// INVALID_ARGUMENT, with a sentence, unless it is one certificate or more and nothing that is not PEM between
// them.
absl::Status CheckCertificates(const std::string& pem);

// INVALID_ARGUMENT, with a sentence that does not repeat the key, unless it is the private key, not
// encrypted, of the first certificate of the chain.
absl::Status CheckPrivateKey(const std::string& pem, const std::string& certificate_chain);

}  // namespace hookd

#endif  // HOOKD_HTTP_TLS_CREDENTIALS_H_
