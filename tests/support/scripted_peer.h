// A server on a loopback address that plays a script (peer_script.h) on each of its connections: endpoints
// and proxies that misbehave in ways in which no real server can be told to.
//
// Thread-safe. One thread of its own serves all connections, at most 4,096 at a time; those beyond are
// closed. The destructor closes every connection. Port and address can be used again at once.
#ifndef HOOKD_TESTS_SUPPORT_SCRIPTED_PEER_H_
#define HOOKD_TESTS_SUPPORT_SCRIPTED_PEER_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "tests/support/peer_script.h"
#include "tests/support/tls_certificates.h"

namespace hookd {

class ScriptedPeer {
 public:
  struct Options {
    PeerScript script;
    std::optional<TlsOptions> tls = {};  // the script has a step for the handshake then
    bool http2 = false;                  // requests are read as HTTP/2 where the client chose it by ALPN
    std::string address = "127.0.0.1";   // or ::1
    int port = 0;                        // 0: one that is free
  };

  explicit ScriptedPeer(Options options);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  int port() const;

  // Accepted so far, and requests whose head the script has read.
  int connections() const { return connections_; }
  int requests() const { return requests_; }
  int open_connections() const { return open_connections_; }

 private:
  class Loop;

  std::atomic<int> connections_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<int> open_connections_ = 0;
  std::unique_ptr<Loop> loop_;  // last: its thread uses the rest
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_SCRIPTED_PEER_H_
