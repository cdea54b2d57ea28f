// Wakes watchers of events when there are new events to read from the store.
//
// Watchers read the log of events themselves, at their own pace, so that a slow one needs no memory. Wakes
// are paced: a watcher reads the events of several transactions at once. Where other processes accept events
// too, watchers are also woken at an interval.
//
// Thread-safe; no method blocks. Watchers are woken on the clock's thread.
#ifndef HOOKD_DELIVERY_EVENT_FEED_H_
#define HOOKD_DELIVERY_EVENT_FEED_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace hookd {

class EventFeed {
 public:
  // A watcher of a project. It is subscribed as long as it exists.
  class Subscription {
   public:
    ~Subscription() { feed_->Unsubscribe(this); }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // Whether the feed is closed.
    bool closed() const { return feed_->closed_; }

    // Wakes the watcher a moment later: there are events that cannot be read yet.
    void WakeSoon() { feed_->WakeSoon(this); }

   private:
    friend class EventFeed;
    Subscription(EventFeed* feed, std::string project, std::function<void()> wake)
        : feed_(feed), project_(std::move(project)), wake_(std::move(wake)) {}

    EventFeed* const feed_;
    const std::string project_;
    const std::function<void()> wake_;
    bool due_ = false;  // guarded by the feed's mutex: it is to be woken next
  };

  // `shared` is whether other processes accept events for the same store. `clock` must outlive the feed, and
  // the feed its subscriptions.
  EventFeed(Clock* clock, bool shared);

  // Events of the project are durable. Costs one atomic read if there is no watcher.
  void OnAccepted(const std::string& project) ABSL_LOCKS_EXCLUDED(mutex_) {
    if (watchers_ != 0) WakeWatchersOf(project);
  }

  // Calls `wake` after events of the project were accepted, and at least once in half of
  // limits::kWatchHeartbeat. It is called without a lock, so a call may still be in progress after the
  // subscription is gone. It must not block. UNAVAILABLE after Close.
  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(std::string project, std::function<void()> wake)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Wakes every watcher, so that it checks its authorization again.
  void WakeAll() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends every subscription and refuses new ones: the server is stopping.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void WakeWatchersOf(const std::string& project) ABSL_LOCKS_EXCLUDED(mutex_);
  void WakeSoon(Subscription* subscription) ABSL_LOCKS_EXCLUDED(mutex_);
  void Unsubscribe(Subscription* subscription) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnTimer() ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes the timer fire then, unless it fires before.
  void SetTimer(absl::Time due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock* const clock_;
  const absl::Duration interval_;  // between two wakes of all watchers
  std::atomic<int> watchers_ = 0;
  std::atomic<bool> closed_ = false;
  absl::Mutex mutex_;
  std::vector<Subscription*> subscriptions_ ABSL_GUARDED_BY(mutex_);
  absl::Time woken_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // of the last wake of any watcher
  absl::Time all_due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::Time timer_due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::unique_ptr<Timer> timer_;  // last: its callback uses the members above
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_EVENT_FEED_H_
