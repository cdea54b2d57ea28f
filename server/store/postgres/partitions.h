// The partitions of events, deliveries and outcomes: one a day (UTC), which holds the keys of that day, so
// that a day that is old goes as a whole. No state but what it has seen; not thread-safe.
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
  int64_t end_key = 0;  // of the next one
  std::string name;     // what its tables' names end in
  bool outcomes_only = false;
};

class Partitions {
 public:
  // Makes the partition of that moment, and of so many days after it, unless they are there. Within the
  // connection's transaction if it is in one. Others can go on writing meanwhile.
  absl::Status Make(PostgresConnection& connection, absl::Time time, int days_ahead);

  // The partitions that may have keys from one to another, both included, the newest first.
  static absl::StatusOr<std::vector<Partition>> List(PostgresConnection& connection, int64_t min_key,
                                                     int64_t max_key);

  // Drops every partition below `before_key` of which no delivery is pending; its outcomes once no older
  // delivery is left either. Gives up after a moment where others use it: the next time, then.
  static absl::Status DropOld(PostgresConnection& connection, int64_t before_key);

  // The transaction that made some was rolled back.
  void Forget() { known_.clear(); }

 private:
  std::set<int64_t> known_;  // by first_key
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_PARTITIONS_H_
