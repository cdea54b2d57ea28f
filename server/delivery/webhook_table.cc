#include "delivery/webhook_table.h"

#include <algorithm>
#include <utility>

namespace hookd {

std::vector<int64_t> WebhookTable::Wanting(absl::string_view project, int event_type) const {
  absl::ReaderMutexLock lock(&mutex_);
  const std::vector<int64_t>* wanting = FindWanting(project, event_type);
  return wanting == nullptr ? std::vector<int64_t>() : *wanting;
}

size_t WebhookTable::CountWanting(absl::string_view project, int event_type) const {
  absl::ReaderMutexLock lock(&mutex_);
  const std::vector<int64_t>* wanting = FindWanting(project, event_type);
  return wanting == nullptr ? 0 : wanting->size();
}

std::vector<std::shared_ptr<const Webhook>> WebhookTable::List(absl::string_view project,
                                                               absl::string_view after_id,
                                                               size_t limit) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<std::shared_ptr<const Webhook>> page;
  const auto found = projects_.find(project);
  if (found == projects_.end()) return page;
  const auto& by_id = found->second.by_id;
  for (auto it = by_id.upper_bound(after_id); it != by_id.end() && page.size() < limit; ++it) {
    page.push_back(it->second);
  }
  return page;
}

std::vector<std::shared_ptr<const Webhook>> WebhookTable::ListAll(absl::string_view after_project,
                                                                  absl::string_view after_id,
                                                                  size_t limit) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<std::shared_ptr<const Webhook>> page;
  for (auto id = project_ids_.lower_bound(after_project); id != project_ids_.end() && page.size() < limit;
       ++id) {
    const auto& by_id = projects_.find(*id)->second.by_id;
    for (auto it = *id == after_project ? by_id.upper_bound(after_id) : by_id.begin();
         it != by_id.end() && page.size() < limit; ++it) {
      page.push_back(it->second);
    }
  }
  return page;
}

size_t WebhookTable::Count(absl::string_view project) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = projects_.find(project);
  return found == projects_.end() ? 0 : found->second.by_id.size();
}

std::shared_ptr<const Webhook> WebhookTable::Find(absl::string_view project, absl::string_view id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = projects_.find(project);
  if (found == projects_.end()) return nullptr;
  const auto webhook = found->second.by_id.find(id);
  return webhook == found->second.by_id.end() ? nullptr : webhook->second;
}

std::shared_ptr<const Webhook> WebhookTable::Find(int64_t key) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

void WebhookTable::Put(std::vector<Webhook> webhooks) {
  absl::MutexLock lock(&mutex_);
  for (Webhook& each : webhooks) {
    const auto webhook = std::make_shared<const Webhook>(std::move(each));
    const auto [found, is_new] = projects_.try_emplace(webhook->project);
    if (is_new) project_ids_.insert(webhook->project);
    Project& project = found->second;
    std::shared_ptr<const Webhook>& place = project.by_id[webhook->id];
    if (place != nullptr && place->revision > webhook->revision) continue;
    if (place != nullptr) {
      Unlist(project, *place);
      by_key_.erase(place->key);
    }
    place = webhook;
    by_key_[webhook->key] = webhook;
    if (!webhook->disabled) Enlist(project, *webhook);
  }
}

void WebhookTable::Remove(const Webhook& webhook) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_key_.find(webhook.key);
  if (found == by_key_.end()) return;
  const std::shared_ptr<const Webhook> removed = found->second;
  by_key_.erase(found);
  const auto project = projects_.find(removed->project);
  Unlist(project->second, *removed);
  project->second.by_id.erase(removed->id);
  if (!project->second.by_id.empty()) return;
  project_ids_.erase(removed->project);
  projects_.erase(project);
}

const std::vector<int64_t>* WebhookTable::FindWanting(absl::string_view project, int event_type) const {
  const auto found = projects_.find(project);
  return found == projects_.end() ? nullptr : &found->second.wanting[static_cast<size_t>(event_type)];
}

void WebhookTable::Enlist(Project& project, const Webhook& webhook) {
  for (size_t type = 0; type < webhook.event_types.size(); ++type) {
    if (!webhook.event_types[type]) continue;
    std::vector<int64_t>& wanting = project.wanting[type];
    wanting.insert(std::upper_bound(wanting.begin(), wanting.end(), webhook.key), webhook.key);
  }
}

void WebhookTable::Unlist(Project& project, const Webhook& webhook) {
  for (std::vector<int64_t>& wanting : project.wanting) {
    const auto found = std::lower_bound(wanting.begin(), wanting.end(), webhook.key);
    if (found != wanting.end() && *found == webhook.key) wanting.erase(found);
  }
}

}  // namespace hookd
