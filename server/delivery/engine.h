// The delivery engine in one piece: it knows the webhooks, accepts events, delivers them, redelivers them on
// request, and deletes them once their retention has passed.
//
// Thread-safe, except that Start and Drain are each called once. Owns its parts and nothing that it is given.
// The store and the HTTP client call back into the engine until they are destroyed, so destroy the engine
// after both: declare it before them.
#ifndef HOOKD_DELIVERY_ENGINE_H_
#define HOOKD_DELIVERY_ENGINE_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/ahead_clock.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "delivery/acceptor.h"
#include "delivery/auto_disable.h"
#include "delivery/dispatcher.h"
#include "delivery/outcome_feed.h"
#include "delivery/projects.h"
#include "delivery/redelivery.h"
#include "delivery/retention.h"
#include "delivery/scheduling/pending_counts.h"
#include "delivery/scheduling/scheduler.h"
#include "delivery/statistics/recount.h"
#include "delivery/statistics/statistics.h"
#include "delivery/statistics/stats_reader.h"
#include "delivery/tester.h"
#include "delivery/webhook_table.h"
#include "delivery/webhooks.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/store.h"

namespace hookd {

class Engine {
 public:
  struct Options {
    Store* store = nullptr;
    HttpClient* http = nullptr;
    Clock* clock = nullptr;
    Random* random = nullptr;
    Metrics* metrics = nullptr;
    Scheduler::Options scheduler = {};
    PendingCounts::Limits waiting = {};
    absl::Duration auto_disable_after = limits::kAutoDisableAfter;  // 0 turns it off; see AutoDisable
    std::optional<Retention::Options> retention;                    // unset: nothing is ever deleted
    // See Dispatcher::Parts; may be null.
    const std::atomic<size_t>* set_aside = nullptr;
  };

  // Loads the webhooks from the store. Where no other process shares the store, events are refused with
  // UNAVAILABLE until Start has returned. Returns the store's error.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const Options& options);

  // Counts and begins to deliver what is pending in the store. Does nothing where processes share the store:
  // there the cluster says which shards to deliver. Blocks for one read. Returns the store's error.
  absl::Status Start();

  // Ends all watches, starts no more attempts, and waits until those in flight are recorded, or for
  // `timeout`; deletes no more events. Deliveries that are in flight after that stay pending in the store.
  void Drain(absl::Duration timeout);

  // Adds all counts of statistics to the store, or as many as it can until `timeout`: the others are counted
  // again after the next start. Call it when no call and no attempt is in flight any more, before the store
  // is destroyed.
  void StopStatistics(absl::Duration timeout);

  WebhookTable* table() { return &table_; }
  PendingCounts* counts() { return &counts_; }
  OutcomeFeed* feed() { return &feed_; }
  Dispatcher* dispatcher() { return &dispatcher_; }
  Webhooks* webhooks() { return &webhooks_; }
  Projects* projects() { return &projects_; }
  AutoDisable* auto_disable() { return &auto_disable_; }
  Acceptor* acceptor() { return &acceptor_; }
  Redelivery* redelivery() { return &redelivery_; }
  Tester* tester() { return &tester_; }
  Statistics* statistics() { return &statistics_; }
  const StatsReader* stats_reader() const { return &stats_reader_; }

 private:
  Engine(const Options& options, const std::vector<Webhook>& webhooks);

  // Each part may use those above it.
  Cluster* const cluster_;  // null if no other process shares the store
  // Due times in the store are compared with this clock. Retention uses the machine's, so that a machine
  // whose clock is behind deletes no event too soon.
  AheadClock delivery_clock_;
  WebhookTable table_;
  OutcomeFeed feed_;
  PendingCounts counts_;
  Statistics statistics_;
  StatsReader stats_reader_;
  Dispatcher dispatcher_;
  Webhooks webhooks_;
  Projects projects_;
  AutoDisable auto_disable_;
  Acceptor acceptor_;
  Redelivery redelivery_;
  Tester tester_;
  Recount recount_;
  std::optional<Retention> retention_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ENGINE_H_
