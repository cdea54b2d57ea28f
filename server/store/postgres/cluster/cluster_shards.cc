// The part of PostgresCluster for its lease and its shards.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "store/postgres/cluster/cluster.h"

namespace hookd {
namespace {

// Heartbeats in a lease: the lease survives the loss of some.
constexpr int kHeartbeatsPerLease = 4;

// Ids need no escapes.
std::string ToJson(const std::map<std::string, int64_t>& counts) {
  return absl::StrCat("{",
                      absl::StrJoin(counts, ",",
                                    [](std::string* out, const auto& count) {
                                      absl::StrAppend(out, "\"", count.first, "\":", count.second);
                                    }),
                      "}");
}

}  // namespace

absl::Status PostgresCluster::DoHeartbeat(PostgresConnection& connection) {
  bool able = true, retired = false;
  {
    absl::MutexLock lock(&mutex_);
    able = able_;
    retired = retired_;
  }
  if (!able) LoseAll();
  const bool takes_part = listener_ != nullptr && able && !retired;
  const auto view = RenewLease(connection, takes_part);
  if (!view.ok()) return view.status();
  if (!view->holds_slot || listener_ == nullptr) return absl::OkStatus();
  int64_t elsewhere = 0;
  for (const postgres::LiveNode& node : view->nodes) {
    if (node.slot != parts_.node->lease().slot) elsewhere += node.node.figures.waiting;
  }
  listener_->OnPendingElsewhere(elsewhere);
  absl::Status status = ReleaseUnheld(connection, *view);
  if (status.ok() && takes_part != takes_part_) {
    // The others' parts of the shards change too.
    status = NotifyOthers(connection);
    if (status.ok()) takes_part_ = takes_part;
  }
  return status.ok() ? Balance(connection, *view) : status;
}

absl::StatusOr<postgres::ClusterView> PostgresCluster::RenewLease(PostgresConnection& connection,
                                                                  bool takes_part) {
  std::string address;
  {
    absl::MutexLock lock(&mutex_);
    address = address_;
  }
  if (parts_.node->lease().slot < 0) {
    const absl::Status taken = parts_.node->Take(connection);
    if (!taken.ok()) return taken;
    parts_.on_slot(connection);
    reported_waiting_.clear();
  }
  const absl::Time sent = clock_->Steady();
  const Figures figures = listener_ == nullptr ? Figures() : listener_->GetFigures();
  std::string waiting = ToJson(figures.waiting_by_project);
  auto view = postgres::Heartbeat(connection, *parts_.node, address, listener_ != nullptr, takes_part,
                                  figures, waiting == reported_waiting_ ? "" : waiting);
  if (!view.ok()) return view.status();
  reported_waiting_ = std::move(waiting);
  if (!view->holds_slot) {
    LogWarning("slot lost: the lease expired and another process took the slot");
    parts_.node->Lose();
    LoseAll();
    return view;  // the next round takes another slot
  }
  next_heartbeat_ = sent + parts_.node->lease_time() / kHeartbeatsPerLease;
  // Shards that were taken after this process's lease expired.
  std::vector<int> lost;
  for (const auto& [shard, held] : held_) {
    const auto same = [&, number = shard, epoch = held.epoch](const Shard& each) {
      return each.number == number && each.epoch == epoch;
    };
    if (std::none_of(view->held.begin(), view->held.end(), same)) lost.push_back(shard);
  }
  Lose(lost);
  lease_end_ = sent + parts_.node->lease_time();
  return view;
}

absl::Status PostgresCluster::ReleaseUnheld(PostgresConnection& connection,
                                            const postgres::ClusterView& view) {
  // Released shards, and shards whose acquisition was committed without an answer.
  std::vector<int64_t> unheld;
  for (const Shard& shard : view.held) {
    if (!held_.contains(shard.number)) unheld.push_back(shard.number);
  }
  if (unheld.empty()) return absl::OkStatus();
  const absl::Status released = postgres::Release(connection, *parts_.node, unheld);
  if (!released.ok()) return released;
  LogInfo("released shards", {{"shards", unheld.size()}});
  return NotifyOthers(connection);
}

absl::Status PostgresCluster::Balance(PostgresConnection& connection, const postgres::ClusterView& view) {
  const int fair_count = postgres::FairShardCount(view, parts_.node->lease().slot);
  std::vector<int> surplus;
  int kept = 0;
  for (auto& [shard, held] : held_) {
    if (held.handing_over || ++kept <= fair_count) continue;
    held.handing_over = true;
    surplus.push_back(shard);
  }
  if (!surplus.empty()) listener_->OnRelease(surplus);
  if (kept >= fair_count) return absl::OkStatus();
  const auto acquired = postgres::Acquire(connection, *parts_.node, fair_count - kept);
  if (!acquired.ok()) return acquired.status();
  for (const Shard& shard : *acquired) {
    held_[shard.number] = {.epoch = shard.epoch};
    parts_.shards->Set(shard.number, true);
  }
  if (!acquired->empty()) listener_->OnAcquired(*acquired);
  return absl::OkStatus();
}

void PostgresCluster::Lose(const std::vector<int>& shards) {
  for (const int shard : shards) {
    held_.erase(shard);
    parts_.shards->Set(shard, false);
  }
  if (!shards.empty() && listener_ != nullptr) listener_->OnLost(shards);
}

void PostgresCluster::LoseAll() {
  std::vector<int> all;
  for (const auto& [shard, held] : held_) all.push_back(shard);
  Lose(all);
}

}  // namespace hookd
