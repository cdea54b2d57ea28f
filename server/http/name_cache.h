// What is known of names, for as long as it may be believed; and, longer, which of them failed.
//
// Thread-safe. Holds limits::kMaxCachedNames at most: past it, an arbitrary one is forgotten.
#ifndef HOOKD_HTTP_NAME_CACHE_H_
#define HOOKD_HTTP_NAME_CACHE_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/name_resolver.h"

namespace hookd {

class NameCache {
 public:
  // How a name has done.
  enum class Record { kFound, kNew, kFailed };

  // What is believed at `now`, if anything.
  std::optional<NameResolver::Answer> Find(const std::string& name, absl::Time now) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Keeps an answer. `ttl` is the answer's own, of one that was found.
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

#endif  // HOOKD_HTTP_NAME_CACHE_H_
