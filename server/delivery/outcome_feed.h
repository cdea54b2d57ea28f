// Hands outcomes on to those who watch, as they are recorded.
//
// Thread-safe, and never blocks: a watcher that is slow loses what it has no room for, and slows nobody. What
// is handed out is shared by all who watch, and is not changed.
#ifndef HOOKD_DELIVERY_OUTCOME_FEED_H_
#define HOOKD_DELIVERY_OUTCOME_FEED_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "store/records.h"

namespace hookd {

class OutcomeFeed {
 public:
  // What one watcher has not taken yet: limits::kMaxWatcherLag outcomes at most.
  class Subscription {
   public:
    struct Taken {
      std::shared_ptr<const RecordedOutcome> outcome;  // null if there is none: its coming wakes the watcher
      bool more = false;                               // whether another can be taken
    };

    // The outcome that waits longest.
    Taken Take() ABSL_LOCKS_EXCLUDED(mutex_);

    // Whether all outcomes come from now on, those that other processes record too. Once they do, the watcher
    // is woken.
    bool ready() const ABSL_LOCKS_EXCLUDED(mutex_);

    // Whether outcomes came that there was no room for. From then on it takes none, and holds none.
    bool overrun() const ABSL_LOCKS_EXCLUDED(mutex_);

    // Drops what it holds of keys above this, and takes outcomes again after it was overrun. Returns whether
    // it was.
    bool DropAbove(int64_t key) ABSL_LOCKS_EXCLUDED(mutex_);

    // Whether the feed is closed.
    bool closed() const ABSL_LOCKS_EXCLUDED(mutex_);

   private:
    friend class OutcomeFeed;
    Subscription(OutcomeQuery query, std::function<void()> wake)
        : query_(std::move(query)), wake_(std::move(wake)) {}

    bool Wants(const std::string& project, const Delivery& delivery) const;
    // Whether the watcher is to be woken.
    bool Put(std::shared_ptr<const RecordedOutcome> outcome) ABSL_LOCKS_EXCLUDED(mutex_);
    void Close() ABSL_LOCKS_EXCLUDED(mutex_);
    void SetReady() ABSL_LOCKS_EXCLUDED(mutex_);

    const OutcomeQuery query_;
    const std::function<void()> wake_;
    mutable absl::Mutex mutex_;
    std::deque<std::shared_ptr<const RecordedOutcome>> outcomes_ ABSL_GUARDED_BY(mutex_);
    bool ready_ ABSL_GUARDED_BY(mutex_) = false;
    bool waits_ ABSL_GUARDED_BY(mutex_) = false;  // its watcher found nothing to take
    bool overrun_ ABSL_GUARDED_BY(mutex_) = false;
    bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  };

  // Whom to tell whether anybody watches, where other processes record outcomes too: as Cluster::SetWatched.
  // Before the first watch.
  void SetSource(std::function<void(bool watched, std::function<void()> done)> source) {
    source_ = std::move(source);
  }

  // Whether anybody watches: with nobody, outcomes need not be published.
  bool watched() const { return watchers_ != 0; }

  // Tells an outcome that is durable, once. Those of one process come in the order of their keys.
  void Publish(const std::string& project, RecordedOutcome outcome) ABSL_LOCKS_EXCLUDED(mutex_);

  // From now on outcomes that satisfy the query are kept for the watcher; its after_key and limit are not
  // looked at. `wake` is called when there is something to take after Take found nothing, when the feed is
  // closed, and by WakeAll: with no lock held, so it must not block and may still be under way after
  // Unsubscribe. RESOURCE_EXHAUSTED if limits::kMaxWatchers watch already, UNAVAILABLE after Close.
  absl::StatusOr<std::shared_ptr<Subscription>> Subscribe(OutcomeQuery query, std::function<void()> wake)
      ABSL_LOCKS_EXCLUDED(source_mutex_, mutex_);
  void Unsubscribe(const std::shared_ptr<Subscription>& subscription)
      ABSL_LOCKS_EXCLUDED(source_mutex_, mutex_);

  // Wakes every watcher: what it was granted may be void.
  void WakeAll() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends every watch, and takes no new one: the server stops.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // The source tells all from now on, as it was asked to for the time of that number.
  void OnSourceReady(int64_t time) ABSL_LOCKS_EXCLUDED(mutex_);

  std::function<void(bool watched, std::function<void()> done)> source_;
  absl::Mutex source_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);  // held while the source is called, in its order
  std::atomic<int> watchers_ = 0;
  absl::Mutex mutex_;
  int64_t source_time_ ABSL_GUARDED_BY(mutex_) = 0;  // counts the times that somebody watches
  bool source_ready_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Subscription>> subscriptions_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_OUTCOME_FEED_H_
