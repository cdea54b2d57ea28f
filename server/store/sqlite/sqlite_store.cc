#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/search.h"
#include "store/sqlite/unwritten_deliveries.h"

namespace hookd {
namespace {

// Of short reads. More would take the CPU from deliveries.
constexpr int kReaders = 2;

// Between two checks for room while there is none: short enough to resume quickly, with few transactions.
constexpr absl::Duration kRoomInterval = absl::Seconds(1);

// Creates the file of a new store: complete before it gets its name.
absl::Status MakeStore(const DataDirectory& directory) {
  const std::string path = directory.new_store_file();
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  // It contains secrets, and SQLite would let everyone read it. Its log gets the same permissions.
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
  {
    auto database = Database::Open(path, /*create=*/false);
    if (!database.ok()) return database.status();
    // After a crash an incomplete file is discarded.
    absl::Status status = (*database)->Execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
    if (status.ok()) status = Migrate(**database);
    if (!status.ok()) return status;
  }
  return directory.InstallStore();
}

absl::StatusOr<std::unique_ptr<Database>> OpenWriter(const std::string& path, int64_t max_pages) {
  auto database = Database::Open(path, /*create=*/false);
  if (!database.ok()) return database.status();
  absl::Status status = PrepareWriter(**database);
  if (status.ok() && max_pages > 0)
    status = (*database)->Execute(absl::StrCat("PRAGMA max_page_count = ", max_pages));
  if (absl::IsFailedPrecondition(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", path, " cannot be opened: ", status.message()));
  }
  if (!status.ok()) return status;
  return database;
}

// Connections that only read.
absl::StatusOr<std::vector<std::unique_ptr<Database>>> OpenReaders(const std::string& path, int count) {
  std::vector<std::unique_ptr<Database>> readers;
  for (int i = 0; i < count; ++i) {
    HOOKD_ASSIGN_OR_RETURN(auto reader, Database::Open(path, /*create=*/false));
    HOOKD_RETURN_IF_ERROR(reader->Execute("PRAGMA query_only = ON"));
    readers.push_back(std::move(reader));
  }
  return readers;
}

}  // namespace

struct SqliteStore::Readers {
  std::vector<std::unique_ptr<Database>> of_callers, of_engine, of_scans, of_searches, of_indexer;
};

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Create(Options options) {
  auto directory = DataDirectory::Make(options.data_dir);
  if (!directory.ok()) return directory.status();
  const absl::Status not_moved = (*directory)->CheckNotMoved();
  if (!not_moved.ok()) return not_moved;
  const std::string path = (*directory)->store_file();
  auto store = Open(std::move(options), path, *std::move(directory));
  constexpr absl::string_view kStore = "the store ";
  const absl::string_view message = store.status().message();
  if (store.ok() || !absl::StartsWith(message, kStore) || absl::StrContains(message, path)) return store;
  // Database::ToStatus names no path, as callers may see its message. The operator has to know which store.
  return absl::Status(store.status().code(), absl::StrCat(kStore, path, " ", message.substr(kStore.size())));
}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(Options options, const std::string& path,
                                                               std::unique_ptr<DataDirectory> directory) {
  auto found = directory->LockStore();
  if (found.ok() && !*found) {
    const absl::Status made = MakeStore(*directory);
    if (!made.ok()) return made;
    found = directory->LockStore();
  }
  if (!found.ok()) return found.status();
  std::error_code ignored;
  std::filesystem::remove(sqlite::BackupFile(path), ignored);
  auto writer = OpenWriter(path, options.max_pages);
  if (!writer.ok()) return writer.status();
  const absl::Status sealed =
      ResealSecrets(**writer, options.secrets, options.room.free_bytes, options.on_slow_start);
  if (!sealed.ok()) return sealed;
  const absl::Status complete = WriteMissingDeliveries(**writer);
  if (!complete.ok()) return complete;
  const auto last_key = sqlite::LastKey(**writer);
  if (!last_key.ok()) return last_key.status();
  const auto passed = (*writer)->QueryInt("SELECT time FROM passed");
  if (!passed.ok()) return passed.status();
  Readers readers;
  HOOKD_ASSIGN_OR_RETURN(readers.of_callers, OpenReaders(path, kReaders));
  for (auto* single : {&readers.of_engine, &readers.of_scans, &readers.of_searches, &readers.of_indexer}) {
    HOOKD_ASSIGN_OR_RETURN(*single, OpenReaders(path, 1));
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(path, options, std::move(directory), *std::move(writer),
                                                      std::move(readers), *last_key,
                                                      absl::FromUnixMicros(*passed)));
}

SqliteStore::SqliteStore(std::string path, const Options& options, std::unique_ptr<DataDirectory> directory,
                         std::unique_ptr<Database> writer, Readers readers, int64_t last_key,
                         absl::Time passed)
    : path_(std::move(path)),
      secrets_(options.secrets),
      min_free_bytes_(options.room.min_free_bytes),
      opened_at_least_(std::max(passed, TimeOfKey(last_key))),
      ahead_(std::max(opened_at_least_ - options.clock->Steady(), absl::ZeroDuration())),
      directory_(std::move(directory)),
      writer_(std::move(writer)),
      clock_(options.clock),
      writes_(writer_.get(), options.clock, &secrets_, last_key, [this] { return CheckRoom(); }),
      room_(writer_.get(), path_, options.clock, options.room),
      search_(options.search, options.clock),
      scans_(std::move(readers.of_scans)),
      searches_(std::move(readers.of_searches)),
      engine_reads_(std::move(readers.of_engine)),
      reads_(std::move(readers.of_callers)),
      indexing_(std::make_unique<ReadPool<Database>>(std::move(readers.of_indexer))) {
  StartWrites(&writes_, options.max_uncommitted_bytes, options.on_commit);
  // Before the queue has any write. A lack of room is logged, and the health service knows it from the start.
  CheckRoom().IgnoreError();
}

SqliteStore::~SqliteStore() {
  {
    std::unique_ptr<Timer> timer;
    absl::MutexLock lock(&room_mutex_);
    closing_ = true;
    timer = std::move(room_timer_);
  }
  indexing_.reset();
  StopWrites();
}

absl::Status SqliteStore::CheckRoom() {
  const absl::Status room = room_.Check();
  if (!room.ok()) ScheduleRoomCheck();
  return room;
}

void SqliteStore::ScheduleRoomCheck() {
  absl::MutexLock lock(&room_mutex_);
  if (closing_ || room_timer_set_) return;
  if (room_timer_ == nullptr) room_timer_ = clock_->NewTimer([this] { RepeatRoomCheck(); });
  room_timer_set_ = true;
  room_timer_->Set(clock_->Steady() + kRoomInterval);
}

void SqliteStore::RepeatRoomCheck() {
  {
    absl::MutexLock lock(&room_mutex_);
    room_timer_set_ = false;
  }
  commits().Push({.apply =
                      [this] {
                        CheckRoom().IgnoreError();
                        return absl::OkStatus();
                      },
                  .answer =
                      [this](const absl::Status& status, CommitBatch&) {
                        // The check may not have run.
                        if (!status.ok()) ScheduleRoomCheck();
                      }});
}

std::optional<SqliteStore::Figures> SqliteStore::figures() const {
  return Figures{.bytes = StoreRoom::FileBytes(path_),
                 .free_bytes = StoreRoom::FreeBytes(path_),
                 .reusable_bytes = reusable_bytes(),
                 .has_room = has_room()};
}

absl::StatusOr<std::vector<Token>> SqliteStore::LoadTokens() {
  auto database = Database::Open(path_, /*create=*/false);
  if (!database.ok()) return database.status();
  return sqlite::LoadTokens(**database);
}

void SqliteStore::Purge(int64_t before_key, int64_t delivered_before_key, int limit,
                        Done<absl::StatusOr<Purged>> done) {
  commits().PushResult<Purged>(
      kWriteOverhead,
      [=, this]() -> WriteResult<Purged> {
        auto purged = writes_.Purge(before_key, delivered_before_key, limit);
        if (!purged.ok()) return purged;
        // For the metrics, and because there may be room now.
        CheckRoom().IgnoreError();
        // Every minute: if the clock is set back later, due times are at most that much farther away.
        HOOKD_RETURN_IF_ERROR(writes_.NoteTime(clock_->Steady() + ahead_));
        return purged;
      },
      std::move(done));
}

void SqliteStore::PurgeProjects(int limit, Done<absl::StatusOr<Purged>> done) {
  commits().PushResult<Purged>(
      kWriteOverhead, [this, limit] { return writes_.PurgeProjects(limit); }, std::move(done));
}

absl::Status SqliteStore::Backup(const BackupSink& sink) {
  return sqlite::Backup(path_, min_free_bytes_, sink);
}

}  // namespace hookd
