#include "tests/support/half_requests.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kWindowUpdate = 8
};
constexpr uint8_t kAck = 1;         // of settings and pings
constexpr uint8_t kEndStream = 1;   // of data and headers
constexpr uint8_t kEndHeaders = 4;  // of headers
constexpr uint16_t kInitialWindowSetting = 4;
constexpr size_t kFrameHeaderBytes = 9;
constexpr int64_t kMaxFrameBytes = 16'384;
// How long the server may be silent before more is sent, or found to be impossible.
constexpr int kPatienceMilliseconds = 20;

std::string Number(uint32_t number) {
  const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                        static_cast<char>(number >> 8), static_cast<char>(number)};
  return {bytes, sizeof(bytes)};
}
uint32_t NumberAt(absl::string_view bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = at; i < at + 4; ++i) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  return number;
}

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, absl::string_view payload) {
  return absl::StrCat(Number(static_cast<uint32_t>(payload.size())).substr(1),
                      std::string(1, static_cast<char>(type)), std::string(1, static_cast<char>(flags)),
                      Number(stream), payload);
}

// Literals that are not indexed (RFC 7541, 6.2.2), all shorter than 127 bytes.
std::string Headers() {
  std::string block;
  for (const auto& [name, value] : {std::pair<absl::string_view, absl::string_view>{":method", "POST"},
                                    {":scheme", "http"},
                                    {":path", "/hookd.v1.EventService/EmitEvent"},
                                    {":authority", "localhost"},
                                    {"te", "trailers"},
                                    {"content-type", "application/grpc"}}) {
    block += '\0';
    absl::StrAppend(&block, std::string(1, static_cast<char>(name.size())), name,
                    std::string(1, static_cast<char>(value.size())), value);
  }
  return block;
}

int Connect(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return connection;
}

}  // namespace

HalfRequests::HalfRequests(int port, int count, uint32_t message_bytes) : socket_(Connect(port)) {
  std::string bytes = absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Frame(kSettings, 0, 0, ""));
  for (int i = 0; i < count; ++i) {
    const uint32_t stream = static_cast<uint32_t>(2 * i + 1);
    const std::string prefix = absl::StrCat(std::string(1, '\0'), Number(message_bytes));
    absl::StrAppend(&bytes, Frame(kHeaders, kEndHeaders, stream, Headers()), Frame(kData, 0, stream, prefix));
    const int64_t sent = static_cast<int64_t>(prefix.size());
    calls_[stream] = {.window = initial_window_ - sent, .left = int64_t{message_bytes} - 1};
    window_ -= sent;
  }
  Write(bytes);
}

HalfRequests::~HalfRequests() { close(socket_); }

bool HalfRequests::Write(absl::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool HalfRequests::Read(size_t size, std::string& bytes) const {
  bytes.resize(size);
  return size == 0 || recv(socket_, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

void HalfRequests::SetInitialWindow(int64_t window) {
  for (auto& [stream, call] : calls_) call.window += window - initial_window_;
  initial_window_ = window;
}

bool HalfRequests::ReadFrame() {
  std::string header, payload;
  if (!Read(kFrameHeaderBytes, header)) return false;
  const auto type = static_cast<FrameType>(header[3]);
  const auto flags = static_cast<uint8_t>(header[4]);
  const uint32_t stream = NumberAt(header, 5);
  if (!Read(NumberAt(std::string(1, '\0') + header.substr(0, 3), 0), payload)) return false;
  if (type == kSettings && (flags & kAck) == 0) {
    for (size_t at = 0; at + 6 <= payload.size(); at += 6) {
      const int id = static_cast<uint8_t>(payload[at]) << 8 | static_cast<uint8_t>(payload[at + 1]);
      if (id == kInitialWindowSetting) SetInitialWindow(NumberAt(payload, at + 2));
    }
    return Write(Frame(kSettings, kAck, 0, ""));
  }
  if (type == kPing && (flags & kAck) == 0) return Write(Frame(kPing, kAck, 0, payload));
  const bool ends = (type == kData || type == kHeaders) && (flags & kEndStream) != 0;
  if (type == kResetStream || ends) any_ended_ |= calls_.erase(stream) > 0;
  if (type != kWindowUpdate) return true;
  if (stream == 0) {
    window_ += NumberAt(payload, 0);
  } else if (const auto found = calls_.find(stream); found != calls_.end()) {
    found->second.window += NumberAt(payload, 0);
  }
  return true;
}

bool HalfRequests::SendMore() {
  static const auto* zeros = new std::string(kMaxFrameBytes, '\0');
  bool sent = false;
  for (auto& [stream, call] : calls_) {
    const int64_t size = std::min({window_, call.window, call.left, kMaxFrameBytes});
    if (size <= 0) continue;
    if (!Write(Frame(kData, 0, stream, absl::string_view(*zeros).substr(0, static_cast<size_t>(size))))) {
      return false;
    }
    sent = true;
    window_ -= size;
    call.window -= size;
    call.left -= size;
    bytes_sent_ += size;
  }
  pollfd readable = {.fd = socket_, .events = POLLIN, .revents = 0};
  while (poll(&readable, 1, sent ? 0 : kPatienceMilliseconds) > 0) {
    if (!ReadFrame()) return false;
    sent = true;
  }
  return true;
}

}  // namespace hookd
