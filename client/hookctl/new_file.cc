#include "hookctl/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hookctl {

NewFile::NewFile(std::string name)
    : name_(std::move(name)),
      unfinished_(absl::StrCat(name_, ".XXXXXX")),
      descriptor_(mkostemp(unfinished_.data(), O_CLOEXEC)) {}

NewFile::~NewFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  if (!finished_) unlink(unfinished_.c_str());
}

bool NewFile::Write(absl::string_view data) {
  while (!data.empty()) {
    const ssize_t written = write(descriptor_, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    data.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool NewFile::Finish() {
  if (fsync(descriptor_) != 0 || rename(unfinished_.c_str(), name_.c_str()) != 0) return false;
  finished_ = true;
  // The name is durable once the directory is.
  const std::string folder = std::filesystem::absolute(name_).parent_path();
  const int opened_folder = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = opened_folder >= 0 && fsync(opened_folder) == 0;
  if (opened_folder >= 0) close(opened_folder);
  return durable;
}

}  // namespace hookctl
