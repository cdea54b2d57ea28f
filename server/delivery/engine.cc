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
  return std::unique_ptr<Engine>(new Engine(options, webhooks));
}

Engine::Engine(const Options& options, const std::vector<Webhook>& webhooks)
    : cluster_(options.store->cluster()),
      delivery_clock_(options.clock, options.store->opened_at_least()),
      counts_(options.waiting),
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
                   .statistics = &statistics_,
                   .clock = &delivery_clock_,
                   .random = options.random,
                   .metrics = options.metrics,
                   .ahead = delivery_clock_.ahead(),
                   .set_aside = options.set_aside,
                   .node = NodeId(options.store->cluster())},
                  options.scheduler),
      webhooks_(options.store, &table_, &dispatcher_),
      projects_(options.store, &table_, &counts_, &statistics_, &stats_reader_, &dispatcher_),
      auto_disable_(options.store, &webhooks_, &delivery_clock_, options.metrics, options.auto_disable_after),
      acceptor_(options.store, &table_, &counts_, &dispatcher_, &statistics_, options.clock, options.metrics),
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
  dispatcher_.SetAutoDisable(&auto_disable_);
  if (cluster_ == nullptr) counts_.SetRecovering(true);
  if (options.retention.has_value()) {
    retention_.emplace(options.store, options.clock, *options.retention,
                       [this] { return dispatcher_.Holds(0); });
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
  dispatcher_.Drain(timeout);
  if (retention_.has_value()) retention_->Stop();
}

void Engine::StopStatistics(absl::Duration timeout) {
  recount_.Stop();
  statistics_.Stop(timeout);
}

}  // namespace hookd
