// The folder of an embedded store, held by one process at a time.
//
// Not thread-safe. Given up when it is destroyed, or the process ends, however that ends.
#ifndef HOOKD_STORE_SQLITE_DATA_DIRECTORY_H_
#define HOOKD_STORE_SQLITE_DATA_DIRECTORY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Stands in the header of the store's file, as SQLite's application_id: "hokd".
inline constexpr uint32_t kApplicationId = 0x686f6b64;

class DataDirectory {
 public:
  // Makes the folder if it is missing, with rights for its owner alone. FAILED_PRECONDITION, with one
  // sentence for the operator, if it cannot be made or written, or another process has it.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Make(const std::string& path);

  // The same of one that is there.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Open(const std::string& path);

  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  // The store's file.
  std::string store_file() const;

  // Locks the store's file, whatever became of the folder's `lock`, until the object is destroyed. False if
  // there is no such file, nor any other that looks like a store or a copy of one. FAILED_PRECONDITION, with
  // one sentence for the operator, if there is one that does; if another process has the store's file; or if
  // that is too short for a store, no SQLite file, or another program's. The file is not changed.
  //
  // To be called before SQLite opens the file in this process, and the object to be destroyed after it closed
  // it: closing any descriptor of a file takes SQLite's locks from it.
  absl::StatusOr<bool> LockStore();

  // Where a new store's file is made, and how it gets its name once it is complete: durably, so that a crash
  // leaves a whole store or none. UNAVAILABLE if it cannot be.
  std::string new_store_file() const;
  absl::Status InstallStore() const;

  // Says, for good, that what the store has was moved elsewhere: nothing may go on with it here.
  absl::Status SetMoved(absl::string_view where) const;

  // FAILED_PRECONDITION with a sentence for the operator if it was.
  absl::Status CheckNotMoved() const;

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string moved_file() const;
  // Makes the names of its files durable.
  bool Sync() const;
  // See LockStore, of a folder without the store's file.
  absl::Status CheckNoOtherStore() const;

  const std::string path_;
  const int lock_;
  int store_lock_ = -1;
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_DATA_DIRECTORY_H_
