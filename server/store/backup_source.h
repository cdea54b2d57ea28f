// Copies of a store that is in use.
#ifndef HOOKD_STORE_BACKUP_SOURCE_H_
#define HOOKD_STORE_BACKUP_SOURCE_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Takes the next bytes of a copy, of `total` in all, and returns whether to continue. Called without bytes
// from time to time while there are none yet.
using BackupSink = std::function<bool(absl::string_view data, int64_t total)>;

class BackupSource {
 public:
  // Gives `sink` a copy of the store as it is at one moment: a new store can be opened on it. Blocks for as
  // long as that takes, but blocks no other call. RESOURCE_EXHAUSTED if the disk has no room for the copy,
  // CANCELLED if the sink returned false.
  virtual absl::Status Backup(const BackupSink& sink) = 0;

 protected:
  ~BackupSource() = default;
};

// Backup of `source`. UNIMPLEMENTED, with what to do instead, if it is null: the engine has tools of its own.
absl::Status Backup(BackupSource* source, const BackupSink& sink);

}  // namespace hookd

#endif  // HOOKD_STORE_BACKUP_SOURCE_H_
