// Decides what is done next: which deliveries are sent or given up, and what is read from the store.
//
// Every webhook has its own queue, and they take turns, one delivery a turn (active_webhook.h). How many
// attempts a webhook has in flight is bounded by its max_concurrency and by what its endpoint has shown
// (endpoint.h). All attempts together are bounded by `max_concurrency`; slots.h divides those slots so that
// endpoints that hang or are slow delay their own deliveries and no others. Deliveries are held in memory
// within bounds, the others in the store (webhook_queue.h).
//
// Where several processes share a store, the scheduler manages the shards that this process holds
// (held_shards.h), and ignores other webhooks: the process that holds those is notified of their deliveries
// too.
//
// A delivery passes through these steps; those in brackets are not the scheduler's:
//
//   Push, AddArrivals, AddBacklog, AddRedeliveries      it is pending
//     TakeWork                                          a task, unsettled; with an attempt, also in flight
//       AttemptEnded, AttemptAbandoned, NotSent         not in flight; NotSent: pending as before
//         [outcome stored] Settle                       ended, or pending until its retry is due
//         [outcome refused, or task not begun] Requeue  pending as before
//
// Not thread-safe: the dispatcher guards it, reports events to it, and does the work that it returns. Times
// are Clock::Steady's.
#ifndef HOOKD_DELIVERY_SCHEDULING_SCHEDULER_H_
#define HOOKD_DELIVERY_SCHEDULING_SCHEDULER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "delivery/attempts/delivery_task.h"
#include "delivery/attempts/endpoint.h"
#include "delivery/health/health_board.h"
#include "delivery/scheduling/active_webhooks.h"
#include "delivery/scheduling/held_shards.h"
#include "delivery/scheduling/queued_delivery.h"
#include "delivery/scheduling/slots.h"
#include "delivery/webhook_table.h"
#include "store/cluster.h"
#include "store/records.h"

namespace hookd {

class Scheduler {
 public:
  struct Options {
    int max_concurrency = limits::kMaxConcurrency;
    size_t max_queued_per_webhook = tuning::kMaxQueuedPerWebhook;
    size_t max_queued_bytes = tuning::kMaxQueuedBytes;
  };

  struct Work {
    std::vector<DeliveryTask> tasks;
    std::vector<PendingQuery> reads;
    std::vector<int> released_shards;  // shards that other processes can acquire now
    // By project, deliveries that are pending no longer, not for this process, or turned out not to be.
    std::vector<std::pair<std::string, int64_t>> no_longer_pending;
    bool empty() const { return tasks.empty() && reads.empty() && released_shards.empty(); }
  };

  // The table and the board must outlive it. With `shared`, it holds no shard at first; otherwise all of
  // them, always.
  Scheduler(const WebhookTable* table, HealthBoard* health, const Options& options, bool shared);

  // --- Deliveries that become pending ---

  // Deliveries are pending in the store. Returns by how many that changes the number that was known.
  int64_t AddBacklog(const Backlog& backlog, absl::Time now);

  // A delivery of the project has just been stored. Requires: those of one webhook come in the order of their
  // keys. Returns whether its shard is held.
  bool Push(const std::string& project, int64_t project_key, QueuedDelivery delivery, absl::Time now);

  // Deliveries were stored by other processes. Returns how many of them are new.
  int64_t AddArrivals(const Cluster::Arrival& arrival, absl::Time now);

  // `count` deliveries that had ended were stored as pending again, due since `due`. Returns whether their
  // shard is held.
  bool AddRedeliveries(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due,
                       absl::Time now);

  // The table has changed for this webhook; it may have another URL.
  void WebhookChanged(int64_t webhook_key, bool has_new_url, absl::Time now);

  // --- Attempts and tasks ---

  // An attempt has ended: its slot is free. `ended` is the wall time, `error` empty if it succeeded. An
  // `abusive` one failed in a way that cost other endpoints time.
  Endpoint::Change AttemptEnded(const DeliveryTask& task, absl::Time ended, absl::string_view error,
                                bool abusive, absl::Time now);

  // An attempt was not made, or not to its end: its slot is free.
  void AttemptAbandoned(const DeliveryTask& task, absl::Time now);

  // hookd could not send the attempt: the task is over, the delivery pending as before, and its webhook is
  // held (hold.h). `jitter` is from [0, 1). Returns whether this begins the hold.
  bool NotSent(const DeliveryTask& task, const std::string& error, double jitter, absl::Time now);

