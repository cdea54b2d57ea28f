// What this process is among those on the same PostgreSQL: the holder of a slot, by a lease with an epoch.
// Every transaction that writes makes sure that it still is.
//
// Thread-safe.
#ifndef HOOKD_STORE_POSTGRES_NODE_H_
#define HOOKD_STORE_POSTGRES_NODE_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "store/postgres/connection.h"

namespace hookd {

class PostgresNode {
 public:
  struct Lease {
    int slot = -1;      // -1: none
    int64_t epoch = 0;  // of the slot
  };

  // `lease` is for how long a slot is held without being renewed.
  explicit PostgresNode(absl::Duration lease);

  const std::string& id() const { return id_; }
  absl::Duration lease_time() const { return lease_time_; }
  Lease lease() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes a slot that is free. UNAVAILABLE if none is.
  absl::Status Take(PostgresConnection& connection) ABSL_LOCKS_EXCLUDED(mutex_);

  // It was found to be another's: Take a new one.
  void Lose() ABSL_LOCKS_EXCLUDED(mutex_);

  // Gives it up.
  absl::Status Release(PostgresConnection& connection) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::string id_;  // of this run of the process
  const absl::Duration lease_time_;
  mutable absl::Mutex mutex_;
  Lease lease_ ABSL_GUARDED_BY(mutex_);
};

// The server's clock, in microseconds since the Unix epoch, for statements.
#define HOOKD_POSTGRES_NOW "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

// The shard of a webhook: ShardOf (store/cluster.h) in SQL.
#define HOOKD_POSTGRES_SHARD(key) "(((" key " >> 20) + (" key " & 1048575)) % 128)"

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_NODE_H_
