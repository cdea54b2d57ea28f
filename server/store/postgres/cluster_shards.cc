// The part of PostgresCluster that is about its lease and its shards.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "store/postgres/cluster.h"

namespace hookd {
namespace {

// Heartbeats in a lease: some may be lost before it is.
constexpr int kHeartbeatsPerLease = 4;

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
  listener_->OnWaitingElsewhere(elsewhere);
  absl::Status status = ReleaseUnheld(connection, *view);
  if (status.ok() && takes_part != takes_part_) {
    // What is theirs changes with it.
    status = TellOthers(connection);
    if (status.ok()) takes_part_ = takes_part;
  }
  return status.ok() ? Share(connection, *view) : status;
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
  }
  const absl::Time sent = clock_->Steady();
  auto view = postgres::Heartbeat(connection, *parts_.node, address, listener_ != nullptr, takes_part,
                                  listener_ == nullptr ? Figures() : listener_->GetFigures());
  if (!view.ok()) return view.status();
  if (!view->holds_slot) {
    LogWarning("this process was silent for so long that another took its place on the store");
    parts_.node->Lose();
    LoseAll();
    return view;  // and takes another place with the next round
  }
  next_heartbeat_ = sent + parts_.node->lease_time() / kHeartbeatsPerLease;
  // What was taken while this process was not heard of.
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
  // Besides those that were given up, ones whose acquisition was committed and its answer lost.
  std::vector<int64_t> unheld;
  for (const Shard& shard : view.held) {
    if (!held_.contains(shard.number)) unheld.push_back(shard.number);
  }
  if (unheld.empty()) return absl::OkStatus();
  const absl::Status released = postgres::Release(connection, *parts_.node, unheld);
  if (!released.ok()) return released;
  LogInfo("released shards", {{"shards", unheld.size()}});
  return TellOthers(connection);
}

absl::Status PostgresCluster::Share(PostgresConnection& connection, const postgres::ClusterView& view) {
  const int share = postgres::ShareOf(view, parts_.node->lease().slot);
  std::vector<int> surplus;
  int kept = 0;
  for (auto& [shard, held] : held_) {
    if (held.handing_over || ++kept <= share) continue;
    held.handing_over = true;
    surplus.push_back(shard);
  }
  if (!surplus.empty()) listener_->OnHandOver(surplus);
  if (kept >= share) return absl::OkStatus();
  const auto acquired = postgres::Acquire(connection, *parts_.node, share - kept);
  if (!acquired.ok()) return acquired.status();
  for (const Shard& shard : *acquired) {
    held_[shard.number] = {.epoch = shard.epoch};
    parts_.shares->Set(shard.number, true);
  }
  if (!acquired->empty()) listener_->OnAcquired(*acquired);
  return absl::OkStatus();
}

void PostgresCluster::Lose(const std::vector<int>& shards) {
  for (const int shard : shards) {
    held_.erase(shard);
    parts_.shares->Set(shard, false);
  }
  if (!shards.empty() && listener_ != nullptr) listener_->OnLost(shards);
}

void PostgresCluster::LoseAll() {
  std::vector<int> all;
  for (const auto& [shard, held] : held_) all.push_back(shard);
  Lose(all);
}

}  // namespace hookd
