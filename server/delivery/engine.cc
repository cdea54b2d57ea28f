#include "delivery/engine.h"

#include <algorithm>
#include <string>

#include "base/log.h"
#include "base/status_macros.h"
#include "base/tuning.h"

namespace hookd {
namespace {

// The clocks of several machines, and the keys of a burst, differ by less than this.
constexpr absl::Duration kLoggedLag = absl::Seconds(5);

// How long every event is kept.
absl::Duration KeptAtLeast(const std::optional<Retention::Options>& retention) {
  if (!retention.has_value()) return absl::InfiniteDuration();
  return std::min(retention->keep, retention->keep_delivered);
}

// How often counts are written at least. They are in the store before their events can be deleted.
absl::Duration StatsInterval(const std::optional<Retention::Options>& retention) {
  return std::min(tuning::kStatsMaxInterval, KeptAtLeast(retention) / 4);
}

std::string NodeId(const Cluster* cluster) { return cluster == nullptr ? kOnlyNode : cluster->node_id(); }

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const Options& options) {
  HOOKD_ASSIGN_OR_RETURN(const std::vector<Webhook> webhooks, options.store->LoadWebhooks());
  std::vector<WebhookHealth> health;
  // Otherwise it is read with the shards.
  if (options.store->cluster() == nullptr) {
    HOOKD_ASSIGN_OR_RETURN(health, options.store->LoadHealth());
  }
  return std::unique_ptr<Engine>(new Engine(options, webhooks, health));
}

Engine::Engine(const Options& options, const std::vector<Webhook>& webhooks,
               const std::vector<WebhookHealth>& health)
    : cluster_(options.store->cluster()),
      delivery_clock_(options.clock, options.store->opened_at_least()),
      event_retention_(options.retention.has_value()
                           ? std::min(options.retention->keep, options.retention->keep_delivered)
                           : absl::InfiniteDuration()),
      event_feed_(options.clock, cluster_ != nullptr),
      counts_(options.waiting),
      health_(options.store, &delivery_clock_),
      statistics_({.store = options.store,
                   .clock = options.clock,
                   .metrics = options.metrics,
                   .on_dropped = [this] { recount_.Wake(); },
                   .max_interval = StatsInterval(options.retention)}),
      stats_reader_(options.store, &statistics_, options.clock, options.metrics),
      dispatcher_({.store = options.store,
                   .http = options.http,
                   .table = &table_,
                   .counts = &counts_,
                   .feed = &feed_,
                   .health = &health_,
                   .statistics = &statistics_,
                   .clock = &delivery_clock_,
                   .random = options.random,
                   .metrics = options.metrics,
                   .ahead = delivery_clock_.ahead(),
                   .set_aside = options.set_aside,
                   .node = NodeId(options.store->cluster())},
                  options.scheduler),
      webhooks_(options.store, &table_, &dispatcher_),
      projects_(options.store, &table_, &counts_, &stats_reader_, &dispatcher_),
      listing_(&table_, &health_, options.store),
      auto_disable_(options.store, &webhooks_, &delivery_clock_, options.metrics, options.auto_disable_after),
      acceptor_(options.store, &table_, &counts_, &dispatcher_, &event_feed_, &statistics_, options.clock,
                options.metrics),
      redelivery_(options.store, &table_, &counts_, &dispatcher_, &delivery_clock_),
      tester_(options.http, options.clock, NodeId(options.store->cluster())),
      recount_({.store = options.store,
                .clock = options.clock,
                .keep = KeptAtLeast(options.retention),
                .is_responsible = [this] { return cluster_ == nullptr || dispatcher_.Holds(0); }}) {
  if (delivery_clock_.ahead() > kLoggedLag) {
    LogWarning("clock is behind the store: deliveries use the store's time",
               {{"seconds", absl::ToInt64Seconds(delivery_clock_.ahead())}});
  }
  table_.Put(webhooks);
  for (const Webhook& webhook : webhooks) {
    if (webhook.failing_since.has_value()) auto_disable_.Restore({{webhook.key, *webhook.failing_since}});
  }
  health_.Restore(health);
  for (const WebhookHealth& each : health) {
    if (table_.Find(each.webhook_key) == nullptr) health_.Forget(each.webhook_key);
  }
  dispatcher_.SetAutoDisable(&auto_disable_);
  if (cluster_ == nullptr) counts_.SetRecovering(true);
  if (options.retention.has_value()) {
    retention_.emplace(options.store, options.clock, *options.retention,
                       [this] { return dispatcher_.Holds(0); });
  }
  if (options.index_events) {
    search_indexing_.emplace(options.store, options.clock, [this] { return dispatcher_.Holds(0); });
  }
}

absl::Status Engine::Start() {
  statistics_.Start();
  if (cluster_ != nullptr) return absl::OkStatus();
  HOOKD_RETURN_IF_ERROR(dispatcher_.Start());
  counts_.SetRecovering(false);
  return absl::OkStatus();
}

void Engine::Drain(absl::Duration timeout) {
  feed_.Close();
  event_feed_.Close();
  dispatcher_.Drain(timeout);
  health_.Drain(std::min(timeout, limits::kLeaveTimeout));
  if (retention_.has_value()) retention_->Stop();
  if (search_indexing_.has_value()) search_indexing_->Stop();
}

void Engine::StopStatistics(absl::Duration timeout) {
  recount_.Stop();
  statistics_.Stop(timeout);
}

}  // namespace hookd
