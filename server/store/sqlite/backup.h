// Copies of a store that is in use.
#ifndef HOOKD_STORE_SQLITE_BACKUP_H_
#define HOOKD_STORE_SQLITE_BACKUP_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "store/backup_source.h"

namespace hookd::sqlite {

// The file in the store's directory that holds the copy meanwhile. One that is left after a crash is not a
// backup.
std::string BackupFile(const std::string& path);

// BackupSource::Backup of the file at `path`, on connections of its own; leaves `min_free_bytes` of the disk
// free. One at a time.
absl::Status Backup(const std::string& path, int64_t min_free_bytes, const BackupSink& sink);

}  // namespace hookd::sqlite

#endif  // HOOKD_STORE_SQLITE_BACKUP_H_
