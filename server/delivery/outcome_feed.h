// Publishes outcomes to watchers as they are recorded.
//
// Thread-safe; no method blocks. A watcher that is too slow loses outcomes, and delays no other. All watchers
// get the same object, which never changes.
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
#include "store/delivery_query.h"
#include "store/records.h"

namespace hookd {

class OutcomeFeed {
 public:
  // The outcomes that one watcher has not taken yet: limits::kMaxWatcherLag at most.
  class Subscription {
   public:
    struct Taken {
      std::shared_ptr<const RecordedOutcome> outcome;  // null if there is none: the next wakes the watcher
      bool more = false;                               // whether another can be taken
    };

    // Removes and returns the oldest outcome.
    Taken Take() ABSL_LOCKS_EXCLUDED(mutex_);

    // Whether all outcomes are published to it, including those that other processes record. The watcher is
    // woken when that becomes true.
    bool ready() const ABSL_LOCKS_EXCLUDED(mutex_);

    // Whether an outcome was lost for lack of room. From then on it holds none, and none is added.
    bool overrun() const ABSL_LOCKS_EXCLUDED(mutex_);

    // Drops outcomes of keys above this, and ends the overrun. Returns whether it was overrun.
    bool DropAbove(int64_t key) ABSL_LOCKS_EXCLUDED(mutex_);

    // Whether the feed is closed.
    bool closed() const ABSL_LOCKS_EXCLUDED(mutex_);

   private:
    friend class OutcomeFeed;
    Subscription(OutcomeQuery query, std::function<void()> wake)
        : query_(std::move(query)), wake_(std::move(wake)) {}

    // Returns whether the watcher is to be woken.
    bool Add(std::shared_ptr<const RecordedOutcome> outcome) ABSL_LOCKS_EXCLUDED(mutex_);
    void Close() ABSL_LOCKS_EXCLUDED(mutex_);
    void SetReady() ABSL_LOCKS_EXCLUDED(mutex_);

    const OutcomeQuery query_;
    const std::function<void()> wake_;
    mutable absl::Mutex mutex_;
    std::deque<std::shared_ptr<const RecordedOutcome>> outcomes_ ABSL_GUARDED_BY(mutex_);
    bool ready_ ABSL_GUARDED_BY(mutex_) = false;
    bool wake_wanted_ ABSL_GUARDED_BY(mutex_) = false;  // the watcher found nothing to take
    bool overrun_ ABSL_GUARDED_BY(mutex_) = false;
    bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  };

  // Where other processes record outcomes too: is called when the first watcher comes and when the last one
  // leaves, like Cluster::SetWatched. Call it before the first Subscribe.
  void SetSource(std::function<void(bool watched, std::function<void()> done)> source) {
    source_ = std::move(source);
  }

  // Whether there is a watcher: without one, outcomes need not be published.
  bool watched() const { return watchers_ != 0; }

  // Publishes an outcome that is durable. Call it once an outcome; those of one process come in the order of
  // their keys.
  void Publish(const std::string& project, RecordedOutcome outcome) ABSL_LOCKS_EXCLUDED(mutex_);

  // From now on outcomes that match the query are kept for the watcher; after_key and limit are ignored.
  // `wake` is called when there is an outcome to take after Take found none, when the feed is closed, and by
  // WakeAll. It is called without a lock, so a call may still be in progress after Unsubscribe; it must not
  // block. RESOURCE_EXHAUSTED if there are limits::kMaxWatchers watchers, UNAVAILABLE after Close.
  absl::StatusOr<std::shared_ptr<Subscription>> Subscribe(OutcomeQuery query, std::function<void()> wake)
      ABSL_LOCKS_EXCLUDED(source_mutex_, mutex_);
  void Unsubscribe(const std::shared_ptr<Subscription>& subscription)
      ABSL_LOCKS_EXCLUDED(source_mutex_, mutex_);

  // Wakes every watcher, so that it checks its authorization again.
  void WakeAll() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends every subscription and refuses new ones: the server is stopping.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // The source publishes all outcomes, as SetSource's function was asked to for that generation.
  void OnSourceReady(int64_t generation) ABSL_LOCKS_EXCLUDED(mutex_);

  std::function<void(bool watched, std::function<void()> done)> source_;
  absl::Mutex source_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);  // held while the source is called, in its order
  std::atomic<int> watchers_ = 0;
  absl::Mutex mutex_;
  int64_t source_generation_ ABSL_GUARDED_BY(mutex_) = 0;  // how often a first watcher has come
  bool source_ready_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Subscription>> subscriptions_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_OUTCOME_FEED_H_
