#include "store/sqlite/store_room.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace hookd {
namespace {

constexpr absl::Duration kMeasureInterval = absl::Milliseconds(100);
// How often the log reports that there is no room.
constexpr absl::Duration kReportInterval = absl::Minutes(1);

// The part of the reserve that free pages inside the file cannot replace: every commit goes through the log,
// which is a separate file. Twice its size between two checkpoints (checkpoints.h).
constexpr int64_t kLogBytes = int64_t{8} << 20;

int64_t FileSize(const std::string& path) {
  struct stat file;
  return stat(path.c_str(), &file) == 0 ? file.st_size : 0;
}

}  // namespace

int64_t StoreRoom::FileBytes(const std::string& path) {
  return FileSize(path) + FileSize(absl::StrCat(path, "-wal"));
}

int64_t StoreRoom::FreeBytes(const std::string& path) {
  struct statvfs disk;
  // Without an answer: a full disk is noticed when it is written.
  if (statvfs(path.c_str(), &disk) != 0) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
}

StoreRoom::StoreRoom(Database* database, std::string path, Clock* clock, Options options)
    : database_(database), path_(std::move(path)), clock_(clock), options_(std::move(options)) {}

absl::Status StoreRoom::Check() {
  const absl::Time now = clock_->Steady();
  if (now - measured_ >= kMeasureInterval) {
    result_ = Measure();
    measured_ = now;
    if (has_room_.exchange(result_.ok()) != result_.ok()) {
      if (result_.ok()) LogInfo("the store has room again: events are accepted");
      if (options_.on_change) options_.on_change(result_.ok());
    }
  }
  return result_;
}

absl::Status StoreRoom::Measure() {
  const auto pages = database_->QueryInt("PRAGMA page_count");
  const auto unused = database_->QueryInt("PRAGMA freelist_count");
  const auto page_size = database_->QueryInt("PRAGMA page_size");
  // A store that cannot be read reports that when it is written.
  if (!pages.ok() || !unused.ok() || !page_size.ok()) return absl::OkStatus();
  reusable_bytes_ = *unused * *page_size;
  const int64_t free = options_.free_bytes ? options_.free_bytes() : FreeBytes(path_);
  // The part of the log's file that the database does not need to grow is reused, first for the log.
  const int64_t log = FileSize(absl::StrCat(path_, "-wal"));
  const int64_t growth = std::max(*pages * *page_size - FileSize(path_), int64_t{0});
  const int64_t spare_log = std::max(log - growth, int64_t{0});
  const int64_t needed =
      std::max(options_.min_free_bytes - reusable_bytes_ - std::max(spare_log - kLogBytes, int64_t{0}),
               std::min(options_.min_free_bytes / 2, kLogBytes) - spare_log);
  if (free < needed) {
    Report("the store's disk is full except for its reserve: events are refused",
           {{"store", path_},
            {"free_bytes", free},
            {"reusable_bytes", reusable_bytes_.load()},
            {"min_free_bytes", options_.min_free_bytes}});
    return absl::ResourceExhaustedError(
        "hookd's store has no room for more events: its disk is full except for the reserve "
        "(--min_free_bytes); "
        "hookd's log has the details; accepted events are still delivered");
  }
  if (options_.max_bytes == 0) return absl::OkStatus();
  const int64_t used = (*pages - *unused) * *page_size + log;
  if (used < options_.max_bytes) return absl::OkStatus();
  Report("the store has reached its maximum size: events are refused",
         {{"store", path_}, {"bytes", used}, {"max_store_bytes", options_.max_bytes}});
  return absl::ResourceExhaustedError(
      "hookd's store has no room for more events: it has reached its maximum size (--max_store_bytes); "
      "hookd's log has the details; accepted events are still delivered");
}

void StoreRoom::Report(absl::string_view what, LogFields fields) {
  const absl::Time now = clock_->Steady();
  if (now < report_at_) return;
  report_at_ = now + kReportInterval;
  LogWarning(what, fields);
}

}  // namespace hookd
