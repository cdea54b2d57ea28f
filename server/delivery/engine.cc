#include "delivery/engine.h"

#include <string>

#include "base/log.h"
#include "base/status_macros.h"

namespace hookd {
namespace {

// The clocks of several machines, and the keys of a burst, differ by less than this.
constexpr absl::Duration kLoggedLag = absl::Seconds(5);

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
      dispatcher_({.store = options.store,
                   .http = options.http,
                   .table = &table_,
                   .counts = &counts_,
                   .feed = &feed_,
                   .clock = &delivery_clock_,
                   .random = options.random,
                   .metrics = options.metrics,
                   .ahead = delivery_clock_.ahead(),
                   .set_aside = options.set_aside,
                   .node = NodeId(options.store->cluster())},
                  options.scheduler),
      webhooks_(options.store, &table_, &dispatcher_),
      auto_disable_(options.store, &webhooks_, &delivery_clock_, options.metrics, options.auto_disable_after),
      acceptor_(options.store, &table_, &counts_, &dispatcher_, options.clock, options.metrics),
      redelivery_(options.store, &table_, &counts_, &dispatcher_, &delivery_clock_),
      tester_(options.http, options.clock, NodeId(options.store->cluster())) {
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
  if (options.index_events) {
    search_indexing_.emplace(options.store, options.clock, [this] { return dispatcher_.Holds(0); });
  }
}

absl::Status Engine::Start() {
  if (cluster_ != nullptr) return absl::OkStatus();
  HOOKD_RETURN_IF_ERROR(dispatcher_.Start());
  counts_.SetRecovering(false);
  return absl::OkStatus();
}

void Engine::Drain(absl::Duration timeout) {
  feed_.Close();
  dispatcher_.Drain(timeout);
  if (retention_.has_value()) retention_->Stop();
  if (search_indexing_.has_value()) search_indexing_->Stop();
}

}  // namespace hookd
