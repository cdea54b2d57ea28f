// Changes of the configuration that other processes are to know of before they are answered.
//
// Not thread-safe.
#ifndef HOOKD_STORE_POSTGRES_KNOWN_CHANGES_H_
#define HOOKD_STORE_POSTGRES_KNOWN_CHANGES_H_

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
  // A revision of a webhook that the processes of these slots are to know of; `done` is called when they all
  // do, or at the deadline. From within this if they do already.
  void Await(int64_t webhook_key, int64_t revision, std::set<int> slots, absl::Time deadline,
             std::function<void()> done);

  // The process of that slot knows of the webhook's revision, and of those before. Remembered, as it may say
  // so before it is waited for.
  void Known(int slot, int64_t webhook_key, int64_t revision);

  // Ends what waited until its deadline, or all of it; returns how many. Forgets who knows of revisions below
  // `forget`.
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

#endif  // HOOKD_STORE_POSTGRES_KNOWN_CHANGES_H_
