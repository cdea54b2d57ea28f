#include "store/backup_source.h"

namespace hookd {

absl::Status Backup(BackupSource* source, const BackupSink& sink) {
  if (source != nullptr) return source->Backup(sink);
  return absl::UnimplementedError(
      "the store is in PostgreSQL: back it up with pg_dump, or with pg_basebackup and its write-ahead log");
}

}  // namespace hookd
