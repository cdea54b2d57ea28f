// Deletes old events from the store in PostgreSQL: whole days without a pending delivery, the rest in slices.
// Several processes may do so at once.
//
// Not thread-safe.
#ifndef HOOKD_STORE_POSTGRES_PURGE_H_
#define HOOKD_STORE_POSTGRES_PURGE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/postgres/connection.h"
#include "store/records.h"

namespace hookd {

class PostgresPurge {
 public:
  // See Store::Purge. Partitions are dropped with a round's first slice.
  absl::StatusOr<Purged> Purge(PostgresConnection& connection, int64_t before_key,
                               int64_t delivered_before_key, int limit);

 private:
  struct OldEvent {
    int64_t key;
    int64_t webhook_count;
  };

  // Deletes events from `from` on and below `before`. Moves `from` behind the last event that was examined.
  static absl::Status PurgeRange(PostgresConnection& connection, int64_t& from, int64_t before,
                                 bool delivered, int limit, Purged& purged);
  // Deletes the events that can still be deleted; returns how many.
  static absl::StatusOr<int> Delete(PostgresConnection& connection, const std::vector<OldEvent>& events,
                                    bool delivered);

  // Where the next slice continues, below before_key and from there on.
  int64_t purged_to_ = 0;
  int64_t delivered_purged_to_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_PURGE_H_
