#include "store/sqlite/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

// SQLite's header (https://sqlite.org/fileformat2.html): its first bytes, the place of the application's id,
// and the least size of a page, which is that of a file.
constexpr absl::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kApplicationIdOffset = 68;
constexpr size_t kLeastBytes = 512;

bool BeginsLikeSqlite(const std::string& path) {
  std::string begin(kMagic.size(), ' ');
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) && begin == kMagic;
}

// Recognised by the usual names of stores and backups, or by the first bytes.
bool LooksLikeStore(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  for (const char* part : {"hookd.db", ".db.", ".sqlite"}) {
    if (absl::StrContains(name, part)) return true;
  }
  return absl::EndsWith(name, ".db") || BeginsLikeSqlite(path.string());
}

// SQLite's log or its index, which are useless without their file.
bool IsLog(const std::string& path) { return absl::EndsWith(path, "-wal") || absl::EndsWith(path, "-shm"); }

// OK for a header that may be a store's: the first versions of hookd left the application's id 0.
absl::Status CheckHeader(const std::string& path, const std::string& header, int64_t size) {
  if (size < static_cast<int64_t>(kLeastBytes)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", path, " has ", size,
                     " bytes and is not a store of hookd: restore a backup, or remove the file to begin "
                     "with an empty store"));
  }
  if (!absl::StartsWith(header, kMagic)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", path, " is damaged or not a store of hookd: restore a backup"));
  }
  uint32_t id = 0;  // big-endian
  for (size_t i = 0; i < 4; ++i) {
    id = (id << 8) | static_cast<unsigned char>(header[kApplicationIdOffset + i]);
  }
  if (id == 0 || id == kApplicationId) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the store ", path,
                                                    " is a database of another program (application id ", id,
                                                    "): give hookd another data directory with --data_dir"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Make(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (!error && made) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (error || !std::filesystem::is_directory(path, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the data directory ", path,
                     " cannot be created: ", error ? error.message() : "a file of that name exists"));
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

DataDirectory::~DataDirectory() {
  if (store_lock_ >= 0) close(store_lock_);
  close(lock_);
}

absl::Status DataDirectory::CheckNoOtherStore() const {
  struct stat entry_found;
  if (lstat(store_file().c_str(), &entry_found) == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", store_file(),
                     " is a link to a file that is not there: check that its disk is mounted, or remove the "
                     "link to begin with an empty store"));
  }
  std::error_code error;
  auto entry = std::filesystem::directory_iterator(path_, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    // A leftover of a crash, which is created again.
    if (absl::StartsWith(path, new_store_file())) continue;
    std::error_code not_known;
    if (!entry->is_regular_file(not_known) || !LooksLikeStore(entry->path())) continue;
    if (IsLog(path)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the data directory ", path_, " has no hookd.db, but ", path,
          ", which is part of it: put back the hookd.db that it belongs to, or remove it to begin with "
          "an empty store"));
    }
    return absl::FailedPreconditionError(
        absl::StrCat("the data directory ", path_, " has no hookd.db, but ", path,
                     ", which looks like a store or a backup: rename it to hookd.db to use it, or move it "
                     "elsewhere to begin with an empty store"));
  }
  if (!error) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the data directory ", path_, " cannot be read: ", error.message()));
}

absl::StatusOr<bool> DataDirectory::LockStore() {
  const std::string path = store_file();
  const auto failed = [&path](const char* what) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", path, " cannot be ", what, ": ", strerror(errno),
                     ": check its permissions, and that it is a regular file"));
  };
  // Does not block, even on a pipe.
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    const absl::Status none = CheckNoOtherStore();
    if (!none.ok()) return none;
    return false;
  }
  if (file < 0) return failed("opened");
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    // Keeps the descriptor open: the file may be locked by another store of this process.
    if (errno != EWOULDBLOCK) return failed("locked");
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", path,
                     " is in use by another hookd: stop it, or give this one another directory with "
                     "--data_dir"));
  }
  store_lock_ = file;
  struct stat found;
  if (fstat(file, &found) != 0) return failed("read");
  if (!S_ISREG(found.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", path, " is not a file: remove what has its name"));
  }
  std::string header(kLeastBytes, '\0');
  if (pread(file, header.data(), header.size(), 0) < 0) return failed("read");
  const absl::Status store = CheckHeader(path, header, found.st_size);
  if (!store.ok()) return store;
  return true;
}

absl::Status DataDirectory::InstallStore() const {
  const std::string made = new_store_file();
  const int file = open(made.c_str(), O_RDONLY | O_CLOEXEC);
  const bool durable = file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  if (durable && rename(made.c_str(), store_file().c_str()) == 0 && Sync()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the store ", store_file(), " cannot be created: ", strerror(errno)));
}

std::string DataDirectory::new_store_file() const { return absl::StrCat(store_file(), "-new"); }

bool DataDirectory::Sync() const {
  const int folder = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) close(folder);
  return durable;
}

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
  // The name is durable once the directory is.
  return Sync() ? absl::OkStatus() : failed();
}

absl::Status DataDirectory::CheckNotMoved() const {
  std::ifstream file(moved_file());
  if (!file) return absl::OkStatus();
  std::string where;
  std::getline(file, where);
  return absl::FailedPreconditionError(absl::StrCat("the content of the data directory ", path_,
                                                    " was moved to ", where,
                                                    ": start hookd with --store; to use the directory again, "
                                                    "which delivers what is pending twice, remove the "
                                                    "file ",
                                                    moved_file()));
}

}  // namespace hookd
