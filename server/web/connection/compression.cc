#include "web/connection/compression.h"

#include <zlib.h>

#include <string>
#include <utility>

#include "base/tuning.h"

namespace hookd {
namespace {

// zlib's values: a window of 32 KiB with a gzip header, and the memory that it uses by default.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;

// The text as gzip; empty if it cannot be compressed.
std::string Gzip(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return "";
  }
  std::string compressed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  const int result = deflate(&stream, Z_FINISH);
  compressed.resize(result == Z_STREAM_END ? stream.total_out : 0);
  deflateEnd(&stream);
  return compressed;
}

}  // namespace

void Compress(WebResponse& response) {
  const bool is_encoded = !FindHeader(response.headers, "Content-Encoding").empty();
  if (is_encoded || response.body.size() < tuning::kMinCompressedBytes) return;
  std::string compressed = Gzip(response.body);
  if (compressed.empty() || compressed.size() >= response.body.size()) return;
  response.body = std::move(compressed);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace hookd
