#include "delivery/scheduling/active_webhooks.h"

#include <bitset>
#include <utility>

namespace hookd {
namespace {

// Stands for a webhook that is not in the table.
std::shared_ptr<const Webhook> DeletedWebhook(int64_t key, const std::string& project, int64_t project_key) {
  auto webhook = std::make_shared<Webhook>();
  webhook->key = key;
  webhook->project = project;
  webhook->project_key = project_key;
  webhook->max_concurrency = 1;
  return webhook;
}

}  // namespace

ActiveWebhook& ActiveWebhooks::Activate(int64_t key, const std::string& project, absl::Time now,
                                        int64_t project_key) {
  std::unique_ptr<ActiveWebhook>& active = webhooks_[key];
  if (active != nullptr) return *active;
  auto webhook = table_->Find(key);
  const WebhookMode mode(webhook.get(), shared_, now);
  std::unique_ptr<Endpoint>& endpoint = endpoints_[key];
  if (endpoint == nullptr) {
    // Nobody reads the health of a webhook that is deleted.
    endpoint = std::make_unique<Endpoint>(webhook == nullptr ? std::make_shared<HealthRecord>(key)
                                                             : health_->Get(key));
  }
  if (webhook == nullptr) webhook = DeletedWebhook(key, project, project_key);
  active = std::make_unique<ActiveWebhook>(std::move(webhook), mode, shared_, endpoint.get(), shards_);
  return *active;
}

std::vector<ActiveWebhook*> ActiveWebhooks::InShards(const std::vector<int>& shards) const {
  std::bitset<kShards> among;
  for (const int shard : shards) among.set(static_cast<size_t>(shard));
  std::vector<ActiveWebhook*> found;
  for (const auto& [key, webhook] : webhooks_) {
    if (among[static_cast<size_t>(webhook->shard)]) found.push_back(webhook.get());
  }
  return found;
}

Endpoint* ActiveWebhooks::FindEndpoint(int64_t key) const {
  const auto found = endpoints_.find(key);
  return found == endpoints_.end() ? nullptr : found->second.get();
}

void ActiveWebhooks::ForgetEndpointsNotHeld() {
  absl::erase_if(endpoints_, [this](const auto& each) {
    return shards_->state(ShardOf(each.first)) == HeldShards::State::kNotHeld &&
           !webhooks_.contains(each.first);
  });
}

}  // namespace hookd
