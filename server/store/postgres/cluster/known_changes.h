// Which processes know which changes of the configuration: a change is answered once all of them know it.
//
// Not thread-safe.
#ifndef HOOKD_STORE_POSTGRES_CLUSTER_KNOWN_CHANGES_H_
#define HOOKD_STORE_POSTGRES_CLUSTER_KNOWN_CHANGES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace hookd {

class KnownChanges {
 public:
  // Calls `done` when the processes of these slots all know a revision of a webhook, or at the deadline.
  // Within the call if they know it already.
  void Await(int64_t webhook_key, int64_t revision, std::set<int> slots, absl::Time deadline,
             std::function<void()> done);

  // The process of that slot knows the webhook's revision, and earlier ones. Stored, as this may be called
  // before Await.
  void Known(int slot, int64_t webhook_key, int64_t revision);

  // Ends the waits whose deadline is not after `now`, and returns how many. Forgets which processes know
  // revisions below `forget`.
  int End(absl::Time now, int64_t forget);
  void EndAll() { End(absl::InfiniteFuture(), 0); }

 private:
  struct Awaited {
    int64_t webhook_key = 0;
    int64_t revision = 0;
    std::set<int> missing;
    absl::Time deadline;
    std::function<void()> done;
  };

  std::vector<Awaited> awaited_;
  // The latest revisions, by webhook and slot.
  std::map<std::pair<int64_t, int>, int64_t> known_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CLUSTER_KNOWN_CHANGES_H_
