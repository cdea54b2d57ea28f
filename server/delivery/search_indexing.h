// Keeps the search index of the store up to date, in small slices with pauses, so that they delay no write
// of a caller.
//
// Thread-safe; no method blocks. Owns nothing that it is given; the store calls back into it until the store
// is destroyed, which may be before or after it.
#ifndef HOOKD_DELIVERY_SEARCH_INDEXING_H_
#define HOOKD_DELIVERY_SEARCH_INDEXING_H_

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "store/store.h"

namespace hookd {

class SearchIndexing {
 public:
  // Works only while `is_responsible` returns true: of several processes, one is enough.
  SearchIndexing(Store* store, Clock* clock, std::function<bool()> is_responsible);
  ~SearchIndexing();

  // Begins no further slice. The store finishes one that is in progress.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Index() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnIndexed(const absl::StatusOr<bool>& more) ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  Clock* const clock_;
  const std::function<bool()> is_responsible_;
  absl::Mutex mutex_;
  std::unique_ptr<Timer> timer_ ABSL_GUARDED_BY(mutex_);  // null once stopped
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;          // the last slice failed
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SEARCH_INDEXING_H_
