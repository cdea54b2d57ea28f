// A gRPC client that writes HTTP/2 (RFC 9113) by hand, so that it can send metadata and message frames that
// no client library would.
//
// Blocks; for one thread.
#ifndef HOOKD_TESTS_SUPPORT_RAW_CALLER_H_
#define HOOKD_TESTS_SUPPORT_RAW_CALLER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/support/http2_connection.h"

namespace hookd {

// A message as gRPC frames it: whether it says to be compressed, its length, its bytes.
std::string FrameMessage(bool compressed, absl::string_view message);

class RawCaller {
 public:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  // Connects to `port` of 127.0.0.1, in clear text.
  explicit RawCaller(int port) : connection_(port) {}

  // Makes a call of `path` with `data`, framed messages, and returns the header blocks of its answer, which
  // HPACK may have shortened if there was a call before; empty if the connection ended first.
  std::string Call(absl::string_view path, const Metadata& metadata, absl::string_view data);

 private:
  const http2::ClientConnection connection_;
  uint32_t next_stream_ = 1;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_RAW_CALLER_H_
