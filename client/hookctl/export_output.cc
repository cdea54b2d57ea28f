#include "hookctl/export_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

// How long lines stay in memory: short for people who follow the output.
constexpr absl::Duration kInterval = absl::Milliseconds(200);
// How much stays in memory.
constexpr size_t kMaxUnwritten = size_t{256} * 1024;

bool WriteAll(int descriptor, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// The end of the first `bytes` of an open file; empty if it cannot be read.
std::string ReadTail(int descriptor, int64_t bytes) {
  const std::string path = absl::StrCat("/proc/self/fd/", descriptor);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  std::string tail(static_cast<size_t>(std::min<int64_t>(bytes, kTailBytes)), '\0');
  const ssize_t read = pread(file, tail.data(), tail.size(), bytes - static_cast<int64_t>(tail.size()));
  close(file);
  return read == static_cast<ssize_t>(tail.size()) ? tail : "";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportOutput>> ExportOutput::Open(const Options& options) {
  std::unique_ptr<ExportOutput> output(new ExportOutput(options));
  absl::Status status = output->OpenFile();
  if (status.ok()) status = output->Resume();
  if (!status.ok()) return status;
  output->thread_ = std::thread([raw = output.get()] { raw->Run(); });
  return output;
}

ExportOutput::ExportOutput(const Options& options) : options_(options) {}

ExportOutput::~ExportOutput() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  if (thread_.joinable()) thread_.join();
  if (!options_.file.empty() && descriptor_ >= 0) close(descriptor_);
}

absl::Status ExportOutput::OpenFile() {
  name_ = options_.file.empty() ? "the output" : absl::StrCat("the file ", Printable(options_.file));
  if (!options_.file.empty()) {
    descriptor_ = open(options_.file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
      return absl::UnavailableError(absl::StrCat(name_, " cannot be opened: ", std::strerror(errno)));
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      return absl::FailedPreconditionError(absl::StrCat("another export writes to ", name_));
    }
  } else if (options_.out == &std::cout) {
    descriptor_ = STDOUT_FILENO;
  }
  struct stat about {};
  is_file_ = descriptor_ >= 0 && fstat(descriptor_, &about) == 0 && S_ISREG(about.st_mode);
  absl::MutexLock lock(&mutex_);
  bytes_ = is_file_ ? about.st_size : 0;
  return absl::OkStatus();
}

absl::Status ExportOutput::Resume() {
  absl::MutexLock lock(&mutex_);
  mark_ = {.identity = options_.identity, .begin = options_.begin, .cursor = "", .bytes = -1, .check = ""};
  absl::StatusOr<ExportCursor> cursor = absl::NotFoundError("");
  if (!options_.cursor_file.empty()) {
    cursor = ReadCursorFile(options_.cursor_file, options_.identity);
    if (!cursor.ok() && !absl::IsNotFound(cursor.status())) return cursor.status();
  }
  const bool resumes = cursor.ok();
  if (!resumes && !options_.file.empty() && bytes_ > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, " is not empty: choose another one, or delete it to begin again"));
  }
  if (resumes) {
    mark_ = *std::move(cursor);
    if (is_file_ != (mark_.bytes >= 0)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the cursor file ", Printable(options_.cursor_file), " was written for ",
                       is_file_ ? "a pipe, not a file" : "a file, not a pipe",
                       ": continue in the same way, or delete it to begin again"));
    }
    if (is_file_ && (bytes_ < mark_.bytes || TailCheck(ReadTail(descriptor_, mark_.bytes)) != mark_.check)) {
      return absl::InvalidArgumentError(
          absl::StrCat(name_,
                       " is not the one that was exported to (was it written with > instead of >>?): the "
                       "cursor file ",
                       Printable(options_.cursor_file), " continues after ", mark_.bytes,
                       " bytes; delete both to begin again"));
    }
    if (is_file_ &&
        (ftruncate(descriptor_, mark_.bytes) != 0 || lseek(descriptor_, mark_.bytes, SEEK_SET) < 0)) {
      return absl::UnavailableError(absl::StrCat(name_, " cannot be cut: ", std::strerror(errno)));
    }
  }
  if (is_file_) bytes_ = resumes ? mark_.bytes : bytes_;
  if (is_file_) tail_ = ReadTail(descriptor_, bytes_);
  mark_.bytes = is_file_ ? bytes_ : -1;
  mark_tail_ = tail_;
  resumed_ = mark_;
  // After a crash before the first line, the export begins at the same time.
  marked_ = true;
  return Flush();
}

bool ExportOutput::Write(absl::string_view line) {
  absl::MutexLock lock(&mutex_);
  absl::StrAppend(&unwritten_, line);
  bytes_ += static_cast<int64_t>(line.size());
  absl::StrAppend(&tail_, line.substr(line.size() - std::min(line.size(), kTailBytes)));
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  if (unwritten_.size() >= kMaxUnwritten && status_.ok()) status_ = Flush();
  return status_.ok();
}

void ExportOutput::Mark(absl::string_view cursor) {
  absl::MutexLock lock(&mutex_);
  mark_.cursor = std::string(cursor);
  if (is_file_) mark_.bytes = bytes_;
  mark_tail_ = tail_;
  marked_ = true;
}

absl::Status ExportOutput::Flush() {
  if (descriptor_ < 0) {
    *options_.out << unwritten_ << std::flush;
    if (!*options_.out) return absl::UnavailableError(absl::StrCat(name_, " cannot be written"));
  } else if (!WriteAll(descriptor_, unwritten_)) {
    return absl::UnavailableError(absl::StrCat(name_, " cannot be written: ", std::strerror(errno)));
  }
  const bool wrote = !unwritten_.empty();
  unwritten_.clear();
  if (options_.cursor_file.empty() || !std::exchange(marked_, false)) return absl::OkStatus();
  if (wrote && is_file_) fdatasync(descriptor_);
  mark_.check = TailCheck(mark_tail_);
  return WriteCursorFile(options_.cursor_file, mark_);
}

absl::Status ExportOutput::Finish() {
  absl::MutexLock lock(&mutex_);
  if (status_.ok()) status_ = Flush();
  return status_;
}

void ExportOutput::Run() {
  absl::MutexLock lock(&mutex_);
  while (!ending_) {
    mutex_.AwaitWithTimeout(absl::Condition(&ending_), kInterval);
    if (status_.ok() && (!unwritten_.empty() || marked_)) status_ = Flush();
  }
}

}  // namespace hookctl
