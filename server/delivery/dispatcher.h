// Delivers what was accepted: makes the attempts that the scheduler decides on, records what became of each,
// and has failed ones tried again as the webhook's retry policy says.
//
// A change of a webhook holds from the next attempt on: an edited one gets its waiting deliveries at the new
// URL, a disabled or deleted one has them canceled.
//
// Thread-safe; no method but Start and Drain blocks. Owns nothing it is given; the store and the HTTP client
// call back into it until they are destroyed, so it is destroyed after both.
#ifndef HOOKD_DELIVERY_DISPATCHER_H_
#define HOOKD_DELIVERY_DISPATCHER_H_

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
#include "delivery/scheduler.h"
#include "delivery/webhook_table.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/store.h"

namespace hookd {

class AutoDisable;
class OutcomeFeed;
class WaitingCounts;

class Dispatcher {
 public:
  // What it works with.
  struct Parts {
    Store* store;
    HttpClient* http;
    const WebhookTable* table;
    WaitingCounts* counts;
    OutcomeFeed* feed;
    Clock* clock;
    Random* random;
    Metrics* metrics;
  };

  Dispatcher(const Parts& parts, const Scheduler::Options& options);
  ~Dispatcher();

  // Who is told of attempts that failed, and of the first that succeeds after them. Before Start; must not
  // block.
  void SetAutoDisable(AutoDisable* auto_disable) { auto_disable_ = auto_disable; }

  // Takes up what the store holds from before; once, with the table filled and before any Enqueue.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes over deliveries of the project that have just been stored, in the order of their keys. To be called
  // in the order of commit.
  void Enqueue(const std::string& project, std::vector<QueuedDelivery> deliveries)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Deliveries of the webhook that had ended were stored as waiting again, since `due`.
  void WaitAgain(const std::string& project, int64_t webhook_key, absl::Time due) ABSL_LOCKS_EXCLUDED(mutex_);

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

  // Says what happened to the scheduler under the lock, then does what is to be done without it.
  template <typename Happened>
  void Tell(Happened happened) ABSL_LOCKS_EXCLUDED(mutex_);
  Work TakeTurns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(Work work) ABSL_LOCKS_EXCLUDED(mutex_);

  void Send(Task task) ABSL_LOCKS_EXCLUDED(mutex_);
  // `request_headers` as they may be shown.
  void OnAttempt(Task task, absl::Time start_time, HttpHeaders request_headers, HttpResult result)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts what a delivery came to, and when, once that is durable.
  void Count(const QueuedDelivery& delivery, DeliveryState state, absl::Time ended) const;
  void Record(Task task, Outcome outcome) ABSL_LOCKS_EXCLUDED(mutex_);
  void Read(const WaitingQuery& query) ABSL_LOCKS_EXCLUDED(mutex_);

  const Parts parts_;
  AutoDisable* auto_disable_ = nullptr;

  mutable absl::Mutex mutex_;
  Scheduler scheduler_ ABSL_GUARDED_BY(mutex_);
  absl::Time timer_due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  int unrecorded_ ABSL_GUARDED_BY(mutex_) = 0;  // tasks whose outcome is not yet durable
  int doing_ ABSL_GUARDED_BY(mutex_) = 0;       // threads in Do
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool drained_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_DISPATCHER_H_
