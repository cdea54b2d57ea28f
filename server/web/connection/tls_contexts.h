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

namespace hookd {

struct HttpTlsFiles {
  std::string cert_file;       // PEM: certificate chain; set with key_file or not at all
  std::string key_file;        // PEM: private key of the certificate
  std::string client_ca_file;  // PEM: CAs of client certificates; empty: none is requested
};

class TlsContexts {
 public:
  // Returns null if there is no certificate, or INVALID_ARGUMENT with a sentence that names the flag. TLS is
  // 1.2 or newer. With a client_ca_file, a client may have no certificate, but not an invalid one.
  static absl::StatusOr<std::unique_ptr<TlsContexts>> Create(const HttpTlsFiles& files);

  std::shared_ptr<SSL_CTX> current() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Uses the files if their content has changed and is valid. Otherwise logs a warning, once for the content,
  // and keeps what it has: for example, the certificate was replaced before its key. Blocks to read files.
  void Reload() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Content {
    std::string chain;
    std::string key;
    std::string authorities;
    bool operator==(const Content& other) const {
      return chain == other.chain && key == other.key && authorities == other.authorities;
    }
  };

  explicit TlsContexts(HttpTlsFiles files) : files_(std::move(files)) {}
  absl::StatusOr<Content> Read() const;
  absl::StatusOr<std::shared_ptr<SSL_CTX>> Make(const Content& content) const;

  const HttpTlsFiles files_;
  mutable absl::Mutex mutex_;
  Content content_ ABSL_GUARDED_BY(mutex_);  // the latest, valid or not
  std::shared_ptr<SSL_CTX> context_ ABSL_GUARDED_BY(mutex_);
};

// Returns the alternative names of a certificate (DNS, URI, email, IP) or, if it has none, its common name,
// unless that is an IP address. The same as NamesOfCertificate in grpc/grpc_caller.h.
std::vector<std::string> NamesOfCertificate(X509* certificate);

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_TLS_CONTEXTS_H_
