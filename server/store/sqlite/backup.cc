#include "store/sqlite/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "store/sqlite/database.h"

namespace hookd::sqlite {
namespace {

// Pages of 4 KiB that are copied between two calls of the sink.
constexpr int kPagesAtOnce = 1024;

absl::Status Canceled() { return absl::CancelledError("the backup was canceled"); }

absl::Status FileError(const std::string& file) {
  return absl::UnavailableError(
      absl::StrCat("the backup's copy ", file, " cannot be used: ", strerror(errno)));
}

// The copy's file, which is open for reading and removed by the destructor.
class CopyFile {
 public:
  explicit CopyFile(std::string path) : path_(std::move(path)) {
    unlink(path_.c_str());
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  ~CopyFile() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    unlink(path_.c_str());
  }
  CopyFile(const CopyFile&) = delete;
  CopyFile& operator=(const CopyFile&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }

 private:
  const std::string path_;
  int descriptor_;
};

absl::Status CheckRoom(Database& source, const std::string& path, int64_t min_free_bytes) {
  const auto pages = source.QueryInt("PRAGMA page_count");
  if (!pages.ok()) return pages.status();
  const auto page_size = source.QueryInt("PRAGMA page_size");
  if (!page_size.ok()) return page_size.status();
  const int64_t bytes = *pages * *page_size;
  struct statvfs disk;
  if (statvfs(path.c_str(), &disk) != 0)
    return absl::OkStatus();  // a full disk is noticed when it is written
  const auto free = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  if (free - bytes >= min_free_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("a backup needs ", bytes, " bytes on the disk of the store ", path, ", which has ", free,
                   " bytes free and keeps ", min_free_bytes, " bytes in reserve: make room on it"));
}

// Fills the copy from a snapshot, which the transaction on the source holds. Without it SQLite would restart
// the copy after every commit, and never end.
absl::Status Copy(Database& source, Database& copy, const BackupSink& sink) {
  sqlite3_backup* backup = sqlite3_backup_init(copy.connection(), "main", source.connection(), "main");
  if (backup == nullptr) return Database::ToStatus(copy.connection(), sqlite3_errcode(copy.connection()));
  int code = SQLITE_OK;
  bool wanted = true;
  while (code == SQLITE_OK && wanted) {
    code = sqlite3_backup_step(backup, kPagesAtOnce);
    wanted = sink("", 0);
  }
  sqlite3_backup_finish(backup);
  if (!wanted) return Canceled();
  return code == SQLITE_DONE ? absl::OkStatus() : Database::ToStatus(copy.connection(), code);
}

absl::Status Send(const CopyFile& file, const BackupSink& sink) {
  struct stat copied;
  if (fstat(file.descriptor(), &copied) != 0) return FileError(file.path());
  std::vector<char> buffer(limits::kBackupChunkBytes);
  int64_t sent = 0;
  while (sent < copied.st_size) {
    const ssize_t size = pread(file.descriptor(), buffer.data(), buffer.size(), sent);
    if (size <= 0) return FileError(file.path());
    if (!sink({buffer.data(), static_cast<size_t>(size)}, copied.st_size)) return Canceled();
    sent += size;
  }
  return absl::OkStatus();
}

}  // namespace

std::string BackupFile(const std::string& path) { return absl::StrCat(path, "-backup"); }

absl::Status Backup(const std::string& path, int64_t min_free_bytes, const BackupSink& sink) {
  auto source = Database::Open(path, /*create=*/false);
  if (!source.ok()) return source.status();
  absl::Status status = (*source)->Execute("PRAGMA query_only = ON; BEGIN; SELECT 1 FROM sqlite_schema");
  if (status.ok()) status = CheckRoom(**source, path, min_free_bytes);
  if (!status.ok()) return status;
  const CopyFile file(BackupFile(path));
  if (file.descriptor() < 0) return FileError(file.path());
  {
    auto copy = Database::Open(file.path(), /*create=*/false);
    if (!copy.ok()) return copy.status();
    // After a crash an incomplete copy is discarded.
    status = (*copy)->Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    if (status.ok()) status = Copy(**source, **copy, sink);
    if (!status.ok()) return status;
  }
  source->reset();  // and its snapshot, which keeps the log from being reused
  return Send(file, sink);
}

}  // namespace hookd::sqlite
