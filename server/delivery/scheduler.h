// Whose turn it is: which deliveries are to be sent or given up now, and what is to be read from the store.
//
// Every webhook has its own queue (webhook_queue.h) and takes turns with the others, one delivery a turn.
// What one may have under way at a time is bounded by its max_concurrency and by what its endpoint has shown
// (concurrency_window.h, circuit_breaker.h, hold.h); all together by `max_concurrency`, which they share so
// that endpoints that hang or are slow keep their own deliveries waiting, and nobody else's (slots.h).
// Waiting deliveries are held in memory within bounds, the rest in the store.
//
// Where several processes share a store, it looks after the shards it holds (store/cluster.h) and does
// nothing for other webhooks: who holds those is told of their deliveries too.
//
// Not thread-safe: the dispatcher guards it, tells it what happened, and does what it says. Times are
// Clock::Steady's.
#ifndef HOOKD_DELIVERY_SCHEDULER_H_
#define HOOKD_DELIVERY_SCHEDULER_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "base/rate_limiter.h"
#include "delivery/circuit_breaker.h"
#include "delivery/concurrency_window.h"
#include "delivery/hold.h"
#include "delivery/slots.h"
#include "delivery/webhook_queue.h"
#include "delivery/webhook_table.h"
#include "store/cluster.h"
#include "store/records.h"

namespace hookd {

class Scheduler {
 public:
  struct Options {
    int max_concurrency = limits::kMaxConcurrency;
    size_t max_queued_per_webhook = limits::kMaxQueuedPerWebhook;
    size_t max_queued_bytes = limits::kMaxQueuedBytes;
  };

  // A delivery whose turn has come. It stays on the books until Settle.
  struct Task {
    QueuedDelivery delivery;
    std::shared_ptr<const Webhook> webhook;  // as it stands; of one that is deleted, as it stood
    Slots::Kind slot = Slots::kNone;         // that it has
    absl::Time begun;                        // when its turn came
    bool circuit_probe = false;
    bool hold_probe = false;
    int64_t epoch = 0;  // of the shard it was begun with
    // Why there is no attempt, and what becomes of it; empty if it is to be sent.
    std::string give_up;
    DeliveryState given_up_as = DeliveryState::kCanceled;
  };
  struct Work {
    std::vector<Task> tasks;
    std::vector<WaitingQuery> reads;
    std::vector<int> handed_over;  // shards of which nothing is under way or unsettled any more
    // Deliveries by project that are not this process's any more, or that it was told of and were none.
    std::vector<std::pair<std::string, int64_t>> not_waiting;
  };

  // The table must outlive it. A shared one holds no shard at first, any other all of them, always.
  Scheduler(const WebhookTable* table, const Options& options, bool shared);

  // --- What happened ---

  // Deliveries wait in the store from before. Returns how many more wait than it knew of, or less than 0.
  int64_t AddBacklog(const Backlog& backlog, absl::Time now);

  // A delivery of the project has just been stored. Of one webhook, in the order of their keys. Returns
  // whether its shard is held.
  bool Push(const std::string& project, QueuedDelivery delivery, absl::Time now);

  // Deliveries were stored by others. Returns how many it did not know of.
  int64_t Arrived(const Cluster::Arrival& arrival, absl::Time now);

  // `count` deliveries that had ended were stored as waiting again, since `due`. Returns whether their shard
  // is held.
  bool WaitAgain(const std::string& project, int64_t webhook_key, int64_t count, absl::Time due,
                 absl::Time now);

  // The table has changed for this webhook.
  void WebhookChanged(int64_t webhook_key, absl::Time now);

  // What an attempt changed.
  struct Ended {
    bool was_proven = false;  // the attempt before it, of this webhook, is known to have succeeded
    bool circuit_opened = false;
    bool circuit_closed = false;
    std::optional<absl::Duration> resumed_after;  // how long the hold lasted that it ended
  };

