// Which shards this process holds, and how they are shared out among the processes on the same PostgreSQL.
//
// A shard's row names its holder, and has an epoch that grows with each. Whoever takes a shard from a process
// that is not heard of locks that one's node first, and every transaction that writes locks its own: so
// nothing of an older holder is written after a newer one has read what there is.
#ifndef HOOKD_STORE_POSTGRES_SHARES_H_
#define HOOKD_STORE_POSTGRES_SHARES_H_

#include <array>
#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/cluster.h"
#include "store/postgres/connection.h"
#include "store/postgres/node.h"

namespace hookd {

// What writers ask of the shares. Thread-safe.
class PostgresShares {
 public:
  // Whether this process delivers to that webhook, and need not be told of what it stores itself.
  bool Holds(int64_t webhook_key) const { return held_[static_cast<size_t>(ShardOf(webhook_key))].load(); }
  void Set(int shard, bool held) { held_[static_cast<size_t>(shard)].store(held); }

  // Of NOTIFY. Set once, before it is asked for.
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

// All of it, as it stood at one heartbeat.
struct ClusterView {
  bool holds_slot = false;  // this process's slot is still its own
  std::vector<LiveNode> nodes;
  std::vector<Cluster::Shard> held;  // by this process
};

// Renews the process's lease, tells the others of it, and looks at them. One that has joined may be told of
// changes, and says that it knows of them; one that takes part wants shards.
absl::StatusOr<ClusterView> Heartbeat(PostgresConnection& connection, const PostgresNode& node,
                                      const std::string& address, bool joined, bool takes_part,
                                      const Cluster::Figures& figures);

// How many shards are that slot's: they are divided evenly among those that take part.
int ShareOf(const ClusterView& view, int slot);

// Takes up to `count` shards that nobody holds.
absl::StatusOr<std::vector<Cluster::Shard>> Acquire(PostgresConnection& connection, const PostgresNode& node,
                                                    int count);

// Gives shards up. Waits for this process's transaction that is under way.
absl::Status Release(PostgresConnection& connection, const PostgresNode& node,
                     const std::vector<int64_t>& shards);

// The slots of all other processes that have joined, and say which changes they know of.
absl::StatusOr<std::set<int>> OtherSlots(PostgresConnection& connection, const PostgresNode& node);

// Every process that is alive, with its shards counted.
absl::StatusOr<std::vector<Cluster::Node>> ListNodes(PostgresConnection& connection, absl::Duration lease);

}  // namespace postgres
}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_SHARES_H_
