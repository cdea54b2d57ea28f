#include "store/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace hookd {

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Make(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (!error && made) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (error || !std::filesystem::is_directory(path, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the data directory ", path,
                     " cannot be made: ", error ? error.message() : "something else has its name"));
  }
  return Open(path);
}

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path) {
  const int lock = open(absl::StrCat(path, "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the data directory ", path, " cannot be written: ", strerror(errno)));
  }
  std::unique_ptr<DataDirectory> directory(new DataDirectory(path, lock));
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the data directory ", path,
                     " is in use by another hookd: stop it, or give this one "
                     "another with --data_dir"));
  }
  return directory;
}

DataDirectory::~DataDirectory() { close(lock_); }

std::string DataDirectory::store_file() const { return absl::StrCat(path_, "/hookd.db"); }

std::string DataDirectory::moved_file() const { return absl::StrCat(path_, "/moved"); }

absl::Status DataDirectory::SetMoved(absl::string_view where) const {
  const auto failed = [this] {
    return absl::UnavailableError(
        absl::StrCat("the file ", moved_file(), " cannot be written: ", strerror(errno)));
  };
  const std::string text = absl::StrCat(where, "\n");
  const int file = open(moved_file().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed();
  const bool written =
      write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  close(file);
  if (!written) return failed();
  // The name is as durable as the content once the folder is.
  const int folder = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) close(folder);
  return durable ? absl::OkStatus() : failed();
}

absl::Status DataDirectory::CheckNotMoved() const {
  std::ifstream file(moved_file());
  if (!file) return absl::OkStatus();
  std::string where;
  std::getline(file, where);
  return absl::FailedPreconditionError(
      absl::StrCat("what the data directory ", path_, " has was moved to ", where,
                   ", and would be delivered twice: start hookd with --store, or remove the file ",
                   moved_file(), " if what was moved is not used"));
}

}  // namespace hookd
