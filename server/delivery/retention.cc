#include "delivery/retention.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "base/tuning.h"

namespace hookd {

Retention::Retention(Store* store, Clock* clock, const Options& options, std::function<bool()> is_responsible)
    : store_(store),
      clock_(clock),
      options_(options),
      is_responsible_(std::move(is_responsible)),
      timer_(clock->NewTimer([this] { Purge(); })) {
  absl::MutexLock lock(&mutex_);
  timer_->Set(clock_->Steady() + tuning::kPurgeInterval);
}

Retention::~Retention() { Stop(); }

void Retention::Stop() {
  std::unique_ptr<Timer> timer;
  {
    absl::MutexLock lock(&mutex_);
    timer = std::move(timer_);
  }
}

void Retention::Purge() {
  if (!is_responsible_()) return Wait(/*more=*/false);
  // A wall clock that jumps ahead must not make everything old.
  const absl::Time now = clock_->Steady();
  store_->Purge(FirstKeyAt(now - options_.keep),
                FirstKeyAt(now - std::min(options_.keep, options_.keep_delivered)), tuning::kPurgeSliceSize,
                [this](const absl::StatusOr<Purged>& purged) { OnPurged(purged); });
}

void Retention::OnPurged(const absl::StatusOr<Purged>& purged) {
  if (!purged.ok()) LogWarning("expired events could not be purged", {{"error", purged.status().message()}});
  const bool more = purged.ok() && purged->more;
  store_->PurgeProjects(tuning::kPurgeSliceSize, [this, more](const absl::StatusOr<Purged>& projects) {
    if (!projects.ok()) {
      LogWarning("deleted projects could not be purged", {{"error", projects.status().message()}});
    } else {
      OnProjectsPurged(*projects);
    }
    Wait(more || (projects.ok() && projects->more));
  });
}

void Retention::OnProjectsPurged(const Purged& purged) {
  absl::MutexLock lock(&mutex_);
  purged_records_ += purged.count;
  if (purged.projects == 0) return;
  LogInfo("data of deleted projects purged", {{"projects", purged.projects}, {"records", purged_records_}});
  purged_records_ = 0;
}

void Retention::Wait(bool more) {
  absl::MutexLock lock(&mutex_);
  if (timer_ == nullptr) return;
  timer_->Set(clock_->Steady() + (more ? tuning::kPurgePause : tuning::kPurgeInterval));
}

}  // namespace hookd
