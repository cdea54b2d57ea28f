#include "cluster_node.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/version.h"

namespace hookd {
void ClusterNode::Join(const std::string& address) {
  address_ = address;
  if (parts_.cluster == nullptr) return;
  parts_.engine->feed()->SetSource([cluster = parts_.cluster](bool watched, std::function<void()> done) {
    cluster->SetWatched(watched, std::move(done));
  });
  parts_.cluster->Join(address, this);
}

void ClusterNode::ListNodes(std::function<void(absl::StatusOr<std::vector<Cluster::Node>>)> done) const {
  if (parts_.cluster != nullptr) return parts_.cluster->ListNodes(std::move(done));
  done(std::vector<Cluster::Node>{{.id = kOnlyNode,
                                   .address = address_,
                                   .version = kVersion,
                                   .start_time = start_time_,
                                   .heartbeat_time = parts_.clock->Now(),
                                   .shards = kShards,
                                   .figures = Figures()}});
}

std::string ClusterNode::name() const {
  return absl::StrCat("nodes/", parts_.cluster == nullptr ? kOnlyNode : parts_.cluster->node_id());
}

Cluster::Figures ClusterNode::Figures() const {
  const Scheduler::Load load = parts_.engine->dispatcher()->load();
  return {.waiting = parts_.engine->counts()->total(),
          .oldest_waiting = parts_.engine->dispatcher()->longest_wait(load),
          .in_flight = load.in_flight};
}

void ClusterNode::OnAcquired(const std::vector<Cluster::Shard>& shards) {
  parts_.engine->dispatcher()->Acquire(shards);
}

void ClusterNode::OnLost(const std::vector<int>& shards) {
  LogWarning("shards lost: other processes may hold them", {{"shards", shards.size()}});
  parts_.engine->dispatcher()->Lose(shards);
}

void ClusterNode::OnRelease(const std::vector<int>& shards) {
  LogInfo("releasing shards", {{"shards", shards.size()}});
  parts_.engine->dispatcher()->Release(shards);
}

void ClusterNode::OnConfirmed(absl::Time until) { parts_.engine->dispatcher()->Confirm(until); }

void ClusterNode::OnReachable(bool reachable) { parts_.health->SetWritable(reachable); }

void ClusterNode::OnArrived(const std::vector<Cluster::Arrival>& arrivals) {
  parts_.engine->dispatcher()->EnqueueArrivals(arrivals);
}

void ClusterNode::OnRedelivered(const std::string& project, int64_t webhook_key, int64_t count,
                                absl::Time due) {
  parts_.engine->counts()->AddStored(project, count);
  parts_.engine->dispatcher()->EnqueueRedeliveries(project, webhook_key, count, due);
}

void ClusterNode::OnWebhookChanged(const Webhook& webhook) { parts_.engine->webhooks()->OnChanged(webhook); }

void ClusterNode::OnWebhookDeleted(int64_t webhook_key) { parts_.engine->webhooks()->OnDeleted(webhook_key); }

void ClusterNode::OnTokenCreated(const Token& token) { parts_.tokens->OnCreated(token); }

void ClusterNode::OnTokenDeleted(int64_t key) { parts_.tokens->OnDeleted(key); }

void ClusterNode::OnOutcome(const std::string& project, const RecordedOutcome& outcome) {
  if (parts_.engine->feed()->watched()) parts_.engine->feed()->Publish(project, outcome);
}

void ClusterNode::OnPendingElsewhere(int64_t waiting) { parts_.engine->counts()->SetElsewhere(waiting); }

Cluster::Figures ClusterNode::GetFigures() {
  Cluster::Figures figures = Figures();
  figures.waiting_by_project = parts_.engine->counts()->Largest(limits::kMaxProjectsReported);
  return figures;
}

}  // namespace hookd
