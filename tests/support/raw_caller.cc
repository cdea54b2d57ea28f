#include "tests/support/raw_caller.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/support/http2_frames.h"

namespace hookd {
namespace {

using http2::Frame;
using http2::FrameType;

constexpr size_t kFrameHeadBytes = 9;
// Until the server is taken for dead.
constexpr int kPatienceSeconds = 30;

uint32_t NumberOf(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

std::string Big(uint32_t number) {
  const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                        static_cast<char>(number >> 8), static_cast<char>(number)};
  return {bytes, sizeof(bytes)};
}

// A string of HPACK (RFC 7541, 5.2), not Huffman coded.
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

int Connect(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience = {.tv_sec = kPatienceSeconds, .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return connection;
}

}  // namespace

std::string FrameMessage(bool compressed, absl::string_view message) {
  return absl::StrCat(std::string(1, compressed ? '\1' : '\0'), Big(static_cast<uint32_t>(message.size())),
                      message);
}

RawCaller::RawCaller(int port) : socket_(Connect(port)) {
  Write(absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", http2::Greeting()));
}

RawCaller::~RawCaller() { close(socket_); }

std::string RawCaller::Call(absl::string_view path, const Metadata& metadata, absl::string_view data) {
  const uint32_t stream = next_stream_;
  next_stream_ += 2;
  Metadata all = {{":method", "POST"},         {":scheme", "http"}, {":path", std::string(path)},
                  {":authority", "localhost"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  all.insert(all.end(), metadata.begin(), metadata.end());
  std::string block;
  // Literals that are not indexed (RFC 7541, 6.2.2).
  for (const auto& [name, value] : all)
    absl::StrAppend(&block, std::string(1, '\0'), Literal(name), Literal(value));
  if (!Write(absl::StrCat(Frame(FrameType::kHeaders, http2::kEndHeaders, stream, block),
                          Frame(FrameType::kData, http2::kEndStream, stream, data)))) {
    return "";
  }
  std::string headers, head, payload;
  while (Read(kFrameHeadBytes, head) && Read(NumberOf(absl::string_view(head).substr(0, 3)), payload)) {
    const auto type = static_cast<FrameType>(head[3]);
    const auto flags = static_cast<uint8_t>(head[4]);
    const bool acknowledges = (flags & http2::kAck) != 0;
    if (type == FrameType::kSettings && !acknowledges) Write(Frame(type, http2::kAck, 0, ""));
    if (type == FrameType::kPing && !acknowledges) Write(Frame(type, http2::kAck, 0, payload));
    if (NumberOf(absl::string_view(head).substr(5)) != stream) continue;
    if (type == FrameType::kHeaders) headers += payload;
    if (type == FrameType::kResetStream) return headers;
    if (type == FrameType::kHeaders && (flags & http2::kEndStream) != 0) return headers;
  }
  return "";
}

bool RawCaller::Write(absl::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool RawCaller::Read(size_t size, std::string& bytes) const {
  bytes.resize(size);
  return size == 0 || recv(socket_, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

}  // namespace hookd
