// Whether there is room for more events: below the size that the operator allows the store, and above the
// disk's reserve. Outcomes of what was accepted are always written, and use that reserve.
//
// Not thread-safe: the commit queue's thread uses it. Looks at the disk at most ten times a second.
#ifndef HOOKD_STORE_STORE_ROOM_H_
#define HOOKD_STORE_STORE_ROOM_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/sqlite_database.h"

namespace hookd {

class StoreRoom {
 public:
  struct Options {
    int64_t max_bytes =
        0;  // of the store, its log included, less what it has free inside; 0: the disk's size
    int64_t min_free_bytes = limits::kMinFreeBytes;  // of the disk
    std::function<int64_t()> free_bytes;             // of the disk; null: asks it. For tests
  };

  // `path` is the store's file. Database and clock must outlive it.
  StoreRoom(Database* database, std::string path, Clock* clock, Options options);

  // RESOURCE_EXHAUSTED if there is none, with a sentence for callers: the path and the sizes are the
  // operator's to know, and go to the log.
  absl::Status Check();

  // The store's file and its log; and what is free on their disk. Thread-safe.
  static int64_t FileBytes(const std::string& path);
  static int64_t FreeBytes(const std::string& path);

 private:
  absl::Status Look();
  void Report(absl::string_view what, LogFields fields);

  Database* const database_;
  const std::string path_;
  Clock* const clock_;
  const Options options_;
  absl::Time looked_ = absl::InfinitePast();
  absl::Time report_at_ = absl::InfinitePast();
  absl::Status seen_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_STORE_ROOM_H_
