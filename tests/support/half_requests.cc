#include "tests/support/half_requests.h"

#include <poll.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

using http2::Frame;
using http2::FrameType;

constexpr uint16_t kInitialWindowSetting = 4;
constexpr int64_t kMaxFrameBytes = 16'384;
// How long the server may be silent before more is sent, or found to be impossible.
constexpr int kPatienceMilliseconds = 20;

}  // namespace

HalfRequests::HalfRequests(int port, int count, uint32_t message_bytes) : connection_(port) {
  const std::string headers = http2::HeaderBlock({{":method", "POST"},
                                                  {":scheme", "http"},
                                                  {":path", "/hookd.v1.EventService/EmitEvent"},
                                                  {":authority", "localhost"},
                                                  {"te", "trailers"},
                                                  {"content-type", "application/grpc"}});
  // Not compressed, and so long.
  const std::string prefix = http2::Number(0, 1) + http2::Number(message_bytes, 4);
  const auto sent = static_cast<int64_t>(prefix.size());
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const auto stream = static_cast<uint32_t>(2 * i + 1);
    absl::StrAppend(&bytes, Frame(FrameType::kHeaders, http2::kEndHeaders, stream, headers),
                    Frame(FrameType::kData, 0, stream, prefix));
    calls_[stream] = {.window = initial_window_ - sent, .left = int64_t{message_bytes} - 1};
    window_ -= sent;
  }
  connection_.Write(bytes);
}

void HalfRequests::SetInitialWindow(int64_t window) {
  for (auto& [stream, call] : calls_) call.window += window - initial_window_;
  initial_window_ = window;
}

bool HalfRequests::ReadFrame() {
  const auto frame = connection_.Read();
  if (!frame.has_value()) return false;
  const absl::string_view payload = frame->payload;
  if (frame->type == FrameType::kSettings && (frame->flags & http2::kAck) == 0) {
    for (size_t at = 0; at + 6 <= payload.size(); at += 6) {
      if (http2::ToNumber(payload.substr(at, 2)) != kInitialWindowSetting) continue;
      SetInitialWindow(http2::ToNumber(payload.substr(at + 2, 4)));
    }
  }
  const bool ends = (frame->type == FrameType::kData || frame->type == FrameType::kHeaders) &&
                    (frame->flags & http2::kEndStream) != 0;
  if (frame->type == FrameType::kResetStream || ends) any_ended_ |= calls_.erase(frame->stream) > 0;
  if (frame->type != FrameType::kWindowUpdate) return true;
  const uint32_t increment = http2::ToNumber(payload);
  if (frame->stream == 0) {
    window_ += increment;
  } else if (const auto found = calls_.find(frame->stream); found != calls_.end()) {
    found->second.window += increment;
  }
  return true;
}

bool HalfRequests::SendMore() {
  static const auto* zeros = new std::string(kMaxFrameBytes, '\0');
  bool sent = false;
  for (auto& [stream, call] : calls_) {
    const int64_t size = std::min({window_, call.window, call.left, kMaxFrameBytes});
    if (size <= 0) continue;
    if (!connection_.Write(Frame(FrameType::kData, 0, stream,
                                 absl::string_view(*zeros).substr(0, static_cast<size_t>(size))))) {
      return false;
    }
    sent = true;
    window_ -= size;
    call.window -= size;
    call.left -= size;
    bytes_sent_ += size;
  }
  pollfd readable = {.fd = connection_.socket(), .events = POLLIN, .revents = 0};
  while (poll(&readable, 1, sent ? 0 : kPatienceMilliseconds) > 0) {
    if (!ReadFrame()) return false;
    sent = true;
  }
  return true;
}

}  // namespace hookd
