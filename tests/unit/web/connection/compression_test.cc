#include "web/connection/compression.h"

#include <zlib.h>

#include "base/tuning.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

std::string Decompressed(const std::string& gzip) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(CompressionTest, MakesALargeBodySmaller) {
  const std::string text(tuning::kMinCompressedBytes, 'x');
  WebResponse response = {.headers = {{"Content-Type", "application/json"}}, .body = text};
  Compress(response);
  EXPECT_EQ(FindHeader(response.headers, "Content-Encoding"), "gzip");
  EXPECT_LT(response.body.size(), text.size());
  EXPECT_EQ(Decompressed(response.body), text);
}

TEST(CompressionTest, LeavesASmallBody) {
  const std::string text(tuning::kMinCompressedBytes - 1, 'x');
  WebResponse response = {.body = text};
  Compress(response);
  EXPECT_EQ(response.body, text);
  EXPECT_TRUE(response.headers.empty());
  WebResponse empty;
  Compress(empty);
  EXPECT_EQ(empty.body, "");
}

TEST(CompressionTest, LeavesABodyThatWouldNotBecomeSmaller) {
  std::string text;
  uint32_t state = 1;
  for (size_t i = 0; i < 4 * tuning::kMinCompressedBytes; ++i) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>(state >> 24);
  }
  WebResponse response = {.body = text};
  Compress(response);
  EXPECT_EQ(response.body, text);
  EXPECT_EQ(FindHeader(response.headers, "Content-Encoding"), "");
}

}  // namespace
}  // namespace hookd
