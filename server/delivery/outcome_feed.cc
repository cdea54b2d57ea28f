#include "delivery/outcome_feed.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace hookd {

bool OutcomeFeed::Subscription::Add(std::shared_ptr<const RecordedOutcome> outcome) {
  absl::MutexLock lock(&mutex_);
  if (overrun_) return false;
  if (outcomes_.size() == limits::kMaxWatcherLag) {
    overrun_ = true;
    outcomes_.clear();
    return false;
  }
  outcomes_.push_back(std::move(outcome));
  return std::exchange(wake_wanted_, false);
}

OutcomeFeed::Subscription::Taken OutcomeFeed::Subscription::Take() {
  absl::MutexLock lock(&mutex_);
  wake_wanted_ = outcomes_.empty();
  if (outcomes_.empty()) return {};
  Taken taken{.outcome = std::move(outcomes_.front())};
  outcomes_.pop_front();
  taken.more = !outcomes_.empty();
  return taken;
}

bool OutcomeFeed::Subscription::overrun() const {
  absl::MutexLock lock(&mutex_);
  return overrun_;
}

bool OutcomeFeed::Subscription::DropAbove(int64_t key) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(outcomes_, [key](const auto& outcome) { return outcome->key > key; });
  return std::exchange(overrun_, false);
}

bool OutcomeFeed::Subscription::ready() const {
  absl::MutexLock lock(&mutex_);
  return ready_;
}

void OutcomeFeed::Subscription::SetReady() {
  absl::MutexLock lock(&mutex_);
  ready_ = true;
}

bool OutcomeFeed::Subscription::closed() const {
  absl::MutexLock lock(&mutex_);
  return closed_;
}

void OutcomeFeed::Subscription::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

void OutcomeFeed::Publish(const std::string& project, RecordedOutcome outcome) {
  const auto shared = std::make_shared<const RecordedOutcome>(std::move(outcome));
  absl::InlinedVector<std::shared_ptr<Subscription>, 4> to_wake;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& subscription : subscriptions_) {
      if (!Matches(subscription->query_, project, shared->delivery)) continue;
      if (subscription->Add(shared)) to_wake.push_back(subscription);
    }
  }
  for (const auto& subscription : to_wake) subscription->wake_();
}

absl::StatusOr<std::shared_ptr<OutcomeFeed::Subscription>> OutcomeFeed::Subscribe(
    OutcomeQuery query, std::function<void()> wake) {
  std::shared_ptr<Subscription> subscription(new Subscription(std::move(query), std::move(wake)));
  absl::MutexLock source_lock(&source_mutex_);
  int64_t generation = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return absl::UnavailableError("the server is stopping");
    if (subscriptions_.size() == limits::kMaxWatchers) {
      return absl::ResourceExhaustedError(
          absl::StrCat("there are ", limits::kMaxWatchers, " WatchDeliveries calls already: end one first"));
    }
    subscriptions_.push_back(subscription);
    ++watchers_;
    if (source_ == nullptr || source_ready_) subscription->SetReady();
    if (source_ != nullptr && subscriptions_.size() == 1) generation = ++source_generation_;
  }
  if (generation > 0) source_(true, [this, generation] { OnSourceReady(generation); });
  return subscription;
}

void OutcomeFeed::OnSourceReady(int64_t generation) {
  std::vector<std::shared_ptr<Subscription>> subscriptions;
  {
    absl::MutexLock lock(&mutex_);
    if (generation != source_generation_ || subscriptions_.empty()) return;
    source_ready_ = true;
    subscriptions = subscriptions_;
    for (const auto& subscription : subscriptions) subscription->SetReady();
  }
  for (const auto& subscription : subscriptions) subscription->wake_();
}

void OutcomeFeed::Unsubscribe(const std::shared_ptr<Subscription>& subscription) {
  absl::MutexLock source_lock(&source_mutex_);
  {
    absl::MutexLock lock(&mutex_);
    const auto erased = std::erase(subscriptions_, subscription);
    watchers_ -= static_cast<int>(erased);
    if (erased == 0 || !subscriptions_.empty() || source_ == nullptr) return;
    source_ready_ = false;
  }
  source_(false, [] {});
}

void OutcomeFeed::WakeAll() {
  std::vector<std::shared_ptr<Subscription>> subscriptions;
  {
    absl::MutexLock lock(&mutex_);
    subscriptions = subscriptions_;
  }
  for (const auto& subscription : subscriptions) subscription->wake_();
}

void OutcomeFeed::Close() {
  std::vector<std::shared_ptr<Subscription>> subscriptions;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    subscriptions = subscriptions_;
    for (const auto& subscription : subscriptions) subscription->Close();
  }
  for (const auto& subscription : subscriptions) subscription->wake_();
}

}  // namespace hookd
