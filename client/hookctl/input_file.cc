#include "hookctl/input_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

constexpr size_t kBufferBytes = size_t{64} * 1024;

absl::Status SystemError() {
  const char* const reason = std::strerror(errno);
  return errno == ENOENT ? absl::NotFoundError(reason) : absl::UnavailableError(reason);
}

absl::Status TooLarge(size_t max_bytes) {
  constexpr size_t kMiB = size_t{1} << 20U;
  return absl::OutOfRangeError(absl::StrCat("is larger than ", max_bytes / kMiB, " MiB"));
}

absl::StatusOr<std::string> ReadDescriptor(int descriptor, size_t max_bytes) {
  std::string text;
  std::string buffer(kBufferBytes, '\0');
  while (true) {
    const ssize_t bytes = read(descriptor, buffer.data(), buffer.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return SystemError();
    if (bytes == 0) return text;
    if (text.size() + static_cast<size_t>(bytes) > max_bytes) return TooLarge(max_bytes);
    text.append(buffer, 0, static_cast<size_t>(bytes));
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError();
  absl::StatusOr<std::string> text = ReadDescriptor(descriptor, max_bytes);
  close(descriptor);
  return text;
}

absl::StatusOr<std::string> ReadStream(std::istream& in, size_t max_bytes) {
  std::string text;
  std::string buffer(kBufferBytes, '\0');
  // istream::read reports an error as a state; the iterators of a stream buffer would throw it.
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    if (text.size() + static_cast<size_t>(in.gcount()) > max_bytes) return TooLarge(max_bytes);
    text.append(buffer, 0, static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) return absl::UnavailableError("it cannot be read");
  return text;
}

std::string CheckReadable(const std::string& path) {
  if (std::string error = CLI::ExistingFile(path); !error.empty()) return error;
  if (access(path.c_str(), R_OK) == 0) return "";
  return absl::StrCat(Printable(path), " cannot be read: ", std::strerror(errno));
}

}  // namespace hookctl