  // The attempt has ended: its slot is free. With `failed` not set it was not made, or not to its end.
  // One that was `abusive` failed in a way that cost the other endpoints time.
  Ended AttemptEnded(const Task& task, std::optional<bool> failed, absl::Time now, bool abusive = false);

  // hookd could not make the attempt, which is over: the delivery waits as it did, and its webhook is held
  // (hold.h). `jitter` is from [0, 1). Returns whether this begins the hold.
  bool NotSent(const Task& task, const std::string& error, double jitter, absl::Time now);

  // The webhook as it stands if it still wants its deliveries; null if it is disabled or deleted.
  std::shared_ptr<const Webhook> Wanting(int64_t webhook_key) const;

  // The attempt is to be made again at `due`; by an ordered webhook before any other. After AttemptEnded,
  // before it is stored as waiting for that time.
  void Retry(QueuedDelivery delivery, absl::Time due);

  // What became of the task is in the store; in `retry_at`, if set, the time the delivery waits for there.
  // Returns whether it waited for this process until now, and does no more.
  bool Settle(const Task& task, std::optional<absl::Time> retry_at, absl::Time now);

  // The task was not carried out, or what became of it is not in the store: the delivery waits as it did. If
  // it was to be sent, after AttemptEnded.
  void GiveBack(const Task& task, absl::Time now);

  // A read of Work's has ended.
  void ReadEnded(const WaitingQuery& query, std::vector<QueuedDelivery> deliveries, bool more,
                 absl::Time next_due, absl::Time now);
  void ReadFailed(const WaitingQuery& query, absl::Time now);

  // --- Shards ---

  // Shards are held from now on, but nothing is begun before what is there for them is known.
  void Acquire(const std::vector<Cluster::Shard>& shards);
  bool IsLoading(const Cluster::Shard& shard) const;
  // It is: AddBacklog came before, for all that are still loading.
  void Begin(const std::vector<int>& shards, absl::Time now);

  // Shards are not held any more: nothing of theirs is begun.
  void Lose(const std::vector<int>& shards, absl::Time now);

  // The same; once nothing of one is unsettled, Work says so.
  void HandOver(const std::vector<int>& shards, absl::Time now);

  // Whether the shard is held, and its epoch.
  bool Holds(int shard) const { return shards_[shard].held != Held::kNot; }
  int64_t epoch(int shard) const { return shards_[shard].epoch; }

  // --- What to do ---

  // What has to be told of shards, and of deliveries that wait no more. TakeTurns has that too.
  Work TakeNews();

  // What is to be done now, with at most `max_tasks` tasks.
  Work TakeTurns(absl::Time now, int max_tasks);

  // When there may be more to do though nothing has happened; InfiniteFuture for never.
  absl::Time NextWake() const { return wakes_.empty() ? absl::InfiniteFuture() : wakes_.begin()->first; }

  // How much there is to do. Looks at every webhook that has work.
  struct Load {
    size_t queued = 0;  // deliveries that wait in memory, and their bytes
    size_t queued_bytes = 0;
    int in_flight = 0;      // attempts
    int open_circuits = 0;  // of webhooks that have work
    int held_webhooks = 0;  // likewise
    int shards = 0;         // held
    absl::Time waiting_since =
        absl::InfiniteFuture();  // the delivery that could have been attempted for the longest
  };
  Load load() const;

  // Bytes of the deliveries that wait in memory.
  size_t queued_bytes() const { return queued_bytes_; }

 private:
  // What is known of an endpoint. Kept as long as the webhook.
  struct Endpoint {
    CircuitBreaker circuit;
    ConcurrencyWindow window;
    RateLimiter rate;
    Hold hold;
  };
  // A webhook that has work. Forgotten when it has none.
  struct State {
    State(std::shared_ptr<const Webhook> of, Endpoint* its, bool shared)
        : webhook(std::move(of)),
          shard(ShardOf(webhook->key)),
          endpoint(its),
          queue(webhook->ordered, shared) {}

