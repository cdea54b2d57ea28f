// A copy of a store while it is used.
#ifndef HOOKD_STORE_SQLITE_BACKUP_H_
#define HOOKD_STORE_SQLITE_BACKUP_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "store/backup_source.h"

namespace hookd::sqlite {

// The file beside the store that holds the copy meanwhile; one that is left over is of a crash, and no
// backup.
std::string BackupFile(const std::string& path);

// BackupSource::Backup of the file at `path`, on connections of its own; leaves `min_free_bytes` of the disk
// free. One at a time.
absl::Status Backup(const std::string& path, int64_t min_free_bytes, const BackupSink& sink);

}  // namespace hookd::sqlite

#endif  // HOOKD_STORE_SQLITE_BACKUP_H_
