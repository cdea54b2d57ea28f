#include "delivery/event_feed.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/tuning.h"

namespace hookd {

EventFeed::EventFeed(Clock* clock, bool shared)
    : clock_(clock),
      interval_(shared ? tuning::kEventWatchPoll : limits::kWatchHeartbeat / 2),
      timer_(clock->NewTimer([this] { OnTimer(); })) {}

absl::StatusOr<std::unique_ptr<EventFeed::Subscription>> EventFeed::Subscribe(std::string project,
                                                                              std::function<void()> wake) {
  std::unique_ptr<Subscription> subscription(new Subscription(this, std::move(project), std::move(wake)));
  absl::MutexLock lock(&mutex_);
  if (closed_) return absl::UnavailableError("the server is stopping");
  subscriptions_.push_back(subscription.get());
  if (++watchers_ == 1) {
    all_due_ = clock_->Steady() + interval_;
    SetTimer(all_due_);
  }
  return subscription;
}

void EventFeed::Unsubscribe(Subscription* subscription) {
  absl::MutexLock lock(&mutex_);
  watchers_ -= static_cast<int>(std::erase(subscriptions_, subscription));
  if (subscriptions_.empty()) all_due_ = absl::InfiniteFuture();
}

void EventFeed::WakeWatchersOf(const std::string& project) {
  absl::MutexLock lock(&mutex_);
  bool any = false;
  for (Subscription* subscription : subscriptions_) {
    if (subscription->project_ == project) any = subscription->due_ = true;
  }
  if (any) SetTimer(std::max(clock_->Steady(), woken_ + tuning::kEventWatchPace));
}

void EventFeed::WakeSoon(Subscription* subscription) {
  absl::MutexLock lock(&mutex_);
  subscription->due_ = true;
  SetTimer(clock_->Steady() + tuning::kEventWatchPace);
}

void EventFeed::SetTimer(absl::Time due) {
  if (due >= timer_due_) return;
  timer_due_ = due;
  timer_->Set(due);
}

void EventFeed::OnTimer() {
  std::vector<std::function<void()>> wakes;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = clock_->Steady();
    timer_due_ = absl::InfiniteFuture();
    const bool all = now >= all_due_;
    for (Subscription* subscription : subscriptions_) {
      if (std::exchange(subscription->due_, false) || all) wakes.push_back(subscription->wake_);
    }
    if (!wakes.empty()) woken_ = now;
    if (all) all_due_ = now + interval_;
    if (!subscriptions_.empty()) SetTimer(all_due_);
  }
  for (const auto& wake : wakes) wake();
}

void EventFeed::WakeAll() {
  std::vector<std::function<void()>> wakes;
  {
    absl::MutexLock lock(&mutex_);
    for (const Subscription* subscription : subscriptions_) wakes.push_back(subscription->wake_);
  }
  for (const auto& wake : wakes) wake();
}

void EventFeed::Close() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  WakeAll();
}

}  // namespace hookd
