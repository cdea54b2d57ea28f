// Checks PEM certificates and keys before they are stored. Thread-safe; no state.
#ifndef HOOKD_HTTP_TLS_CREDENTIALS_H_
#define HOOKD_HTTP_TLS_CREDENTIALS_H_

#include <string>

#include "absl/status/status.h"

namespace hookd {

// Returns INVALID_ARGUMENT, with a sentence, unless `pem` has one or more certificates and all of them can be
// parsed.
absl::Status CheckCertificates(const std::string& pem);

// Returns INVALID_ARGUMENT, with a sentence that does not repeat the key, unless `pem` is the unencrypted
// private key of the first certificate of the chain.
absl::Status CheckPrivateKey(const std::string& pem, const std::string& certificate_chain);

}  // namespace hookd

#endif  // HOOKD_HTTP_TLS_CREDENTIALS_H_
