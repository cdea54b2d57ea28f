// Delivers what was accepted: whose turn it is, how many attempts at a time, and what is recorded of each.
//
// Every webhook has its own queue (webhook_queue.h) and at most `max_concurrency_per_webhook` attempts under
// way; all together have at most `max_concurrency`, and take turns for them. So a webhook that hangs keeps
// its own deliveries waiting and nobody else's. Waiting deliveries are held in memory within bounds, the rest
// in the store.
//
// A webhook is looked up anew for each attempt: an edited one gets its waiting deliveries at the new URL, a
// disabled or deleted one has them canceled.
//
// Thread-safe; no method but Start and Drain blocks. Owns nothing it is given; the store and the HTTP client
// call back into it until they are destroyed, so it is destroyed after both.
#ifndef HOOKD_DELIVERY_DISPATCHER_H_
#define HOOKD_DELIVERY_DISPATCHER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/limits.h"
#include "delivery/webhook_queue.h"
#include "delivery/webhook_table.h"
#include "http/http_client.h"
#include "store/store.h"

namespace hookd {

class Dispatcher {
 public:
  struct Options {
    int max_concurrency = limits::kMaxConcurrency;
    int max_concurrency_per_webhook = limits::kMaxConcurrencyPerWebhook;
    size_t max_queued_per_webhook = limits::kMaxQueuedPerWebhook;
    size_t max_queued_bytes = limits::kMaxQueuedBytes;
    absl::Duration read_retry = limits::kQueueReadRetry;
  };

  Dispatcher(Store* store, HttpClient* http, const WebhookTable* table, Clock* clock, Options options);
  ~Dispatcher();

  // Takes up what the store holds from before; once, with the table filled and before any Enqueue.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes over deliveries that have just been stored, in the order of their keys. To be called in the order
  // of commit.
  void Enqueue(std::vector<QueuedDelivery> deliveries) ABSL_LOCKS_EXCLUDED(mutex_);

  // The table has changed for this webhook.
  void WebhookChanged(int64_t webhook_key) ABSL_LOCKS_EXCLUDED(mutex_);

  // Begins no attempt any more, and waits until all under way are recorded, or for `timeout`. What is under
  // way then is not recorded: it stands as pending, and is made again after the next start.
  void Drain(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct WebhookState {
    WebhookQueue queue;
    int in_flight = 0;
    bool canceling = false;  // disabled or deleted: what waits is canceled, which takes no attempt
    bool has_turn = false;   // stands in turns_ or reads_due_
  };
  // An attempt to be made, or with no webhook, a delivery to be canceled.
  struct Task {
    QueuedDelivery delivery;
    std::shared_ptr<const Webhook> webhook;
  };
  struct Read {
    int64_t webhook_key;
    int64_t after_key;
    int limit;
  };
  // What was decided under the lock, to be done without it.
  struct Work {
    std::vector<Task> tasks;
    std::vector<Read> reads;
  };

  Work TakeTurns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AskForTurn(int64_t webhook_key, WebhookState& state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetIfIdle(int64_t webhook_key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CanUseTurn(const WebhookState& state) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom(const WebhookState& state) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(Work work) ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(Task task) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnAttempt(const Task& task, absl::Time start_time, HttpResult result) ABSL_LOCKS_EXCLUDED(mutex_);
  void Record(Outcome outcome) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnRead(const Read& read, absl::StatusOr<std::vector<WaitingDelivery>> waiting)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void RetryFailedReads() ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  HttpClient* const http_;
  const WebhookTable* const table_;
  Clock* const clock_;
  const Options options_;

  absl::Mutex mutex_;
  absl::flat_hash_map<int64_t, std::unique_ptr<WebhookState>> webhooks_
      ABSL_GUARDED_BY(mutex_);                         // those with work
  std::deque<int64_t> turns_ ABSL_GUARDED_BY(mutex_);  // webhooks that can use a turn, in order
  // Those whose turn it is and whose next deliveries are in the store, in order.
  std::deque<int64_t> reads_due_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<int64_t> failed_reads_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  int reading_ ABSL_GUARDED_BY(mutex_) = 0;
  int unrecorded_ ABSL_GUARDED_BY(mutex_) = 0;  // attempts under way and outcomes not yet durable
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool drained_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread read_retry_thread_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_DISPATCHER_H_
