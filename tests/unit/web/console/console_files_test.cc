// What the build made of client/console.
#include "web/console/console_files.h"

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "web/console/embed/javascript.h"

namespace hookd {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(HOOKD_SOURCE_DIR) / "client/console";

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Decompress(absl::string_view gzip, size_t size) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(ConsoleFilesTest, TheWholePageIsBelow150KilobytesOverTheWire) {
  size_t bytes = 0;
  for (const ConsoleFile& file : ConsoleFiles()) bytes += file.gzip.size();
  EXPECT_LT(bytes, 150'000);
  RecordProperty("bytes", static_cast<int>(bytes));
}

TEST(ConsoleFilesTest, AreTheFilesOfTheFolder) {
  for (const ConsoleFile& file : ConsoleFiles()) {
    const std::string path(file.path);
    const std::string source = ReadFile(kFolder / path);
    EXPECT_EQ(file.contents, absl::EndsWith(path, ".js") ? WithoutComments(source) : source) << path;
    EXPECT_EQ(file.contents, Decompress(file.gzip, file.contents.size())) << path;
  }
}

TEST(ConsoleFilesTest, AreWhatABrowserLoadsAndNothingElse) {
  std::set<std::string> embedded;
  for (const ConsoleFile& file : ConsoleFiles()) embedded.insert(std::string(file.path));
  EXPECT_EQ(embedded.count("index.html"), 1u);
  std::set<std::string> of_page;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    const std::string path = entry.path().lexically_relative(kFolder).string();
    const std::string ending = entry.path().extension().string();
    const bool is_loaded = ending == ".html" || ending == ".css" || ending == ".js" || ending == ".svg";
    if (entry.is_regular_file() && is_loaded && !absl::StartsWith(path, "tests/") &&
        !absl::StartsWith(path, "node_modules/")) {
      of_page.insert(path);
    }
  }
  EXPECT_EQ(embedded, of_page);
}

TEST(ConsoleFilesTest, HaveNoTimeInTheirCompressedForm) {
  for (const ConsoleFile& file : ConsoleFiles()) {
    EXPECT_EQ(file.gzip.substr(4, 4), absl::string_view("\0\0\0\0", 4)) << file.path;
  }
}

}  // namespace
}  // namespace hookd
