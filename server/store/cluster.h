// The other hookd processes on the same store: who has which webhooks, and what they did.
//
// Webhooks are divided into kShards shards, always in the same way, and each shard is held by one process at
// a time, by a lease with a fencing epoch: the store refuses outcomes of an older epoch. A store that only
// one process can open has no Cluster; then every shard is that process's own.
//
// Thread-safe. Owned by its store, and valid as long. No method but Leave blocks. Times are Clock::Steady's.
#ifndef HOOKD_STORE_CLUSTER_H_
#define HOOKD_STORE_CLUSTER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"

namespace hookd {

// Stored with every webhook's deliveries, and so never to be changed.
inline constexpr int kShards = 128;

// The shard of a webhook. Its key is a moment and a counter (base/ids.h): one or the other differs evenly.
inline int ShardOf(int64_t webhook_key) {
  return static_cast<int>(((webhook_key >> 20) + (webhook_key & 0xFFFFF)) % kShards);
}

class Cluster {
 public:
  struct Shard {
    int number = 0;
    int64_t epoch = 0;  // above 0, and above that of whoever had the shard before; see Outcome::epoch
  };

  // Deliveries of a webhook that were stored, and have not been attempted.
  struct Arrival {
    std::string project;
    int64_t webhook_key = 0;
    std::vector<int64_t> keys;  // ascending; none: it is not known which
  };

  // What a process has to do. Sent with its heartbeats.
  struct Figures {
    int64_t waiting = 0;  // deliveries that have not ended
    absl::Duration
        oldest_waiting;  // for how long the one waits that could have been attempted for the longest
    int in_flight = 0;   // attempts
  };

  // A process, as the others see it.
  struct Node {
    std::string id;  // of this run of it
    std::string address;
    std::string version;
    absl::Time start_time;
    absl::Time heartbeat_time;  // when it was last heard of
    int shards = 0;
    Figures figures;
  };

  // What a new holder of shards has to know.
  struct Takeover {
    std::vector<Backlog> backlogs;                              // of their webhooks
    std::vector<std::pair<int64_t, absl::Time>> failing_since;  // of their webhooks, by key, where it is set
  };

  // What a process is told. All calls come one at a time, on a thread of the cluster's, and must not block.
  class Listener {
   public:
    virtual ~Listener() = default;

    // Shards are this process's, or were lost: somebody else may have them already, and outcomes are refused.
    // A shard that is acquired was none of its, or was lost before.
    virtual void OnAcquired(const std::vector<Shard>& shards) = 0;
    virtual void OnLost(const std::vector<int>& shards) = 0;

    // Shards are to be given to another process, or up: HandedOver is to be called for each when nothing of
    // it is under way or unrecorded any more. It can still be lost before.
    virtual void OnHandOver(const std::vector<int>& shards) = 0;

    // Until then, at least, the shards are this process's and its configuration is what it was a second
    // before at most: no attempt may begin after that. Reckoned from before the store was asked. Never goes
    // back.
    virtual void OnConfirmed(absl::Time until) = 0;

    // Whether the store answers.
    virtual void OnReachable(bool reachable) = 0;

    // Deliveries of this process's shards, stored by others: all that became visible since OnAcquired, some
    // perhaps more than once, in no order. Ones that it stored itself may be among them.
    virtual void OnArrived(const std::vector<Arrival>& arrivals) = 0;

    // `count` deliveries of a webhook of this process's shards that had ended were made to wait again, since
    // `due`, by another process.
    virtual void OnWaitAgain(const std::string& project, int64_t webhook_key, int64_t count,
                             absl::Time due) = 0;

    // The configuration has changed: all changes since the store was opened, this process's own perhaps among
    // them, each of one webhook or token in their order. Some may be left out for later ones.
    virtual void OnWebhookChanged(const Webhook& webhook) = 0;
    virtual void OnWebhookDeleted(int64_t webhook_key) = 0;
    virtual void OnTokenCreated(const Token& token) = 0;
    virtual void OnTokenDeleted(int64_t key) = 0;

    // An outcome that another process recorded, while SetWatched says so: each once, in no order.
    virtual void OnOutcome(const std::string& project, const RecordedOutcome& outcome) = 0;

    // How many deliveries wait in all other processes' shards, as they said last.
    virtual void OnWaitingElsewhere(int64_t waiting) = 0;

    // What to tell the others; asked for with every heartbeat.
    virtual Figures GetFigures() = 0;
  };

  virtual ~Cluster() = default;

  // Takes part from now on: acquires its share of the shards, and tells the listener. Once. `address` is
  // where this process serves.
  virtual void Join(const std::string& address, Listener* listener) = 0;

  // What is there for the shards: everything that was visible before this call. For shards just acquired.
  virtual void LoadTakeover(std::vector<int> shards, std::function<void(absl::StatusOr<Takeover>)> done) = 0;

  // The shards that were to be handed over can be had by others, at once.
  virtual void HandedOver(const std::vector<int>& shards) = 0;

  // Whether outcomes of others are wanted from now on; `done` is called once they are told (or are told no
  // more), on any thread, and later if the store cannot be reached now.
  virtual void SetWatched(bool watched, std::function<void()> done) = 0;

  // Calls `done` once every process knows of a webhook's revision that this process stored: events that they
  // accept from then on are matched with it. At the end of a lease otherwise, when a process that the store
  // has not heard of cannot accept events any more; and when this process leaves. On a thread of the
  // cluster's.
  virtual void AwaitKnown(int64_t webhook_key, int64_t revision, std::function<void()> done) = 0;

  // Every process there is, this one included.
  virtual void ListNodes(std::function<void(absl::StatusOr<std::vector<Node>>)> done) = 0;

  // Whether this process can send requests; true at first. While not able, holds no shard: gives up at once
  // what it holds (OnLost, not OnHandOver, as attempts in flight may never end; their outcomes are refused by
  // the epoch) and acquires none. Able again, takes its share.
  virtual void SetAble(bool able) = 0;

  // Acquires nothing any more, and has all that it holds handed over.
  virtual void Retire() = 0;

  // Gives up whatever it still holds: nothing of it may be under way. Others know that it is gone, unless
  // that takes longer than `at_most`. The listener is not called any more once this returns. Nothing happens
  // without Join, or the second time.
  virtual void Leave(absl::Duration at_most) = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_CLUSTER_H_