  // The webhook of a task, as it is now; null if it is disabled or deleted.
  std::shared_ptr<const Webhook> FindEnabled(int64_t webhook_key) const;

  // The delivery of a task is to be retried at `due`; an ordered webhook attempts no other before. Call it
  // after AttemptEnded and before the retry is stored.
  void Retry(QueuedDelivery delivery, absl::Time due);

  // The outcome of the task is stored, with the due time of the retry, if there is one. Returns whether the
  // delivery was counted as pending until now, and is no longer.
  bool Settle(const DeliveryTask& task, std::optional<absl::Time> retry_at, absl::Time now);

  // The task was not done, or its outcome is not stored: the delivery is pending as before. If it was to be
  // sent, call it after AttemptEnded or AttemptAbandoned.
  void Requeue(const DeliveryTask& task, absl::Time now);

  // --- Reads ---

  // A read of Work's has ended, or failed.
  void ReadEnded(const PendingQuery& query, std::vector<QueuedDelivery> deliveries, bool more,
                 absl::Time next_due, absl::Time now);
  void ReadFailed(const PendingQuery& query, absl::Time now);

  // --- Shards (see HeldShards for their states) ---

  void Acquire(const std::vector<Cluster::Shard>& shards);
  // AddBacklog has been called for what is pending in them.
  void FinishLoading(const std::vector<int>& shards, absl::Time now);
  void Lose(const std::vector<int>& shards, absl::Time now);
  void Release(const std::vector<int>& shards, absl::Time now);
  const HeldShards& shards() const { return shards_; }

  // --- What to do ---

  // What there is to report: everything of Work but tasks and reads.
  Work TakeReports();

  // What is to be done now, with at most `max_tasks` tasks.
  Work TakeWork(absl::Time now, int max_tasks);

  // When there may be more to do without another event; InfiniteFuture for never.
  absl::Time NextWake() const { return wakes_.empty() ? absl::InfiniteFuture() : wakes_.begin()->first; }

  // How much there is to do. Takes time for every active webhook.
  struct Load {
    size_t queued = 0;  // deliveries held in memory, and their bytes
    size_t queued_bytes = 0;
    int in_flight = 0;      // attempts
    int open_circuits = 0;  // of active webhooks
    int held_webhooks = 0;  // active webhooks whose deliveries are held (hold.h)
    int shards = 0;         // held
    // Since when a delivery in memory could have been attempted, the least.
    absl::Time waiting_since = absl::InfiniteFuture();
  };
  Load load() const;

 private:
  bool HasRoom(const ActiveWebhook& webhook) const;

  // Call it after every change of an active webhook: puts it in line for a turn or a read, sets when it is
  // looked at again, or deactivates it, which destroys it.
  void Reschedule(ActiveWebhook& webhook, absl::Time now);
  // Shows in the health of a webhook how many of its deliveries are pending, and its circuit.
  void PublishHealth(const Endpoint& endpoint, int64_t pending, int shard);
  void UpdatePlace(ActiveWebhook& webhook, const ActiveWebhook::Turn& turn, absl::Time now);
  void SetWake(ActiveWebhook& webhook, absl::Time time);
  void DeactivateIfIdle(ActiveWebhook& webhook);
  void RescheduleDue(absl::Time now);
  void RemovePending(ActiveWebhook& webhook, int64_t count);
  // Counts the attempts in flight of a deleted webhook as pending no longer.
  void UncountAttempts(ActiveWebhook& webhook);

  ActiveWebhook& FreeSlot(const DeliveryTask& task);
  void CloseTask(const DeliveryTask& task, ActiveWebhook& webhook);
  void StopDelivering(const std::vector<int>& shards, absl::Time now);
  void TakeTasks(Work& work, absl::Time now, int max_tasks);
  void BeginReads(Work& work, absl::Time now);

  const WebhookTable* const table_;
  HealthBoard* const health_;
  const Options options_;
  HeldShards shards_;
  ActiveWebhooks webhooks_;
  Slots slots_;                                                     // whose turn it is to begin an attempt
  std::deque<int64_t> reads_due_;                                   // whose turn it is to be read for
  int reading_ = 0;                                                 // reads in progress
  absl::btree_set<std::pair<absl::Time, int64_t>> wakes_;           // who is to be rescheduled when
  size_t queued_bytes_ = 0;                                         // of the deliveries in memory
  std::vector<std::pair<std::string, int64_t>> no_longer_pending_;  // see Work
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_SCHEDULER_H_
