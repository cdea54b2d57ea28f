// The partitions of events, deliveries and outcomes: one a day (UTC) with the keys of that day, so that old
// days can be dropped. Not thread-safe.
#ifndef HOOKD_STORE_POSTGRES_PARTITIONS_H_
#define HOOKD_STORE_POSTGRES_PARTITIONS_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/postgres/connection.h"

namespace hookd {

struct Partition {
  int64_t first_key = 0;
  int64_t end_key = 0;  // the first key of the next one
  std::string name;     // the suffix of its tables' names
  bool outcomes_only = false;
};

class Partitions {
 public:
  // Creates the partition of that time, and of `days_ahead` days after it, if they do not exist. Within the
  // connection's transaction, if there is one. Others can write meanwhile.
  absl::Status Make(PostgresConnection& connection, absl::Time time, int days_ahead);

  // The partitions that may have keys from min_key to max_key, both included, the newest first.
  static absl::StatusOr<std::vector<Partition>> List(PostgresConnection& connection, int64_t min_key,
                                                     int64_t max_key);

  // Drops every partition below `before_key` without a pending delivery; its outcomes once there is no older
  // delivery either. Skips a partition that others use; a later call drops it.
  static absl::Status DropOld(PostgresConnection& connection, int64_t before_key);

  // The transaction was rolled back: what it created does not exist.
  void Forget() { known_.clear(); }

 private:
  std::set<int64_t> known_;  // by first_key
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_PARTITIONS_H_
