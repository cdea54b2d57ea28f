// Divides a number of places (watches, tests, streams) fairly, so that no holder takes them all.
//
// A holder is a project or a token. A place counts for each of its holders. A holder below its share gets a
// place as long as one is free. Above its share it gets one only if a share remains free for others: a single
// holder can have all places except one share, which other holders always find free. A holder can also be
// limited to fewer places.
//
// Thread-safe. Must outlive its places.
#ifndef HOOKD_BASE_SHARES_H_
#define HOOKD_BASE_SHARES_H_

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/limits.h"

namespace hookd {

class Shares {
 public:
  // A place, which is free again once it is destroyed.
  using Place = std::shared_ptr<const void>;

  // `what` is the plural name of the places, such as "watches". A holder has at most `per_holder` of them.
  Shares(int places, absl::string_view what, int per_holder = std::numeric_limits<int>::max())
      : places_(places),
        share_(static_cast<int>(places * limits::kMaxShare)),
        per_holder_(per_holder),
        what_(what) {}

  // Returns a place for these holders, or RESOURCE_EXHAUSTED with a sentence for the caller. Empty holders
  // are ignored.
  absl::StatusOr<Place> Take(std::vector<std::string> holders) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const int free = places_ - taken_;
    if (free <= 0) {
      return absl::ResourceExhaustedError(
          absl::StrCat(places_, " ", what_, " are in flight already: try again later"));
    }
    for (const std::string& holder : holders) {
      const auto found = held_.find(holder);
      if (holder.empty() || found == held_.end()) continue;
      if (found->second >= per_holder_) {
        return absl::ResourceExhaustedError(absl::StrCat(
            found->second, " ", what_, " of this project or token are in flight already, which is ",
            "the maximum: try again once one has ended"));
      }
      if (found->second < share_ || free > share_) continue;
      return absl::ResourceExhaustedError(
          absl::StrCat(found->second, " ", what_, " of this project or token are in flight already; ", share_,
                       " of ", places_, " are reserved for others: end one first"));
    }
    ++taken_;
    for (const std::string& holder : holders) {
      if (!holder.empty()) ++held_[holder];
    }
    return Place(this, [holders = std::move(holders)](const void* shares) {
      static_cast<Shares*>(const_cast<void*>(shares))->Release(holders);
    });
  }

  // How many places are taken.
  int taken() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return taken_;
  }

 private:
  void Release(const std::vector<std::string>& holders) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    --taken_;
    for (const std::string& holder : holders) {
      const auto found = held_.find(holder);
      if (found != held_.end() && --found->second == 0) held_.erase(found);
    }
  }

  const int places_;
  const int share_;
  const int per_holder_;
  const std::string what_;
  mutable absl::Mutex mutex_;
  int taken_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, int> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_BASE_SHARES_H_
