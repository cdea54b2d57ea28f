// A gRPC client that begins messages and never ends them: HTTP/2 (RFC 9113) by hand, as no client's library
// would do it. Blocks; for one thread.
#ifndef HOOKD_TESTS_SUPPORT_HALF_REQUESTS_H_
#define HOOKD_TESTS_SUPPORT_HALF_REQUESTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "tests/support/http2_connection.h"

namespace hookd {

class HalfRequests {
 public:
  // Begins `count` calls of EmitEvent at 127.0.0.1, each with a message that says to be `message_bytes` long.
  HalfRequests(int port, int count, uint32_t message_bytes);

  // Sends as much as the server's windows let it, up to the last byte but one of each message, and takes in
  // what the server says. False once the connection has ended.
  bool SendMore();

  // Whether the server has ended any of the calls.
  bool any_ended() const { return any_ended_; }
  int64_t bytes_sent() const { return bytes_sent_; }

 private:
  struct Call {
    int64_t window = 0;
    int64_t left = 0;
  };

  bool ReadFrame();
  void SetInitialWindow(int64_t window);

  const http2::ClientConnection connection_;
  std::map<uint32_t, Call> calls_;   // those under way, by the ids of their streams
  int64_t window_ = 65'535;          // the connection's
  int64_t initial_window_ = 65'535;  // a stream's
  bool any_ended_ = false;
  int64_t bytes_sent_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_HALF_REQUESTS_H_
