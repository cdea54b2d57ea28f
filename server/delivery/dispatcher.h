// Delivers accepted events: makes the attempts that the scheduler decides on, records their outcomes, and has
// failed ones retried as the webhook's retry policy says. An attempt that hookd itself could not make
// (HttpFault::kHookd) does not count: no outcome is recorded, and the delivery is pending as before (hold.h).
//
// A change of a webhook applies from the next attempt on: the pending deliveries of an edited webhook go to
// its new URL, those of a disabled or deleted one are canceled.
//
// Where several processes share a store, the dispatcher makes attempts for the shards that this process
// holds, as long as it is confirmed that it holds them and that the webhook table is current
// (store/cluster.h).
//
// Thread-safe; no method blocks, except Start and Drain. Owns nothing that it is given; the store and the
// HTTP client call back into it until they are destroyed, so destroy it after both.
#ifndef HOOKD_DELIVERY_DISPATCHER_H_
#define HOOKD_DELIVERY_DISPATCHER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "delivery/attempts/attempt_log.h"
#include "delivery/attempts/delivery_task.h"
#include "delivery/scheduling/scheduler.h"
#include "delivery/webhook_table.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/cluster.h"
#include "store/store.h"

namespace hookd {

class AutoDisable;
class OutcomeFeed;
class PendingCounts;
class Statistics;
struct CountedOutcome;

class Dispatcher {
 public:
  struct Parts {
    Store* store;  // its cluster, if it has one, says which shards are held
    HttpClient* http;
    const WebhookTable* table;
    PendingCounts* counts;
    OutcomeFeed* feed;
    HealthBoard* health;
    Statistics* statistics;
    Clock* clock;  // not behind Store::opened_at_least, or pending deliveries would be late by as much
    Random* random;
    Metrics* metrics;
    absl::Duration ahead = absl::ZeroDuration();  // of that clock, compared with the one that Confirm uses
    // How many outcomes the store has set aside (CommitQueue), for which Drain does not wait. Null: none.
    const std::atomic<size_t>* set_aside = nullptr;
    std::string node = kOnlyNode;  // the id of this process, which its attempts have
  };

  Dispatcher(const Parts& parts, const Scheduler::Options& options);
  ~Dispatcher();

  // From now on notifies `auto_disable` of every failed attempt, and of every successful one unless the
  // attempt before it is known to have succeeded. Call it before Start. Its methods must not block.
  void SetAutoDisable(AutoDisable* auto_disable) { auto_disable_ = auto_disable; }

  // Begins to deliver what is pending in the store. Requires: the table is filled, Enqueue has not been
  // called, and there is no cluster. Call it once.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);

  // Deliveries of the project have just been stored, and are counted as pending. Requires: they come in the
  // order of their keys, and calls in the order of commit.
  void Enqueue(const std::string& project, int64_t project_key, std::vector<QueuedDelivery> deliveries)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // `count` deliveries of the webhook that had ended were stored as pending again, due since `due`, and are
  // counted as pending.
  void EnqueueRedeliveries(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // See Cluster::Listener.
  void Acquire(const std::vector<Cluster::Shard>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void Lose(const std::vector<int>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void Release(const std::vector<int>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void Confirm(absl::Time until) ABSL_LOCKS_EXCLUDED(mutex_);
  void EnqueueArrivals(const std::vector<Cluster::Arrival>& arrivals) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether this process holds the shard.
  bool Holds(int shard) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The table has changed for this webhook. With another URL its health, and the time for which it has
  // failed, begin again.
  void WebhookChanged(int64_t webhook_key, bool has_new_url = false) ABSL_LOCKS_EXCLUDED(mutex_);

  // Begins no more attempts, and waits until those in flight are recorded, or for `timeout`. Attempts that
  // are in flight after that are not recorded: their deliveries stay pending, and are attempted after the
  // next start.
  void Drain(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

  // How much there is to do now, and for how long a delivery could have been attempted, the most.
  Scheduler::Load load() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Duration longest_wait(const Scheduler::Load& load) const;

 private:
  using Work = Scheduler::Work;

  void OnTimer() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reports an event to the scheduler with `report`, under the lock, then does the work that follows from it,
  // without the lock.
  template <typename Report>
  void Update(Report report) ABSL_LOCKS_EXCLUDED(mutex_);
  Work TakeWork() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Execute(Work work) ABSL_LOCKS_EXCLUDED(mutex_);

  // Attempts.
  bool IsConfirmed() const { return absl::ToUnixNanos(parts_.clock->Steady()) < confirmed_until_ns_; }
  void Execute(DeliveryTask task) ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(DeliveryTask task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Fails a delivery whose event cannot be parsed, without an attempt.
  void FailUnreadable(DeliveryTask task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Does not send it, as this process may not hold its shard any more.
  void Requeue(const DeliveryTask& task) ABSL_LOCKS_EXCLUDED(mutex_);
  // hookd could not send it.
  void OnNotSent(const DeliveryTask& task, const HttpResult& result) ABSL_LOCKS_EXCLUDED(mutex_);
  // `request_headers` are redacted.
  void OnAttempt(DeliveryTask task, absl::Time start_time, HttpHeaders request_headers, HttpResult result)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void NotifyAutoDisable(const DeliveryTask& task, const Attempt& attempt, bool was_proven);
  void Record(DeliveryTask task, Outcome outcome) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnRecorded(const DeliveryTask& task, const Delivery& delivery, const CountedOutcome& counted,
                  absl::Time ended, int64_t key) ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts an outcome once it is durable; `ended` is when the attempt ended.
  void Count(const QueuedDelivery& delivery, DeliveryState state, absl::Time ended) const;

  // Reads of the store.
  void Read(const PendingQuery& query) ABSL_LOCKS_EXCLUDED(mutex_);
  void LoadShards(const std::vector<Cluster::Shard>& shards) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnShardsLoaded(const std::vector<Cluster::Shard>& shards, const Cluster::ShardContents& takeover)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const Parts parts_;
  Cluster* const cluster_;  // null if no other process shares the store
  AutoDisable* auto_disable_ = nullptr;
  AttemptLog log_;

  mutable absl::Mutex mutex_;
  Scheduler scheduler_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int64_t> confirmed_until_ns_;  // nanoseconds of Unix time
  // Shards whose pending deliveries could not be read, and when that is tried again.
  std::vector<Cluster::Shard> to_load_ ABSL_GUARDED_BY(mutex_);
  absl::Time load_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::Time timer_due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  int unrecorded_ ABSL_GUARDED_BY(mutex_) = 0;  // tasks whose outcome is not durable
  int executing_ ABSL_GUARDED_BY(mutex_) = 0;   // threads that execute work
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool drained_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Timer> timer_;
};

template <typename Report>
void Dispatcher::Update(Report report) {
  Work work;
  {
    absl::MutexLock lock(&mutex_);
    report();
    work = TakeWork();
  }
  Execute(std::move(work));
}

}  // namespace hookd

#endif  // HOOKD_DELIVERY_DISPATCHER_H_
