// HTTP/2's frames (RFC 9113) written and read by hand, so that a peer can send what no library would.
//
// The functions are plain. Http2Reader is not thread-safe.
#ifndef HOOKD_TESTS_SUPPORT_HTTP2_FRAMES_H_
#define HOOKD_TESTS_SUPPORT_HTTP2_FRAMES_H_

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace hookd::http2 {

enum class FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
  kAltsvc = 10,
};

inline constexpr uint8_t kAck = 1, kEndStream = 1, kEndHeaders = 4;
inline constexpr uint32_t kNoError = 0, kRefusedStream = 7;

// What a client sends first.
inline constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr size_t kFrameHeadBytes = 9;

// As many bytes of a number as they are, big-endian; and back.
std::string Number(uint32_t number, int bytes);
uint32_t ToNumber(absl::string_view bytes);

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, absl::string_view payload);

// What a server sends first: no limit on streams, and windows that no test uses up.
std::string Greeting();
std::string Headers(uint32_t stream, int status, uint8_t flags);
// Literals of HPACK that are not indexed (RFC 7541, 6.2.2), not Huffman coded.
std::string HeaderBlock(const std::vector<std::pair<std::string, std::string>>& headers);
std::string ResetStream(uint32_t stream, uint32_t error);
std::string Goaway(uint32_t last_stream, uint32_t error);
std::string WindowUpdate(uint32_t stream, uint32_t bytes);

// Reads what a client sends.
class Http2Reader {
 public:
  // Takes whole frames out of `input`, and appends to `output` what has to be acknowledged. If what came is
  // not HTTP/2, leaves `input` as it is; see is_http2().
  void Read(std::string& input, std::string& output);

  // False once it is known that the client does not speak HTTP/2.
  bool is_http2() const { return is_http2_; }

  // The stream of the next request whose head has arrived; 0 if there is none.
  uint32_t NextStream();
  // Whether the request on `stream` has arrived as a whole, or was given up.
  bool HasEnded(uint32_t stream) const { return ended_.count(stream) > 0; }

 private:
  void Take(FrameType type, uint8_t flags, uint32_t stream, absl::string_view payload, std::string& output);

  bool begun_ = false;
  bool is_http2_ = true;
  std::deque<uint32_t> heads_;
  std::set<uint32_t> ended_;
};

}  // namespace hookd::http2

#endif  // HOOKD_TESTS_SUPPORT_HTTP2_FRAMES_H_
