#include "store/postgres/cluster/shards.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hookd::postgres {
namespace {

constexpr char kNodes[] =
    "SELECT n.slot, n.id, n.address, n.version, n.start_time, n.expire_time, n.waiting, n.oldest_waiting, "
    "n.in_flight, "
    "n.takes_part, (SELECT count(*) FROM shards s WHERE s.slot = n.slot AND s.slot_epoch = n.epoch) "
    "FROM nodes n WHERE n.expire_time >= " HOOKD_POSTGRES_NOW " ORDER BY n.slot";

std::vector<LiveNode> ReadNodes(const PostgresRows& rows, absl::Duration lease) {
  std::vector<LiveNode> nodes;
  nodes.reserve(static_cast<size_t>(rows.size()));
  for (int i = 0; i < rows.size(); ++i) {
    nodes.push_back({.slot = static_cast<int>(rows.Int(i, 0)),
                     .takes_part = rows.Int(i, 9) != 0,
                     .node = {.id = std::string(rows.Text(i, 1)),
                              .address = std::string(rows.Text(i, 2)),
                              .version = std::string(rows.Text(i, 3)),
                              .start_time = absl::FromUnixMicros(rows.Int(i, 4)),
                              .heartbeat_time = absl::FromUnixMicros(rows.Int(i, 5)) - lease,
                              .shards = static_cast<int>(rows.Int(i, 10)),
                              .figures = {.waiting = rows.Int(i, 6),
                                          .oldest_waiting = absl::Microseconds(rows.Int(i, 7)),
                                          .in_flight = static_cast<int>(rows.Int(i, 8))}}});
  }
  return nodes;
}

// Ends a failed transaction.
absl::Status RolledBack(PostgresConnection& connection, const absl::Status& status) {
  connection.Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace

absl::StatusOr<ClusterView> Heartbeat(PostgresConnection& connection, const PostgresNode& node,
                                      const std::string& address, bool joined, bool takes_part,
                                      const Cluster::Figures& figures,
                                      const std::string& waiting_by_project) {
  const PostgresNode::Lease lease = node.lease();
  connection.Queue("BEGIN ISOLATION LEVEL READ COMMITTED");
  // Locked first: a process that takes shards of this one waits, or has taken them before they are read
  // below.
  connection.Queue("UPDATE nodes SET expire_time = " HOOKD_POSTGRES_NOW
                   " + $3, address = $4, takes_part = $5, waiting = $6, oldest_waiting = $7, in_flight = $8, "
                   "says_what_it_knows = $9, "
                   "waiting_by_project = CASE WHEN $10 = '' THEN waiting_by_project ELSE $10::jsonb END "
                   "WHERE slot = $1 AND epoch = $2",
                   std::move(PostgresParameters()
                                 .Int(lease.slot)
                                 .Int(lease.generation)
                                 .Int(absl::ToInt64Microseconds(node.lease_time()))
                                 .Text(address)
                                 .Bool(takes_part)
                                 .Int(figures.waiting)
                                 .Int(absl::ToInt64Microseconds(figures.oldest_waiting))
                                 .Int(figures.in_flight)
                                 .Bool(joined)
                                 .Text(waiting_by_project)));
  connection.Queue("SELECT shard, epoch FROM shards WHERE slot = $1 AND slot_epoch = $2 ORDER BY shard",
                   std::move(PostgresParameters().Int(lease.slot).Int(lease.generation)));
  connection.Queue(kNodes);
  connection.Queue("COMMIT");
  const auto results = connection.Run();
  if (!results.ok()) return RolledBack(connection, results.status());
  ClusterView view;
  view.holds_slot = (*results)[1].changed() == 1;
  const PostgresRows& shards = (*results)[2];
  for (int i = 0; i < shards.size(); ++i) {
    view.held.push_back({.number = static_cast<int>(shards.Int(i, 0)), .epoch = shards.Int(i, 1)});
  }
  view.nodes = ReadNodes((*results)[3], node.lease_time());
  return view;
}

absl::StatusOr<std::set<int>> OtherSlots(PostgresConnection& connection, const PostgresNode& node) {
  const auto rows = connection.Query(
      "SELECT slot FROM nodes WHERE says_what_it_knows AND expire_time >= " HOOKD_POSTGRES_NOW
      " AND slot <> $1",
      std::move(PostgresParameters().Int(node.lease().slot)));
  if (!rows.ok()) return rows.status();
  std::set<int> slots;
  for (int i = 0; i < rows->size(); ++i) slots.insert(static_cast<int>(rows->Int(i, 0)));
  return slots;
}

int FairShardCount(const ClusterView& view, int slot) {
  int before = 0, all = 0;
  bool takes_part = false;
  for (const LiveNode& node : view.nodes) {
    if (!node.takes_part) continue;
    ++all;
    before += node.slot < slot;
    takes_part |= node.slot == slot;
  }
  return takes_part ? kShards / all + (before < kShards % all ? 1 : 0) : 0;
}

absl::StatusOr<std::vector<Cluster::Shard>> Acquire(PostgresConnection& connection, const PostgresNode& node,
                                                    int count) {
  const PostgresNode::Lease lease = node.lease();
  connection.Queue("BEGIN ISOLATION LEVEL READ COMMITTED");
  connection.Queue("SELECT 1 FROM nodes WHERE slot = $1 AND epoch = $2 FOR KEY SHARE",
                   std::move(PostgresParameters().Int(lease.slot).Int(lease.generation)));
  // Processes with an expired lease and without a transaction. Locked until the end of this one.
  connection.Queue("SELECT slot FROM nodes WHERE expire_time < " HOOKD_POSTGRES_NOW
                   " AND slot IN (SELECT slot FROM shards) ORDER BY slot FOR UPDATE SKIP LOCKED");
  // One process at a time. Otherwise a shard that another process takes between the read and the lock of the
  // statement below would be compared with its previous holder, as PostgreSQL joins a row that was changed
  // meanwhile with the old rows of tables that are not locked; and it would be taken again.
  connection.Queue("SELECT 1 FROM shards WHERE shard = 0 FOR UPDATE");
  const auto looked = connection.Run();
  if (!looked.ok()) return RolledBack(connection, looked.status());
  if ((*looked)[1].size() == 0)
    return RolledBack(connection, absl::UnavailableError("this process lost its slot"));
  std::vector<int64_t> dead;
  dead.reserve(static_cast<size_t>((*looked)[2].size()));
  for (int i = 0; i < (*looked)[2].size(); ++i) dead.push_back((*looked)[2].Int(i, 0));
  connection.Queue(
      "UPDATE shards SET epoch = epoch + 1, slot = $1, slot_epoch = $2 WHERE shard IN (SELECT s.shard FROM "
      "shards s "
      "LEFT JOIN nodes n ON n.slot = s.slot AND n.epoch = s.slot_epoch WHERE n.slot IS NULL OR n.slot = "
      "ANY ($3::bigint[]) ORDER BY s.shard LIMIT $4 FOR UPDATE OF s SKIP LOCKED) RETURNING shard, epoch",
      std::move(PostgresParameters().Int(lease.slot).Int(lease.generation).Ints(dead).Int(count)));
  connection.Queue("COMMIT");
  const auto taken = connection.Run();
  if (!taken.ok()) return RolledBack(connection, taken.status());
  std::vector<Cluster::Shard> shards;
  shards.reserve(static_cast<size_t>(taken->front().size()));
  for (int i = 0; i < taken->front().size(); ++i) {
    shards.push_back(
        {.number = static_cast<int>(taken->front().Int(i, 0)), .epoch = taken->front().Int(i, 1)});
  }
  return shards;
}

absl::Status Release(PostgresConnection& connection, const PostgresNode& node,
                     const std::vector<int64_t>& shards) {
  const PostgresNode::Lease lease = node.lease();
  connection.Queue("BEGIN ISOLATION LEVEL READ COMMITTED");
  connection.Queue("SELECT 1 FROM nodes WHERE slot = $1 AND epoch = $2 FOR UPDATE",
                   std::move(PostgresParameters().Int(lease.slot).Int(lease.generation)));
  connection.Queue(
      "UPDATE shards SET slot = -1 WHERE shard = ANY ($3::bigint[]) AND slot = $1 AND slot_epoch = $2",
      std::move(PostgresParameters().Int(lease.slot).Int(lease.generation).Ints(shards)));
  connection.Queue("COMMIT");
  const auto released = connection.Run();
  return released.ok() ? absl::OkStatus() : RolledBack(connection, released.status());
}

absl::StatusOr<std::vector<Cluster::Node>> ListNodes(PostgresConnection& connection, absl::Duration lease) {
  const auto rows = connection.Query(kNodes);
  if (!rows.ok()) return rows.status();
  std::vector<Cluster::Node> nodes;
  for (LiveNode& node : ReadNodes(*rows, lease)) nodes.push_back(std::move(node.node));
  return nodes;
}

}  // namespace hookd::postgres
