// Whether there is room for more events: the store is below its maximum size, and the disk has more free
// space than its reserve. Free pages inside the store's file count as free space, as SQLite uses them before
// the file grows. Outcomes of accepted events are always written, and use the reserve.
//
// Used by the commit queue's thread, except for methods that are marked thread-safe. Measures the disk at
// most ten times a second.
#ifndef HOOKD_STORE_SQLITE_STORE_ROOM_H_
#define HOOKD_STORE_SQLITE_STORE_ROOM_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/sqlite/database.h"

namespace hookd {

class StoreRoom {
 public:
  struct Options {
    int64_t max_bytes = 0;  // of the store with its log, without its free pages; 0: the disk's size
    int64_t min_free_bytes = limits::kMinFreeBytes;  // of the disk
    std::function<int64_t()> free_bytes;             // of the disk; null: asks the disk. For tests
    // Called when events begin to be refused, and when they are accepted again. May be null.
    std::function<void(bool has_room)> on_change;
  };

  // `path` is the store's file. Database and clock must outlive it.
  StoreRoom(Database* database, std::string path, Clock* clock, Options options);

  // RESOURCE_EXHAUSTED if there is no room, with a sentence for callers. Path and sizes are for the operator,
  // and go to the log.
  absl::Status Check();

  // The result of the last Check: whether there was room, and the bytes of free pages inside the file.
  // Thread-safe.
  bool has_room() const { return has_room_; }
  int64_t reusable_bytes() const { return reusable_bytes_; }

  // The size of the store's file and its log; and the free space on their disk. Thread-safe.
  static int64_t FileBytes(const std::string& path);
  static int64_t FreeBytes(const std::string& path);

 private:
  absl::Status Measure();
  void Report(absl::string_view what, LogFields fields);

  Database* const database_;
  const std::string path_;
  Clock* const clock_;
  const Options options_;
  absl::Time measured_ = absl::InfinitePast();
  absl::Time report_at_ = absl::InfinitePast();
  absl::Status result_;
  std::atomic<bool> has_room_ = true;
  std::atomic<int64_t> reusable_bytes_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_STORE_ROOM_H_
