#include "delivery/webhook_table.h"

#include <utility>

namespace hookd {
namespace {

// A copy of a project's webhooks to be changed, with no lists by type yet.
std::shared_ptr<ProjectWebhooks> CopyById(const ProjectWebhooks* old) {
  auto copy = std::make_shared<ProjectWebhooks>();
  if (old != nullptr) copy->by_id = old->by_id;
  return copy;
}

void ListByType(ProjectWebhooks& webhooks) {
  for (const auto& [id, webhook] : webhooks.by_id) {
    if (webhook->disabled) continue;
    for (size_t type = 0; type < webhook->event_types.size(); ++type) {
      if (webhook->event_types[type]) webhooks.enabled_by_type[type].push_back(webhook->key);
    }
  }
}

}  // namespace

std::shared_ptr<const ProjectWebhooks> WebhookTable::Project(absl::string_view project) const {
  static const auto* none = new std::shared_ptr<const ProjectWebhooks>(std::make_shared<ProjectWebhooks>());
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = projects_.find(project);
  return found == projects_.end() ? *none : found->second;
}

std::shared_ptr<const Webhook> WebhookTable::Find(absl::string_view project, absl::string_view id) const {
  const auto webhooks = Project(project);
  const auto found = webhooks->by_id.find(id);
  return found == webhooks->by_id.end() ? nullptr : found->second;
}

std::shared_ptr<const Webhook> WebhookTable::Find(int64_t key) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

void WebhookTable::Put(std::vector<Webhook> webhooks) {
  absl::MutexLock lock(&mutex_);
  absl::flat_hash_map<std::string, std::shared_ptr<ProjectWebhooks>> changed;
  for (Webhook& each : webhooks) {
    const auto webhook = std::make_shared<const Webhook>(std::move(each));
    std::shared_ptr<ProjectWebhooks>& copy = changed[webhook->project];
    if (copy == nullptr) {
      const auto old = projects_.find(webhook->project);
      copy = CopyById(old == projects_.end() ? nullptr : old->second.get());
    }
    copy->by_id[webhook->id] = webhook;
    by_key_[webhook->key] = webhook;
  }
  for (auto& [project, copy] : changed) {
    ListByType(*copy);
    projects_[project] = std::move(copy);
  }
}

void WebhookTable::Remove(const Webhook& webhook) {
  absl::MutexLock lock(&mutex_);
  by_key_.erase(webhook.key);
  const auto found = projects_.find(webhook.project);
  if (found == projects_.end()) return;
  const auto copy = CopyById(found->second.get());
  copy->by_id.erase(webhook.id);
  if (copy->by_id.empty()) {
    projects_.erase(found);
    return;
  }
  ListByType(*copy);
  found->second = copy;
}

}  // namespace hookd
