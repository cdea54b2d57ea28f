// The part of the store that operates it: retention, health and size. See store.h for what holds for every
// part.
#ifndef HOOKD_STORE_UPKEEP_STORE_H_
#define HOOKD_STORE_UPKEEP_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/backup_source.h"
#include "store/done.h"
#include "store/records.h"

namespace hookd {

class UpkeepStore {
 public:
  // The store's size, and its disk's.
  struct Figures {
    int64_t bytes = 0;           // of the store on its disk, its log included
    int64_t free_bytes = 0;      // of the disk
    int64_t reusable_bytes = 0;  // free inside the store's file
    bool has_room = true;        // whether events were accepted when that was last checked
  };

  // The latest time in the store's records, or on its server, when it was opened: now is not earlier,
  // whatever this machine's clock says. InfinitePast if there is none.
  virtual absl::Time opened_at_least() const { return absl::InfinitePast(); }

  // Deletes up to `limit` events with their deliveries and attempts: events with keys below `before_key` that
  // have no pending delivery, and events with keys below `delivered_before_key` whose deliveries were all
  // delivered. Examines few more than it deletes; the next call continues from there. The space is reused.
  virtual void Purge(int64_t before_key, int64_t delivered_before_key, int limit,
                     Done<absl::StatusOr<Purged>> done) = 0;

  // Calls `done` once the thread that writes, and after it one that reads, have come round; never if either
  // hangs. Says nothing of whether the store can be written or read.
  virtual void Ping(std::function<void()> done) = 0;

  // nullopt where the store is on another machine.
  virtual std::optional<Figures> figures() const { return std::nullopt; }

  // The bytes of the store where it is on another machine, whose server measures them; elsewhere
  // Figures::bytes.
  virtual void MeasureBytes(Done<absl::StatusOr<int64_t>> done) = 0;

  // How many writes wait to be committed.
  virtual size_t waiting_writes() const = 0;

  // The search index of events. Its figures are of this process.
  struct SearchFigures {
    int64_t indexed_to = 0;  // events with keys up to this were indexed when that was last checked
    int64_t damages = 0;     // searches that found a segment of the index damaged
  };

  // Does a slice of the work on the search index: indexes events, or removes what is no longer needed.
  // Answers whether there is more to do now. One call at a time; of several processes on a store, one should
  // call it.
  virtual void IndexEvents(Done<absl::StatusOr<bool>> done) = 0;

  virtual SearchFigures search_figures() const { return {}; }

  // Null where the engine is backed up with tools of its own.
  virtual BackupSource* backup() { return nullptr; }

 protected:
  virtual ~UpkeepStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_UPKEEP_STORE_H_
