// Caches the answers for host names, and remembers for longer which names failed.
//
// Thread-safe. Holds at most limits::kMaxCachedNames; above that, an arbitrary name is evicted.
#ifndef HOOKD_HTTP_NAMES_NAME_CACHE_H_
#define HOOKD_HTTP_NAMES_NAME_CACHE_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/names/name_resolver.h"

namespace hookd {

class NameCache {
 public:
  // The history of a name.
  enum class Record { kFound, kNew, kFailed };

  // Returns the answer that is valid at `now`, if any.
  std::optional<NameResolver::Answer> Find(const std::string& name, absl::Time now) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Stores an answer. `ttl` is its time to live, if the name was found.
  void Put(const std::string& name, const NameResolver::Answer& answer, absl::Duration ttl, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  Record RecordOf(const std::string& name) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    NameResolver::Answer answer;
    absl::Time until;
    int failures = 0;  // in a row
  };

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_HTTP_NAMES_NAME_CACHE_H_
