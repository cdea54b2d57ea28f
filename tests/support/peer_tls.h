// A TLS server's end of a connection whose bytes are in memory, so that a handshake can be cut where the
// script says. Not thread-safe.
#ifndef HOOKD_TESTS_SUPPORT_PEER_TLS_H_
#define HOOKD_TESTS_SUPPORT_PEER_TLS_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/support/tls_certificates.h"

namespace hookd {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// For a server that shows this certificate and, if `http2`, chooses HTTP/2 where the client offers it (ALPN).
TlsContext MakePeerTlsContext(const TlsOptions& tls, bool http2);

class PeerTls {
 public:
  enum class Progress { kDone, kWaits, kFailed };

  // `context` outlives it.
  explicit PeerTls(SSL_CTX* context);

  // Takes bytes from the client.
  void Feed(absl::string_view bytes);
  // Goes on with the handshake as far as the bytes from the client allow.
  Progress Handshake();
  // Appends what the client sent, decrypted. False once it has ended or broken TLS.
  bool Read(std::string& plain);
  void Write(absl::string_view plain);
  void UpdateKeys();
  void SendSessionTicket();
  void Shutdown();
  // The bytes that are to be sent to the client, once each.
  std::string TakeOutput();

 private:
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* const from_client_;  // ssl_'s
  BIO* const to_client_;    // likewise
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_PEER_TLS_H_
