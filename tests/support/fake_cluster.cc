#include "tests/support/fake_cluster.h"

#include <algorithm>
#include <utility>

namespace hookd {
namespace {

void CallAll(std::deque<std::function<void()>> calls) {
  for (const auto& call : calls) call();
}

}  // namespace

void FakeCluster::HoldLoads() {
  absl::MutexLock lock(&mutex_);
  hold_takeovers_ = true;
}

void FakeCluster::ReleaseTakeovers() {
  std::deque<std::function<void()>> held;
  {
    absl::MutexLock lock(&mutex_);
    hold_takeovers_ = false;
    held.swap(held_takeovers_);
  }
  CallAll(std::move(held));
}

void FakeCluster::FailTakeovers(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  takeover_error_ = std::move(status);
}

void FakeCluster::Acquire(std::vector<Shard> shards) {
  Listener* listener = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    acquired_ = shards;
    listener = listener_;
  }
  listener->OnAcquired(shards);
}

std::vector<int> FakeCluster::handed_over() const {
  absl::MutexLock lock(&mutex_);
  return handed_over_;
}

void FakeCluster::SetNodes(std::vector<Node> nodes) {
  absl::MutexLock lock(&mutex_);
  nodes_ = std::move(nodes);
}

void FakeCluster::HoldWatched() {
  absl::MutexLock lock(&mutex_);
  hold_watched_ = true;
}

void FakeCluster::ReleaseWatched() {
  std::deque<std::function<void()>> held;
  {
    absl::MutexLock lock(&mutex_);
    hold_watched_ = false;
    held.swap(held_watched_);
  }
  CallAll(std::move(held));
}

bool FakeCluster::watched() const {
  absl::MutexLock lock(&mutex_);
  return watched_;
}

Cluster::Listener* FakeCluster::listener() const {
  absl::MutexLock lock(&mutex_);
  return listener_;
}

bool FakeCluster::retired() const {
  absl::MutexLock lock(&mutex_);
  return retired_;
}

void FakeCluster::Join(const std::string& address, Listener* listener) {
  absl::MutexLock lock(&mutex_);
  nodes_.push_back({.id = "self", .address = address});
  listener_ = listener;
}

void FakeCluster::LoadShards(std::vector<int> shards,
                             std::function<void(absl::StatusOr<ShardContents>)> done) {
  const auto among = [shards = std::move(shards)](int64_t webhook_key) {
    return std::find(shards.begin(), shards.end(), ShardOf(webhook_key)) != shards.end();
  };
  absl::StatusOr<ShardContents> takeover = ShardContents();
  {
    absl::MutexLock lock(&mutex_);
    if (!takeover_error_.ok()) takeover = takeover_error_;
  }
  if (takeover.ok()) {
    takeover->backlogs = store_->LoadBacklogs().value();
    std::erase_if(takeover->backlogs, [&](const Backlog& backlog) { return !among(backlog.webhook_key); });
    const std::vector<Webhook> webhooks = store_->LoadWebhooks().value();
    for (const Webhook& webhook : webhooks) {
      if (!among(webhook.key) || !webhook.failing_since.has_value()) continue;
      takeover->failing_since.emplace_back(webhook.key, *webhook.failing_since);
    }
  }
  {
    absl::MutexLock lock(&mutex_);
    if (hold_takeovers_) {
      held_takeovers_.emplace_back([done = std::move(done), takeover] { done(takeover); });
      return;
    }
  }
  done(std::move(takeover));
}

void FakeCluster::Release(const std::vector<int>& shards) {
  absl::MutexLock lock(&mutex_);
  handed_over_.insert(handed_over_.end(), shards.begin(), shards.end());
}

void FakeCluster::SetWatched(bool watched, std::function<void()> done) {
  {
    absl::MutexLock lock(&mutex_);
    watched_ = watched;
    if (hold_watched_) {
      held_watched_.push_back(std::move(done));
      return;
    }
  }
  done();
}

void FakeCluster::AwaitKnown(int64_t, int64_t, std::function<void()> done) {
  {
    absl::MutexLock lock(&mutex_);
    if (hold_known_) {
      held_known_.push_back(std::move(done));
      return;
    }
  }
  done();
}

void FakeCluster::HoldKnown() {
  absl::MutexLock lock(&mutex_);
  hold_known_ = true;
}

void FakeCluster::ReleaseKnown() {
  std::deque<std::function<void()>> held;
  {
    absl::MutexLock lock(&mutex_);
    hold_known_ = false;
    held.swap(held_known_);
  }
  CallAll(std::move(held));
}

void FakeCluster::ListNodes(std::function<void(absl::StatusOr<std::vector<Node>>)> done) {
  std::vector<Node> nodes;
  {
    absl::MutexLock lock(&mutex_);
    nodes = nodes_;
  }
  done(std::move(nodes));
}

void FakeCluster::SetAble(bool able) {
  Listener* listener = nullptr;
  std::vector<Shard> shards;
  std::vector<int> numbers;
  {
    absl::MutexLock lock(&mutex_);
    listener = listener_;
    for (Shard& shard : acquired_) {
      if (able) ++shard.epoch;
      numbers.push_back(shard.number);
    }
    shards = acquired_;
  }
  if (shards.empty()) return;
  if (able) {
    listener->OnAcquired(shards);
  } else {
    listener->OnLost(numbers);
  }
}

void FakeCluster::Retire() {
  absl::MutexLock lock(&mutex_);
  retired_ = true;
}

void FakeCluster::Leave(absl::Duration) {
  absl::MutexLock lock(&mutex_);
  listener_ = nullptr;
}

}  // namespace hookd
