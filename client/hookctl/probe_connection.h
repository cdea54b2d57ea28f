// A TCP connection, with or without TLS, that finds out what a server speaks. Not thread-safe. Each method
// blocks until the deadline at most.
#ifndef HOOKCTL_PROBE_CONNECTION_H_
#define HOOKCTL_PROBE_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hookctl/server_address.h"

namespace hookctl {

// The result of a TLS handshake.
struct TlsResult {
  enum Outcome {
    kDone,
    kNotTls,   // the server answered something else
    kRefused,  // the server ended the handshake
  };
  Outcome outcome = kRefused;
  // Why the certificate is not trusted; empty if it is.
  std::string untrusted;
  bool wrong_name = false;    // it is for other names, `names`
  std::string names;          // the names in the certificate, separated by commas
  bool speaks_http2 = false;  // by ALPN, which every gRPC server uses
};

class ProbeConnection {
 public:
  explicit ProbeConnection(absl::Time deadline) : deadline_(deadline) {}
  ~ProbeConnection();
  ProbeConnection(const ProbeConnection&) = delete;
  ProbeConnection& operator=(const ProbeConnection&) = delete;

  // Connects. Returns why it cannot, as the end of a sentence; empty if it is connected.
  std::string Connect(const HostAndPort& server);

  // Sends the beginning of an HTTP/2 connection without TLS, and returns the first bytes of the answer, at
  // most 64. Requires: connected.
  std::string ExchangePreface();

  // Does a TLS handshake, and verifies the certificate against `roots` (PEM; empty: the system's CAs) and
  // `host`. Requires: connected.
  TlsResult Handshake(const std::string& host, const std::string& roots);

 private:
  bool WaitFor(short events) const;
  bool Send(absl::string_view data) const;
  // Returns what arrives next; empty at the end or the deadline.
  std::string Receive() const;

  const absl::Time deadline_;
  int socket_ = -1;
};

}  // namespace hookctl

#endif  // HOOKCTL_PROBE_CONNECTION_H_