    std::shared_ptr<const Webhook> webhook;  // never null
    const int shard;
    Endpoint* endpoint;
    WebhookQueue queue;
    int in_flight = 0;       // attempts under way
    int unsettled = 0;       // tasks that are not settled
    int64_t waiting = 0;     // deliveries, in memory or in the store, and tasks
    bool canceling = false;  // disabled or deleted: what waits is canceled
    bool gone = false;       // deleted
    // Of a shared one: until then somebody may have enabled or created it, before what waits was stored.
    absl::Time doubtful_until = absl::InfinitePast();
    bool reloading = false;             // once nothing is unsettled, the queue is read anew
    bool read_due = false;              // stands in reads_due_
    std::optional<Slots::Place> place;  // in line, if it can use a turn
    absl::Time read_not_before = absl::InfinitePast();
    absl::Time wake = absl::InfiniteFuture();  // of its place in wakes_
  };
  enum class Held { kNot, kLoading, kFully };
  struct Shard {
    Held held = Held::kFully;
    int64_t epoch = 0;
    int unsettled = 0;  // tasks
    bool handing_over = false;
  };

  Endpoint* EndpointOf(int64_t webhook_key);
  State& StateOf(int64_t webhook_key, const std::string& project, absl::Time now);
  // Webhooks with work of the shards.
  std::vector<int64_t> StatesOf(const std::vector<int>& shards) const;
  void LetGo(const std::vector<int>& shards, absl::Time now);
  void CountOut(State& state, int64_t count);
  // The attempt is not in flight any more.
  State& FreeSlot(const Task& task);
  // The attempt was not made: it was no probe, and took nothing of the rate.
  void Abandon(const Task& task, Endpoint& endpoint, absl::Time now);
  // What a task that is over changes, however it ended.
  void Close(const Task& task, State& state);
  bool IsHeld(const State& state) const { return shards_[state.shard].held == Held::kFully; }
  void Forget(int64_t webhook_key, bool with_endpoint);
  bool HasRoom(const State& state) const;
  // From when on it can use a turn to send; InfiniteFuture if something else has to happen first.
  absl::Time SendAt(const State& state) const;
  // Something was stored, or read: what is known of a webhook that is canceled may be older.
  void Doubt(State& state, absl::Time now);
  // From when on its next delivery is canceled, as it is disabled or deleted.
  absl::Time CancelAt(const State& state) const;
  // From when on its next delivery is given up rather than sent.
  absl::Time GiveUpAt(const State& state) const;
  // What its next turn takes.
  Slots::Kind SlotFor(const State& state, absl::Time now) const;
  // Has it stand in line for a turn or a read, be woken, or be forgotten, as it now stands.
  void Consider(int64_t webhook_key, State& state, absl::Time now);
  // Its place in line as it now stands, if it is to have one.
  void StandInLine(int64_t webhook_key, State& state, bool stands, absl::Time now);
  void WakeAt(int64_t webhook_key, State& state, absl::Time time);
  void Wake(absl::Time now);
  Task TakeTask(State& state, Slots::Kind slot, absl::Time now);

  const WebhookTable* const table_;
  const Options options_;
  const bool shared_;

  std::array<Shard, kShards> shards_;
  std::vector<int> handed_over_;                              // see Work
  std::vector<std::pair<std::string, int64_t>> not_waiting_;  // see Work
  absl::flat_hash_map<int64_t, std::unique_ptr<Endpoint>> endpoints_;
  absl::flat_hash_map<int64_t, std::unique_ptr<State>> states_;
  Slots slots_;
  std::deque<int64_t> reads_due_;                          // who is to be read for, in order
  absl::btree_set<std::pair<absl::Time, int64_t>> wakes_;  // who is to be considered again, and when
  size_t queued_bytes_ = 0;
  int reading_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULER_H_
