// The hookd processes on the same store: which shards each of them holds, and what the others changed.
//
// Webhooks are divided into kShards shards, and one process at a time holds a shard, by a lease with a
// fencing epoch: the store refuses outcomes of an older epoch. A store that only one process can open has no
// Cluster; that process then holds every shard.
//
// Thread-safe. Owned by its store, and valid as long. No method but Leave blocks. Times are Clock::Steady's.
#ifndef HOOKD_STORE_CLUSTER_H_
#define HOOKD_STORE_CLUSTER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"

namespace hookd {

// The stores divide their data by it: it must never change.
inline constexpr int kShards = 128;

// The id of the process when only one process can have the store open.
inline constexpr char kOnlyNode[] = "only";

// The shard of a webhook. Its key is a time and a counter (base/ids.h): their sum is spread evenly.
inline int ShardOf(int64_t webhook_key) {
  return static_cast<int>(((webhook_key >> 20) + (webhook_key & 0xFFFFF)) % kShards);
}

class Cluster {
 public:
  struct Shard {
    int number = 0;
    int64_t epoch = 0;  // above 0, and above that of the previous holder; see Outcome::epoch
  };

  // Deliveries of a webhook that were stored and not yet attempted.
  struct Arrival {
    std::string project;
    int64_t webhook_key = 0;
    std::vector<int64_t> keys;  // ascending; empty if they are not known
  };

  // The load of a process. Sent with its heartbeats.
  struct Figures {
    int64_t waiting = 0;            // pending deliveries
    absl::Duration oldest_waiting;  // how long the oldest delivery that could be attempted has been pending
    int in_flight = 0;              // attempts
    std::map<std::string, int64_t> waiting_by_project;  // only those above 0
  };

  // A process, as the others see it.
  struct Node {
    std::string id;  // of this run of the process
    std::string address;
    std::string version;
    absl::Time start_time;
    absl::Time heartbeat_time;  // of its last heartbeat
    int shards = 0;
    Figures figures;
  };

  // What a new holder of shards needs.
  struct ShardContents {
    std::vector<Backlog> backlogs;                              // of their webhooks
    std::vector<std::pair<int64_t, absl::Time>> failing_since;  // of their webhooks that have it, by key
  };

  // Is notified of changes. Called by one thread of the cluster, one call at a time. Must not block.
  class Listener {
   public:
    virtual ~Listener() = default;

    // This process acquired shards that it did not hold; or lost shards, which another process may hold
    // already: outcomes are refused.
    virtual void OnAcquired(const std::vector<Shard>& shards) = 0;
    virtual void OnLost(const std::vector<int>& shards) = 0;

    // Shards are to be released. Call Release for each when none of its attempts is in flight and all
    // outcomes are recorded. It can still be lost before.
    virtual void OnRelease(const std::vector<int>& shards) = 0;

    // Until that time, at least, the shards are this process's and its configuration is at most a second old:
    // no attempt may begin after it. Calculated from before the store was asked. Never decreases.
    virtual void OnConfirmed(absl::Time until) = 0;

    // Whether the store can be reached.
    virtual void OnReachable(bool reachable) = 0;

    // Other processes stored deliveries of this process's shards. Reports everything that became visible
    // since OnAcquired, in no order, perhaps more than once; may include what this process stored itself.
    virtual void OnArrived(const std::vector<Arrival>& arrivals) = 0;

    // Another process requested the redelivery of `count` deliveries of a webhook of this process's shards,
    // due since `due`.
    virtual void OnRedelivered(const std::string& project, int64_t webhook_key, int64_t count,
                               absl::Time due) = 0;

    // The configuration changed. Reports all changes since the store was opened, perhaps this process's own
    // too; the changes of one webhook or token in their order, where a later one may replace an earlier one.
    virtual void OnWebhookChanged(const Webhook& webhook) = 0;
    virtual void OnWebhookDeleted(int64_t webhook_key) = 0;
    virtual void OnTokenCreated(const Token& token) = 0;
    virtual void OnTokenDeleted(int64_t key) = 0;

    // Another process recorded an outcome. Reports each once, in no order, while SetWatched is true.
    virtual void OnOutcome(const std::string& project, const RecordedOutcome& outcome) = 0;

    // How many deliveries are pending in the shards of all other processes, by their last heartbeats.
    virtual void OnPendingElsewhere(int64_t waiting) = 0;

    // The load of this process. Called for every heartbeat.
    virtual Figures GetFigures() = 0;
  };

  virtual ~Cluster() = default;

  // Joins the cluster: acquires this process's part of the shards, and notifies the listener. Call once.
  // `address` is where this process serves.
  virtual void Join(const std::string& address, Listener* listener) = 0;

  // Everything about the shards that was visible before this call. For shards that were just acquired.
  virtual void LoadShards(std::vector<int> shards,
                          std::function<void(absl::StatusOr<ShardContents>)> done) = 0;

  // Releases shards that OnRelease named: other processes can acquire them at once.
  virtual void Release(const std::vector<int>& shards) = 0;

  // Whether OnOutcome is to be called from now on. `done` is called once that is so, on any thread; later if
  // the store cannot be reached.
  virtual void SetWatched(bool watched, std::function<void()> done) = 0;

  // Calls `done` once every process uses a webhook's revision that this process stored: it matches the events
  // that it accepts from then on. If a process does not confirm that, `done` is called when that process's
  // lease has expired, after which it cannot accept events; and when this process leaves. On a thread of the
  // cluster.
  virtual void AwaitKnown(int64_t webhook_key, int64_t revision, std::function<void()> done) = 0;

  // The id of this process, as in Node.
  virtual std::string node_id() const = 0;

  // Every process, this one included.
  virtual void ListNodes(std::function<void(absl::StatusOr<std::vector<Node>>)> done) = 0;

  // Whether this process can send requests; initially true. A process that cannot holds no shard: it loses
  // its shards at once (OnLost, not OnRelease, as attempts in flight may never end; their outcomes are
  // refused by the epoch) and acquires none until it can send again.
  virtual void SetAble(bool able) = 0;

  // Acquires no more shards, and releases all that it holds, through OnRelease.
  virtual void Retire() = 0;

  // Releases all shards at once. Requires: no attempt is in flight. Notifies the other processes, unless that
  // takes longer than `at_most`. The listener is not called after this returns. Does nothing without Join, or
  // when called again.
  virtual void Leave(absl::Duration at_most) = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_CLUSTER_H_
