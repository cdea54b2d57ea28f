// The directory of an embedded store, which one process at a time holds.
//
// Not thread-safe. Released when it is destroyed, or when the process ends in any way.
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

// SQLite's application_id in the header of the store's file: "hokd".
inline constexpr uint32_t kApplicationId = 0x686f6b64;

class DataDirectory {
 public:
  // Creates the directory if it does not exist, for its owner alone. FAILED_PRECONDITION, with one sentence
  // for the operator, if it cannot be created or written, or another process holds it.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Make(const std::string& path);

  // Likewise for a directory that exists.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Open(const std::string& path);

  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  // The store's file.
  std::string store_file() const;

  // Locks the store's file until the object is destroyed, even if the directory's `lock` was deleted. False
  // if there is neither that file nor another one that looks like a store or a copy of one.
  // FAILED_PRECONDITION, with one sentence for the operator, if there is such another file; if another
  // process has the store's file open; or if that is too short for a store, not an SQLite file, or another
  // program's. Changes no file.
  //
  // Requires: SQLite opens the file after this call, and closes it before the object is destroyed, as closing
  // any descriptor of a file releases SQLite's locks on it.
  absl::StatusOr<bool> LockStore();

  // The name of a new store's file until it is complete; and the durable change to its final name: after a
  // crash there is a complete store or none. UNAVAILABLE if that fails.
  std::string new_store_file() const;
  absl::Status InstallStore() const;

  // Marks the store as moved elsewhere: it must not be opened any more.
  absl::Status SetMoved(absl::string_view where) const;

  // FAILED_PRECONDITION, with a sentence for the operator, if the store is marked so.
  absl::Status CheckNotMoved() const;

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string moved_file() const;
  // Makes the names of its files durable.
  bool Sync() const;
  // See LockStore; for a directory without the store's file.
  absl::Status CheckNoOtherStore() const;

  const std::string path_;
  const int lock_;
  int store_lock_ = -1;
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_DATA_DIRECTORY_H_
