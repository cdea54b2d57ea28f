// A Cluster in memory, of which the test is all the others: it tells the listener, or the dispatcher, what
// they did.
//
// Thread-safe. `done`s are called from within the call, but those that are held back.
#ifndef HOOKD_TESTS_SUPPORT_FAKE_CLUSTER_H_
#define HOOKD_TESTS_SUPPORT_FAKE_CLUSTER_H_

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "store/cluster.h"
#include "store/store.h"

namespace hookd {

class FakeCluster : public Cluster {
 public:
  // What waits is what the store has.
  explicit FakeCluster(Store* store) : store_(store) {}

  // From now on what is there for shards is not answered before it is released; what is read then, or at
  // once.
  void HoldLoads();
  void ReleaseTakeovers();
  // What is there for shards gets this error until it is set to OK.
  void FailTakeovers(absl::Status status);

  // The process acquires shards, which SetAble then takes from it and gives back. Needs Join before.
  void Acquire(std::vector<Shard> shards);

  // Shards that were handed over, in order.
  std::vector<int> handed_over() const;

  void SetNodes(std::vector<Node> nodes);
  // From now on SetWatched is not answered before it is released.
  void HoldWatched();
  void ReleaseWatched();
  bool watched() const;

  // From now on AwaitKnown is not answered before it is released.
  void HoldKnown();
  void ReleaseKnown();

  Listener* listener() const;
  bool retired() const;

  void Join(const std::string& address, Listener* listener) override;
  void LoadShards(std::vector<int> shards, std::function<void(absl::StatusOr<ShardContents>)> done) override;
  void Release(const std::vector<int>& shards) override;
  void SetWatched(bool watched, std::function<void()> done) override;
  void AwaitKnown(int64_t webhook_key, int64_t revision, std::function<void()> done) override;
  std::string node_id() const override { return "self"; }
  void ListNodes(std::function<void(absl::StatusOr<std::vector<Node>>)> done) override;
  void SetAble(bool able) override;
  void Retire() override;
  void Leave(absl::Duration at_most) override;

 private:
  Store* const store_;
  mutable absl::Mutex mutex_;
  Listener* listener_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool hold_takeovers_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status takeover_error_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> held_takeovers_ ABSL_GUARDED_BY(mutex_);
  std::vector<Shard> acquired_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> handed_over_ ABSL_GUARDED_BY(mutex_);
  std::vector<Node> nodes_ ABSL_GUARDED_BY(mutex_);
  bool hold_known_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> held_known_ ABSL_GUARDED_BY(mutex_);
  bool hold_watched_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> held_watched_ ABSL_GUARDED_BY(mutex_);
  bool watched_ ABSL_GUARDED_BY(mutex_) = false;
  bool retired_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_FAKE_CLUSTER_H_
