// TLS for the callers of the HTTP server, from the same files as gRPC's (grpc/server_credentials.h).
//
// Thread-safe. The files may change: Reload reads them again, and new connections use what it read.
#ifndef HOOKD_WEB_CONNECTION_TLS_CONTEXTS_H_
#define HOOKD_WEB_CONNECTION_TLS_CONTEXTS_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "http/tls_files.h"

namespace hookd {

class TlsContexts {
 public:
  // Returns null if there is no certificate, or INVALID_ARGUMENT with a sentence that names the flag. TLS is
  // 1.2 or newer. With a client_ca_file, a client may have no certificate, but not an invalid one.
  static absl::StatusOr<std::unique_ptr<TlsContexts>> Create(const TlsFiles& files);

  std::shared_ptr<SSL_CTX> current() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Uses the files if their content has changed and is valid. If it is not, logs a warning, once for the same
  // error, and keeps what it has: for example, the certificate was replaced before its key. Blocks to read
  // files.
  void Reload() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  explicit TlsContexts(TlsFiles files) : files_(std::move(files)) {}
  absl::StatusOr<std::shared_ptr<SSL_CTX>> Make(const TlsContent& content) const;

  const TlsFiles files_;
  mutable absl::Mutex mutex_;
  TlsContent content_ ABSL_GUARDED_BY(mutex_);  // of context_
  std::string error_ ABSL_GUARDED_BY(mutex_);   // of the last Reload
  std::shared_ptr<SSL_CTX> context_ ABSL_GUARDED_BY(mutex_);
};

// Returns the alternative names of a certificate (DNS, URI, email, IP) or, if it has none, its common name,
// unless that is an IP address. The same as NamesOfCertificate in grpc/grpc_caller.h.
std::vector<std::string> NamesOfCertificate(X509* certificate);

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_TLS_CONTEXTS_H_
