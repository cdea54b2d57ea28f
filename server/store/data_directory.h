// The folder of an embedded store, held by one process at a time.
//
// Not thread-safe. Given up when it is destroyed, or the process ends, however that ends.
#ifndef HOOKD_STORE_DATA_DIRECTORY_H_
#define HOOKD_STORE_DATA_DIRECTORY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

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

  // Says, for good, that what the store has was moved elsewhere: nothing may go on with it here.
  absl::Status SetMoved(absl::string_view where) const;

  // FAILED_PRECONDITION with a sentence for the operator if it was.
  absl::Status CheckNotMoved() const;

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string moved_file() const;

  const std::string path_;
  const int lock_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_DATA_DIRECTORY_H_
