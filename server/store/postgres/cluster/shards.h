// Which shards this process holds, and how they are divided among the processes on the same PostgreSQL.
//
// A shard's row names its holder, and has an epoch that grows with each holder. A process that takes a shard
// from one whose lease expired locks the row of that node first, and every transaction that writes locks its
// own node's: so an old holder writes nothing after a new holder has read the shard's state.
#ifndef HOOKD_STORE_POSTGRES_CLUSTER_SHARDS_H_
#define HOOKD_STORE_POSTGRES_CLUSTER_SHARDS_H_

#include <array>
#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/cluster.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/connection.h"

namespace hookd {

// The shards that this process holds, for its writers. Thread-safe.
class PostgresShards {
 public:
  // Whether this process delivers to that webhook, and needs no notice of what it stores itself.
  bool Holds(int64_t webhook_key) const { return held_[static_cast<size_t>(ShardOf(webhook_key))].load(); }
  void Set(int shard, bool held) { held_[static_cast<size_t>(shard)].store(held); }

  // The channel of NOTIFY. Set once, before it is read.
  const std::string& channel() const { return channel_; }
  void SetChannel(std::string channel) { channel_ = std::move(channel); }

 private:
  std::array<std::atomic<bool>, kShards> held_ = {};
  std::string channel_;
};

namespace postgres {

// A process that is alive.
struct LiveNode {
  int slot = 0;
  bool takes_part = false;
  Cluster::Node node;
};

// The state of the cluster at one heartbeat.
struct ClusterView {
  bool holds_slot = false;  // this process still holds its slot
  std::vector<LiveNode> nodes;
  std::vector<Cluster::Shard> held;  // by this process
};

// Renews the process's lease, and reads the state of the cluster. `joined`: the process confirms changes of
// the configuration; `takes_part`: it wants shards. `waiting_by_project`: its pending deliveries as a JSON
// object, or empty if they have not changed since the last heartbeat.
absl::StatusOr<ClusterView> Heartbeat(PostgresConnection& connection, const PostgresNode& node,
                                      const std::string& address, bool joined, bool takes_part,
                                      const Cluster::Figures& figures, const std::string& waiting_by_project);

// How many shards that slot should hold: they are divided evenly among the processes that take part.
int FairShardCount(const ClusterView& view, int slot);

// Takes up to `count` shards that no process holds.
absl::StatusOr<std::vector<Cluster::Shard>> Acquire(PostgresConnection& connection, const PostgresNode& node,
                                                    int count);

// Releases shards. Waits for this process's current transaction.
absl::Status Release(PostgresConnection& connection, const PostgresNode& node,
                     const std::vector<int64_t>& shards);

// The slots of all other processes that confirm changes of the configuration.
absl::StatusOr<std::set<int>> OtherSlots(PostgresConnection& connection, const PostgresNode& node);

// Every process that is alive, with its shards counted.
absl::StatusOr<std::vector<Cluster::Node>> ListNodes(PostgresConnection& connection, absl::Duration lease);

}  // namespace postgres
}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CLUSTER_SHARDS_H_
