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
#include "base/clock.h"
#include "store/postgres/connection.h"
#include "store/project_purge.h"
#include "store/records.h"

namespace hookd {

// The tables of deleted projects. Each method is a transaction, or several. `clock`, for tests, replaces the
// server's; it may be null. Both must outlive it.
class PostgresDeletedProjects : public ProjectPurge::Tables {
 public:
  PostgresDeletedProjects(PostgresConnection* connection, Clock* clock)
      : connection_(*connection), clock_(clock) {}

  absl::StatusOr<std::vector<ProjectPurge::Deleted>> ListDeleted(int limit) override;
  absl::StatusOr<std::vector<ProjectPurge::Event>> ListEvents(int64_t from, int limit) override;
  absl::StatusOr<int> DeleteEvents(const std::vector<ProjectPurge::Event>& events) override;
  absl::StatusOr<int> DeleteRest(int64_t project, int limit) override;

 private:
  PostgresConnection& connection_;
  Clock* const clock_;
};

class PostgresPurge {
 public:
  struct OldEvent {
    int64_t key;
    int64_t webhook_count;
  };

  // See Store::Purge. Partitions are dropped with a round's first slice.
  absl::StatusOr<Purged> Purge(PostgresConnection& connection, int64_t before_key,
                               int64_t delivered_before_key, int limit);

  // Deletes those of the events, at least one and in the order of their keys, that have no pending delivery;
  // with `delivered`, those whose deliveries were all delivered. Returns how many. The connection has no
  // transaction.
  static absl::StatusOr<int> Delete(PostgresConnection& connection, const std::vector<OldEvent>& events,
                                    bool delivered);

 private:
  // Deletes events from `from` on and below `before`. Moves `from` behind the last event that was examined.
  static absl::Status PurgeRange(PostgresConnection& connection, int64_t& from, int64_t before,
                                 bool delivered, int limit, Purged& purged);
  static absl::StatusOr<int> DeleteInTransaction(PostgresConnection& connection,
                                                 const std::vector<OldEvent>& events, bool delivered);

  // Where the next slice continues, below before_key and from there on.
  int64_t purged_to_ = 0;
  int64_t delivered_purged_to_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_PURGE_H_
