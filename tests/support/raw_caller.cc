#include "tests/support/raw_caller.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace hookd {

using http2::Frame;
using http2::FrameType;

std::string FrameMessage(bool compressed, absl::string_view message) {
  return absl::StrCat(http2::Number(compressed ? 1 : 0, 1),
                      http2::Number(static_cast<uint32_t>(message.size()), 4), message);
}

std::string RawCaller::Call(absl::string_view path, const Metadata& metadata, absl::string_view data) {
  const uint32_t stream = next_stream_;
  next_stream_ += 2;
  Metadata all = {{":method", "POST"},         {":scheme", "http"}, {":path", std::string(path)},
                  {":authority", "localhost"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  all.insert(all.end(), metadata.begin(), metadata.end());
  if (!connection_.Write(
          absl::StrCat(Frame(FrameType::kHeaders, http2::kEndHeaders, stream, http2::HeaderBlock(all)),
                       Frame(FrameType::kData, http2::kEndStream, stream, data)))) {
    return "";
  }
  std::string headers;
  while (const auto frame = connection_.Read()) {
    if (frame->stream != stream) continue;
    if (frame->type == FrameType::kHeaders) headers += frame->payload;
    if (frame->type == FrameType::kResetStream) return headers;
    if (frame->type == FrameType::kHeaders && (frame->flags & http2::kEndStream) != 0) return headers;
  }
  return "";
}

}  // namespace hookd
