// One connection of ScriptedPeer: plays its script over TCP or TLS, without ever blocking.
//
// Not thread-safe: belongs to the peer's thread. Owns its socket.
#ifndef HOOKD_TESTS_SUPPORT_PEER_CONNECTION_H_
#define HOOKD_TESTS_SUPPORT_PEER_CONNECTION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/http2_frames.h"
#include "tests/support/peer_script.h"
#include "tests/support/peer_tls.h"

namespace hookd {

class PeerConnection {
 public:
  using Clock = std::chrono::steady_clock;

  // `socket` is non-blocking. `script` and `tls`, which is null for plain TCP, outlive the connection.
  // `on_request` is called for each request that the script reads.
  PeerConnection(int socket, const PeerScript& script, SSL_CTX* tls, bool http2,
                 std::function<void()> on_request);
  ~PeerConnection();
  PeerConnection(const PeerConnection&) = delete;
  PeerConnection& operator=(const PeerConnection&) = delete;

  // Does what can be done now. `hung_up` says that the client has closed its end. False if the connection is
  // over and is to be destroyed.
  bool Advance(bool hung_up);

  // When to call Advance next.
  bool wants_read() const { return wants_read_; }
  bool wants_write() const { return wants_write_; }
  std::optional<Clock::time_point> wake_time() const { return wake_time_; }

 private:
  enum class Progress { kNext, kAgain, kWaits, kOver };

  Progress Play(const PeerStep& step);
  // Of the steps of these kinds.
  Progress ReadHead();
  Progress ReadBody();
  Progress SendEndlessly(const PeerStep& step);
  Progress Drip(const PeerStep& step);
  Progress Pause(const PeerStep& step);
  Progress Silence();
  Progress PlayTls(PeerStep::Do action);

  // Reads once. kWaits if there was nothing, kOver once the client has ended.
  Progress ReadMore();
  // Sends what is in output_ as far as the client takes it.
  Progress Flush();
  // Hands bytes over to be sent.
  void Write(absl::string_view bytes);

  const int socket_;
  const PeerScript& script_;
  const std::function<void()> on_request_;
  const std::unique_ptr<PeerTls> tls_;
  bool encrypted_ = false;  // the handshake is done
  std::unique_ptr<http2::Http2Reader> http2_;

  size_t at_ = 0;         // the step of the script
  std::string input_;     // read, decrypted, and not yet taken
  bool in_body_ = false;  // the head of a request is taken, its body not
  size_t body_bytes_ = 0;
  uint32_t stream_ = 1;
  std::string output_;
  size_t written_ = 0;      // of output_
  size_t dripped_ = 0;      // of the step's bytes
  std::string step_bytes_;  // of the step being played, if it drips or never ends

  bool wants_read_ = false;
  bool wants_write_ = false;
  std::optional<Clock::time_point> wake_time_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_PEER_CONNECTION_H_
