// This process among those on the same store: takes part in their cluster, and hands on to the parts of the
// server what it is told.
//
// Thread-safe; no method blocks. Owns nothing it is given; all of it must outlive the member and, where there
// is a cluster, be there until that was left.
#ifndef HOOKD_MEMBER_H_
#define HOOKD_MEMBER_H_

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

class Member : public Cluster::Listener {
 public:
  struct Parts {
    Cluster* cluster;  // null: no other process can have the store open
    Engine* engine;
    Tokens* tokens;
    Health* health;
    Clock* clock;
  };

  explicit Member(const Parts& parts) : parts_(parts), start_time_(parts.clock->Now()) {}

  // Takes part from now on, if there is a cluster. Once; `address` is where callers reach this process.
  void Join(const std::string& address);

  // Every process on the store; without a cluster, this one.
  void ListNodes(std::function<void(absl::StatusOr<std::vector<Cluster::Node>>)> done) const;

  void OnAcquired(const std::vector<Cluster::Shard>& shards) override;
  void OnLost(const std::vector<int>& shards) override;
  void OnHandOver(const std::vector<int>& shards) override;
  void OnConfirmed(absl::Time until) override;
  void OnReachable(bool reachable) override;
  void OnArrived(const std::vector<Cluster::Arrival>& arrivals) override;
  void OnWaitAgain(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due) override;
  void OnWebhookChanged(const Webhook& webhook) override;
  void OnWebhookDeleted(int64_t webhook_key) override;
  void OnTokenCreated(const Token& token) override;
  void OnTokenDeleted(int64_t key) override;
  void OnOutcome(const std::string& project, const RecordedOutcome& outcome) override;
  void OnWaitingElsewhere(int64_t waiting) override;
  Cluster::Figures GetFigures() override;

 private:
  Cluster::Figures Figures() const;

  const Parts parts_;
  const absl::Time start_time_;
  std::string address_;  // set by Join
};

}  // namespace hookd

#endif  // HOOKD_MEMBER_H_
