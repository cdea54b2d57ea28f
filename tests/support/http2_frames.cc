#include "tests/support/http2_frames.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hookd::http2 {
namespace {

constexpr uint32_t kLargestWindow = 0x7FFFFFFF, kFirstWindow = 65535;
constexpr uint32_t kInitialWindowSize = 4;  // the setting's number

// A string (RFC 7541, 5.2).
std::string Literal(absl::string_view text) {
  constexpr size_t kPrefix = 127;
  std::string bytes;
  if (text.size() < kPrefix) {
    bytes += static_cast<char>(text.size());
  } else {
    bytes += static_cast<char>(kPrefix);
    size_t left = text.size() - kPrefix;
    for (; left >= 128; left /= 128) bytes += static_cast<char>(left % 128 + 128);
    bytes += static_cast<char>(left);
  }
  return absl::StrCat(bytes, text);
}

}  // namespace

std::string Number(uint32_t number, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i) & 255);
  return out;
}

uint32_t ToNumber(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, absl::string_view payload) {
  return absl::StrCat(Number(static_cast<uint32_t>(payload.size()), 3),
                      Number(static_cast<uint32_t>(type), 1), Number(flags, 1), Number(stream, 4), payload);
}

std::string Greeting() {
  return absl::StrCat(
      Frame(FrameType::kSettings, 0, 0, Number(kInitialWindowSize, 2) + Number(kLargestWindow, 4)),
      WindowUpdate(0, kLargestWindow - kFirstWindow));
}

std::string Headers(uint32_t stream, int status, uint8_t flags) {
  // HPACK (RFC 7541): entry 8 of the static table is ":status 200"; for others its name and a literal.
  const std::string block = status == 200 ? "\x88" : absl::StrCat("\x08\x03", status);
  return Frame(FrameType::kHeaders, flags | kEndHeaders, stream, block);
}

std::string HeaderBlock(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string block;
  for (const auto& [name, value] : headers) {
    absl::StrAppend(&block, std::string(1, '\0'), Literal(name), Literal(value));
  }
  return block;
}

std::string ResetStream(uint32_t stream, uint32_t error) {
  return Frame(FrameType::kResetStream, 0, stream, Number(error, 4));
}

std::string Goaway(uint32_t last_stream, uint32_t error) {
  return Frame(FrameType::kGoaway, 0, 0, Number(last_stream, 4) + Number(error, 4));
}

std::string WindowUpdate(uint32_t stream, uint32_t bytes) {
  return Frame(FrameType::kWindowUpdate, 0, stream, Number(bytes, 4));
}

void Http2Reader::Read(std::string& input, std::string& output) {
  if (!begun_) {
    const size_t known = std::min(input.size(), kPreface.size());
    is_http2_ = absl::StartsWith(input, kPreface.substr(0, known));
    if (!is_http2_ || known < kPreface.size()) return;
    begun_ = true;
    input.erase(0, kPreface.size());
  }
  size_t at = 0;
  while (input.size() - at >= kFrameHeadBytes) {
    const absl::string_view head = absl::string_view(input).substr(at, kFrameHeadBytes);
    const size_t length = ToNumber(head.substr(0, 3));
    if (input.size() - at - kFrameHeadBytes < length) break;
    Take(static_cast<FrameType>(head[3]), static_cast<uint8_t>(head[4]),
         ToNumber(head.substr(5, 4)) & kLargestWindow,
         absl::string_view(input).substr(at + kFrameHeadBytes, length), output);
    at += kFrameHeadBytes + length;
  }
  input.erase(0, at);
}

void Http2Reader::Take(FrameType type, uint8_t flags, uint32_t stream, absl::string_view payload,
                       std::string& output) {
  const bool acknowledges = (flags & kAck) != 0;
  if (type == FrameType::kHeaders) heads_.push_back(stream);
  if (type == FrameType::kSettings && !acknowledges) output += Frame(type, kAck, 0, "");
  if (type == FrameType::kPing && !acknowledges) output += Frame(type, kAck, 0, payload);
  const bool carries = type == FrameType::kHeaders || type == FrameType::kData;
  if ((carries && (flags & kEndStream) != 0) || type == FrameType::kResetStream) ended_.insert(stream);
}

uint32_t Http2Reader::NextStream() {
  if (heads_.empty()) return 0;
  const uint32_t stream = heads_.front();
  heads_.pop_front();
  return stream;
}

}  // namespace hookd::http2
