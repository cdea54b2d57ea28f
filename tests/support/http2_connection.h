// An HTTP/2 client's connection (RFC 9113), for clients that send by hand what no library would.
//
// Blocks; for one thread.
#ifndef HOOKD_TESTS_SUPPORT_HTTP2_CONNECTION_H_
#define HOOKD_TESTS_SUPPORT_HTTP2_CONNECTION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/support/http2_frames.h"

namespace hookd::http2 {

class ClientConnection {
 public:
  struct Received {
    FrameType type;
    uint8_t flags;
    uint32_t stream;
    std::string payload;
  };

  // Connects to `port` of 127.0.0.1, in clear text, and sends the preface and Greeting().
  explicit ClientConnection(int port);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // False once the connection has ended.
  bool Write(absl::string_view bytes) const;
  // The next frame; nothing once the connection has ended, or the server is silent for half a minute.
  // Settings and pings are acknowledged.
  std::optional<Received> Read() const;

  int socket() const { return socket_; }

 private:
  bool ReadBytes(size_t size, std::string& bytes) const;

  const int socket_;
};

}  // namespace hookd::http2

#endif  // HOOKD_TESTS_SUPPORT_HTTP2_CONNECTION_H_
