// This process among those on the same PostgreSQL: the holder of a slot, by a lease. Every transaction that
// writes checks that it still holds the slot.
//
// Thread-safe.
#ifndef HOOKD_STORE_POSTGRES_CLUSTER_NODE_H_
#define HOOKD_STORE_POSTGRES_CLUSTER_NODE_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "store/cluster.h"
#include "store/postgres/connection.h"

namespace hookd {

class PostgresNode {
 public:
  struct Lease {
    int slot = -1;           // -1: none
    int64_t generation = 0;  // of the slot: counts its holders; the column `epoch`
  };

  // `lease` is how long a slot is held without a renewal.
  explicit PostgresNode(absl::Duration lease);

  const std::string& id() const { return id_; }
  absl::Duration lease_time() const { return lease_time_; }
  Lease lease() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes a free slot. UNAVAILABLE if there is none.
  absl::Status Take(PostgresConnection& connection) ABSL_LOCKS_EXCLUDED(mutex_);

  // Another process has the slot: forgets it. To be followed by Take.
  void Lose() ABSL_LOCKS_EXCLUDED(mutex_);

  // Releases the slot.
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
static_assert(kShards == 128);

// The slot of a key: SlotOfKey (base/ids.h) in SQL.
#define HOOKD_POSTGRES_SLOT_OF_KEY(key) "((" key " >> 14) & 63)"
static_assert(kKeySlots == 64 && kMaxKeyRun == 1 << 14);

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CLUSTER_NODE_H_
