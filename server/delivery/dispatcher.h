// Delivers what was accepted: makes the attempts that the scheduler decides on, records what became of each,
// and has failed ones tried again as the webhook's retry policy says. An attempt that hookd itself could not
// make (HttpFault::kHookd) is none: nothing is recorded of it, and the delivery waits as it did (hold.h).
//
// A change of a webhook holds from the next attempt on: an edited one gets its waiting deliveries at the new
// URL, a disabled or deleted one has them canceled.
//
// Where several processes share a store, it attempts what is in the shards it holds, as long as it is
// confirmed that it does and that the table is right (store/cluster.h).
//
// Thread-safe; no method but Start and Drain blocks. Owns nothing it is given; the store and the HTTP client
// call back into it until they are destroyed, so it is destroyed after both.
#ifndef HOOKD_DELIVERY_DISPATCHER_H_
#define HOOKD_DELIVERY_DISPATCHER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "delivery/attempt_log.h"
#include "delivery/scheduler.h"
#include "delivery/webhook_table.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/cluster.h"
#include "store/store.h"

namespace hookd {

class AutoDisable;
class OutcomeFeed;
class WaitingCounts;

class Dispatcher {
 public:
  // What it works with.
  struct Parts {
    Store* store;  // whose cluster, if it has one, says which shards are held
    HttpClient* http;
    const WebhookTable* table;
    WaitingCounts* counts;
    OutcomeFeed* feed;
    Clock* clock;  // not behind the store's (Store::opened_at_least), or what waits there would wait for that
    Random* random;
    Metrics* metrics;
    // By how much that clock is ahead of the one that Confirm is reckoned with.
    absl::Duration ahead = absl::ZeroDuration();
    // How many outcomes the store has set aside (CommitQueue): Drain waits for none of them. Null: none ever.
    const std::atomic<size_t>* set_aside = nullptr;
  };

  Dispatcher(const Parts& parts, const Scheduler::Options& options);
  ~Dispatcher();

  // Who is told of attempts that failed, and of each that succeeds where the one before it is not known to
  // have. Before Start; must not block.
  void SetAutoDisable(AutoDisable* auto_disable) { auto_disable_ = auto_disable; }

  // Takes up what the store holds from before; once, with the table filled and before any Enqueue. Not where
  // there is a cluster.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes over deliveries of the project that have just been stored, in the order of their keys. To be called
  // in the order of commit. They are counted as waiting already.
  void Enqueue(const std::string& project, std::vector<QueuedDelivery> deliveries)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // `count` deliveries of the webhook that had ended, and are counted as waiting, were stored as waiting
  // again, since `due`.
  void WaitAgain(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // As Cluster::Listener has it.
  void Acquire(const std::vector<Cluster::Shard>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void Lose(const std::vector<int>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void HandOver(const std::vector<int>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void Confirm(absl::Time until) ABSL_LOCKS_EXCLUDED(mutex_);
  void Arrived(const std::vector<Cluster::Arrival>& arrivals) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the shard is held.
  bool Holds(int shard) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The table has changed for this webhook.
  void WebhookChanged(int64_t webhook_key) ABSL_LOCKS_EXCLUDED(mutex_);

  // Begins no attempt any more, and waits until all under way are recorded, or for `timeout`. What is under
  // way then is not recorded: it stands as pending, and is made again after the next start.
  void Drain(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

  // How much there is to do now; for how long the delivery waits that could have been attempted for the
  // longest.
  Scheduler::Load load() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Duration longest_wait(const Scheduler::Load& load) const;

 private:
  using Task = Scheduler::Task;
  using Work = Scheduler::Work;

  void OnTimer() ABSL_LOCKS_EXCLUDED(mutex_);
  // Says what happened to the scheduler under the lock, then does what is to be done without it.
  template <typename Happened>
  void Tell(Happened happened) ABSL_LOCKS_EXCLUDED(mutex_);
  Work TakeTurns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(Work work) ABSL_LOCKS_EXCLUDED(mutex_);

  bool IsConfirmed() const { return absl::ToUnixNanos(parts_.clock->Steady()) < confirmed_until_ns_; }
  void Send(Task task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Its event cannot be read any more: it fails without an attempt.
  void FailUnreadable(Task task) ABSL_LOCKS_EXCLUDED(mutex_);
  // It is not sent: it is not sure any more that it may be.
  void GiveBack(const Task& task) ABSL_LOCKS_EXCLUDED(mutex_);
  // hookd could not send it: the delivery waits as it did.
  void NotSent(const Task& task, const HttpResult& result) ABSL_LOCKS_EXCLUDED(mutex_);
  // `request_headers` as they may be shown.
  void OnAttempt(Task task, absl::Time start_time, HttpHeaders request_headers, HttpResult result)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts what a delivery came to, and when, once that is durable.
  void Count(const QueuedDelivery& delivery, DeliveryState state, absl::Time ended) const;
  void Record(Task task, Outcome outcome) ABSL_LOCKS_EXCLUDED(mutex_);
  void Read(const WaitingQuery& query) ABSL_LOCKS_EXCLUDED(mutex_);
  // What is there for shards that were acquired.
  void LoadTakeover(const std::vector<Cluster::Shard>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeUp(const std::vector<Cluster::Shard>& shards, const Cluster::Takeover& takeover)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const Parts parts_;
  Cluster* const cluster_;  // null: there is none
  AutoDisable* auto_disable_ = nullptr;
  AttemptLog log_;

  mutable absl::Mutex mutex_;
  Scheduler scheduler_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int64_t> confirmed_until_ns_;  // in nanoseconds since the Unix epoch
  // Shards whose takeover could not be loaded, and when that is tried again.
  std::vector<Cluster::Shard> to_load_ ABSL_GUARDED_BY(mutex_);
  absl::Time load_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::Time timer_due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  int unrecorded_ ABSL_GUARDED_BY(mutex_) = 0;  // tasks whose outcome is not yet durable
  int doing_ ABSL_GUARDED_BY(mutex_) = 0;       // threads in Do
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool drained_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_DISPATCHER_H_
