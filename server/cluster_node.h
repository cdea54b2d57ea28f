// This process as a node of the cluster of processes on the same store: joins the cluster and passes its
// notifications to the parts of the server.
//
// Thread-safe; no method blocks. Owns none of its parts, which must outlive it and, if there is a cluster,
// must exist until this process has left the cluster.
#ifndef HOOKD_CLUSTER_NODE_H_
#define HOOKD_CLUSTER_NODE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "access/tokens.h"
#include "base/clock.h"
#include "delivery/engine.h"
#include "health.h"
#include "store/cluster.h"

namespace hookd {

class ClusterNode : public Cluster::Listener {
 public:
  struct Parts {
    Cluster* cluster;  // null if only one process can have the store open
    Engine* engine;
    Tokens* tokens;
    Health* health;
    Clock* clock;
  };

  explicit ClusterNode(const Parts& parts) : parts_(parts), start_time_(parts.clock->Now()) {}

  // Joins the cluster, if there is one. Call it once. `address` is where clients reach this process.
  void Join(const std::string& address);

  // Passes every process on the store to `done`; without a cluster, only this one.
  void ListNodes(std::function<void(absl::StatusOr<std::vector<Cluster::Node>>)> done) const;

  // The name of this process among those on the store, `nodes/{node}`, and when it started.
  std::string name() const;
  absl::Time start_time() const { return start_time_; }

  // Cluster::Listener.
  void OnAcquired(const std::vector<Cluster::Shard>& shards) override;
  void OnLost(const std::vector<int>& shards) override;
  void OnRelease(const std::vector<int>& shards) override;
  void OnConfirmed(absl::Time until) override;
  void OnReachable(bool reachable) override;
  void OnArrived(const std::vector<Cluster::Arrival>& arrivals) override;
  void OnRedelivered(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due) override;
  void OnWebhookChanged(const Webhook& webhook) override;
  void OnWebhookDeleted(int64_t webhook_key) override;
  void OnTokenCreated(const Token& token) override;
  void OnTokenDeleted(int64_t key) override;
  void OnOutcome(const std::string& project, const RecordedOutcome& outcome) override;
  void OnPendingElsewhere(int64_t waiting) override;
  Cluster::Figures GetFigures() override;

 private:
  Cluster::Figures Figures() const;

  const Parts parts_;
  const absl::Time start_time_;
  std::string address_;  // set by Join
};

}  // namespace hookd

#endif  // HOOKD_CLUSTER_NODE_H_
