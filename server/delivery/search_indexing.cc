#include "delivery/search_indexing.h"

#include <utility>

#include "base/log.h"
#include "base/tuning.h"

namespace hookd {

SearchIndexing::SearchIndexing(Store* store, Clock* clock, std::function<bool()> is_responsible)
    : store_(store),
      clock_(clock),
      is_responsible_(std::move(is_responsible)),
      timer_(clock->NewTimer([this] { Index(); })) {
  absl::MutexLock lock(&mutex_);
  timer_->Set(clock_->Steady() + tuning::kSearchIndexInterval);
}

SearchIndexing::~SearchIndexing() { Stop(); }

void SearchIndexing::Stop() {
  std::unique_ptr<Timer> timer;
  {
    absl::MutexLock lock(&mutex_);
    timer = std::move(timer_);
  }
}

void SearchIndexing::Index() {
  if (!is_responsible_()) return OnIndexed(false);
  store_->IndexEvents([this](const absl::StatusOr<bool>& more) { OnIndexed(more); });
}

void SearchIndexing::OnIndexed(const absl::StatusOr<bool>& more) {
  // ABORTED: another process did the work meanwhile.
  const bool failed = !more.ok() && !absl::IsAborted(more.status());
  absl::MutexLock lock(&mutex_);
  if (failed && !failing_) {
    LogWarning("search index not updated: searches read new events one by one until it is",
               {{"error", more.status().message()}});
  }
  failing_ = failed;
  if (timer_ == nullptr) return;
  timer_->Set(clock_->Steady() +
              (more.ok() && *more ? tuning::kSearchIndexPause : tuning::kSearchIndexInterval));
}

}  // namespace hookd
