// hookd_embed_console OUTPUT FOLDER FILE...: writes OUTPUT, which defines ConsoleFiles (console_files.h) with
// the contents of each FILE, plain and compressed; scripts are without comments. The paths in the table are
// relative to FOLDER, which each FILE is in. Run by the build; the same files make the same output.
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "web/console/embed/javascript.h"

namespace {

// zlib's values: a window of 32 KiB with a gzip header, whose time is 0, and the memory that is the most.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 9;

struct File {
  std::string path;
  std::string contents;
};

// The text as gzip; empty if it cannot be compressed.
std::string Gzip(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
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

// The bytes as string literals, one for each line, which the compiler joins.
std::string Literal(const std::string& bytes) {
  constexpr size_t kLineBytes = 100;
  std::string literal = "\"";
  size_t line = 0;
  for (const char c : bytes) {
    if (literal.size() - line > kLineBytes) {
      literal += "\"\n     \"";
      line = literal.size();
    }
    if (c == '"' || c == '\\' || c == '?') {  // ??= would be a trigraph
      literal += {'\\', c};
    } else if (c >= ' ' && c <= '~') {
      literal += c;
    } else {
      // Three octal digits: a digit that follows is not part of the escape.
      char escape[5];
      std::snprintf(escape, sizeof(escape), "\\%03o", static_cast<unsigned char>(c));
      literal += escape;
    }
  }
  return literal + "\"";
}

std::string View(const std::string& bytes) {
  return "{" + Literal(bytes) + ", " + std::to_string(bytes.size()) + "}";
}

std::string Source(const std::vector<File>& files) {
  std::string source =
      "#include \"web/console/console_files.h\"\n\nnamespace hookd {\n\n"
      "absl::Span<const ConsoleFile> ConsoleFiles() {\n  static constexpr ConsoleFile kFiles[] = {\n";
  for (const File& file : files) {
    source += "    {" + View(file.path) + ",\n     " + View(file.contents) + ",\n     " +
              View(Gzip(file.contents)) + "},\n";
  }
  return source + "  };\n  return kFiles;\n}\n\n}  // namespace hookd\n";
}

// Reads a file of the console. Returns false, with a message, if that fails.
bool ReadContents(const std::string& name, std::string& contents) {
  std::ifstream stream(name, std::ios::binary);
  contents.assign(std::istreambuf_iterator<char>(stream), {});
  if (!stream) {
    std::cerr << "cannot read " << name << "\n";
    return false;
  }
  constexpr char kScript[] = ".js";
  if (name.size() < 3 || name.compare(name.size() - 3, 3, kScript) != 0) return true;
  auto shorter = hookd::WithoutComments(contents);
  if (!shorter.has_value()) {
    std::cerr << name << " has a string, a template or a regular expression without an end\n";
    return false;
  }
  contents = *std::move(shorter);
  return true;
}

// Reads the files. Returns false, with a message, if one is not in the folder or cannot be read.
bool ReadFiles(const std::string& folder, const std::vector<std::string>& names, std::vector<File>& files) {
  for (const std::string& name : names) {
    if (name.compare(0, folder.size() + 1, folder + "/") != 0) {
      std::cerr << name << " is not in " << folder << "\n";
      return false;
    }
    File file{name.substr(folder.size() + 1), ""};
    if (!ReadContents(name, file.contents)) return false;
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: hookd_embed_console OUTPUT FOLDER FILE...\n";
    return 2;
  }
  std::vector<File> files;
  if (!ReadFiles(argv[2], {argv + 3, argv + argc}, files)) return 1;
  std::ofstream output(argv[1], std::ios::binary);
  output << Source(files) << std::flush;
  if (output) return 0;
  std::cerr << "cannot write " << argv[1] << "\n";
  return 1;
}
