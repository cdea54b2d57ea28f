// The TLS files of hookd as a server, for every transport. Thread-safe; no state.
#ifndef HOOKD_HTTP_TLS_FILES_H_
#define HOOKD_HTTP_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"

namespace hookd {

struct TlsFiles {
  std::string cert_file;       // PEM: certificate chain; set with key_file or not at all
  std::string key_file;        // PEM: private key of the certificate
  std::string client_ca_file;  // PEM: CAs of client certificates; empty: none is requested
};

// What the files have, as PEM text.
struct TlsContent {
  std::string chain;
  std::string key;
  std::string client_authorities;
  bool operator==(const TlsContent&) const = default;
};

// Returns what the files have, checked; empty texts without a certificate. Returns INVALID_ARGUMENT, with one
// sentence for the operator that names the flag, if they cannot be read or do not belong together. Blocks.
absl::StatusOr<TlsContent> ReadTlsFiles(const TlsFiles& files);

}  // namespace hookd

#endif  // HOOKD_HTTP_TLS_FILES_H_
