#include "delivery/statistics/statistics.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/log.h"

namespace hookd {

Statistics::Statistics(Options options)
    : options_(std::move(options)), timer_(options_.clock->NewTimer([this] { OnTimer(); })) {}

Statistics::~Statistics() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  timer_.reset();
}

void Statistics::Start() {
  {
    absl::MutexLock lock(&mutex_);
    restart_ = true;
  }
  Write();
}

bool Statistics::CountsKey(int64_t key) {
  // Keys of before belong to an earlier log.
  if (!counting_ || key <= log_.first_key) return false;
  last_key_ = std::max(last_key_, key);
  return true;
}

void Statistics::OnCounted(int partition) {
  if (tallies_.partition(partition).counted == 1) {
    since_[static_cast<size_t>(partition)] = options_.clock->Steady();
  }
  if (tallies_.bytes() > options_.max_bytes) {
    // The store cannot be written for long.
    LogWarning("statistics dropped: they are counted again once the store can be written",
               {{"bytes", tallies_.bytes()}});
    Drop();
  }
  if (!timer_set_) SetTimer(tuning::kStatsTick);
}

void Statistics::CountEvent(Tallies::ProjectRef project, int64_t key, const std::vector<int64_t>& webhooks) {
  absl::MutexLock lock(&mutex_);
  if (!CountsKey(key)) return;
  // Its deliveries have the keys that follow, and are counted with it.
  last_key_ = std::max(last_key_, key + static_cast<int64_t>(webhooks.size()));
  const int64_t minute = MinuteOf(TimeOfKey(key));
  const int of_project = StatsPartitionOfProject(project.id);
  tallies_.CountEvent(of_project, project, minute, !webhooks.empty());
  for (const int64_t webhook : webhooks) {
    const int partition = StatsPartitionOfWebhook(webhook);
    tallies_.CountMatch(partition, webhook, minute);
    OnCounted(partition);
  }
  // The project was counted in memory that its webhooks may have caused to be dropped.
  if (counting_) OnCounted(of_project);
}

void Statistics::CountOutcome(Tallies::ProjectRef project, int64_t webhook_key, int64_t key,
                              const CountedOutcome& outcome) {
  absl::MutexLock lock(&mutex_);
  if (!CountsKey(key)) return;
  const int64_t minute = MinuteOf(TimeOfKey(key));
  const int of_project = StatsPartitionOfProject(project.id),
            of_webhook = StatsPartitionOfWebhook(webhook_key);
  tallies_.CountOutcome(of_project, project, minute, outcome);
  tallies_.CountOutcome(of_webhook, webhook_key, minute, outcome);
  OnCounted(of_webhook);
  if (counting_) OnCounted(of_project);
}

void Statistics::OnCommitUnknown() {
  absl::MutexLock lock(&mutex_);
  if (!counting_) return;
  Drop();
  if (!timer_set_) SetTimer(tuning::kStatsTick);
}

void Statistics::Drop() {
  tallies_.Clear();
  counting_ = false;
  restart_ = true;
}

void Statistics::SetTimer(absl::Duration after) {
  if (stopping_) return;
  timer_set_ = true;
  timer_->Set(options_.clock->Steady() + after);
}

void Statistics::OnTimer() {
  {
    absl::MutexLock lock(&mutex_);
    timer_set_ = false;
    if (stopping_) return;
    if (!tallies_.empty() || restart_) SetTimer(tuning::kStatsTick);
    if (!WantsWrite()) return;
  }
  Write();
}

bool Statistics::IsDue(int partition, absl::Time now) const {
  const Tallies::Partition& counts = tallies_.partition(partition);
  if (counts.empty()) return false;
  if (stopping_ || tallies_.bytes() > options_.max_bytes / 2) return true;
  const absl::Duration age = now - since_[static_cast<size_t>(partition)];
  if (age < tuning::kStatsMinInterval) return false;
  // Soon if that is cheap: few rows, or many counts in each. Otherwise at times that differ by partition, so
  // that not all of them are written at once.
  const auto owners = static_cast<int64_t>(counts.owners());
  if (owners <= tuning::kStatsFewOwners || counts.counted >= owners * tuning::kStatsCountsPerRow) return true;
  return age >= options_.max_interval * (0.5 + 0.5 * partition / kStatsPartitions);
}

bool Statistics::WantsWrite() const {
  if (writing_ || finished_) return false;
  if (restart_ || stopping_) return true;
  const absl::Time now = options_.clock->Steady();
  for (int i = 0; i < kStatsPartitions; ++i) {
    if (IsDue(i, now)) return true;
  }
  return false;
}

void Statistics::Write() {
  {
    absl::MutexLock lock(&mutex_);
    if (writing_) return;
    writing_ = true;
  }
  options_.store->WriteStats([this](const StatsSession& session) { return Take(session); },
                             [this](absl::StatusOr<StatsWritten> written) { OnWritten(std::move(written)); });
}

std::shared_ptr<const StatsBatch> Statistics::Take(const StatsSession& session) {
  absl::MutexLock lock(&mutex_);
  if (restart_ || !counting_ || session != session_) {
    // Counts nothing until the answer: what this transaction writes before it belongs to the log that ends.
    Drop();
    in_flight_ = nullptr;
    auto begin = std::make_shared<StatsBatch>();
    begin->begin = true;
    return begin;
  }
  // The transaction was repeated.
  if (in_flight_ == nullptr) in_flight_ = TakeDue();
  return std::shared_ptr<const StatsBatch>(in_flight_, &in_flight_->batch);
}

std::shared_ptr<Statistics::InFlight> Statistics::TakeDue() {
  auto taken = std::make_shared<InFlight>();
  StatsBatch& batch = taken->batch;
  batch.log = log_.id;
  batch.version = log_.version;
  batch.positions = log_.positions;
  const absl::Time now = options_.clock->Steady();
  size_t owners = 0;
  for (int i = 0; i < kStatsPartitions; ++i) {
    const Tallies::Partition& partition = tallies_.partition(i);
    if (!partition.empty()) {
      if (!IsDue(i, now) || (owners > 0 && owners + partition.owners() > tuning::kStatsSliceOwners)) continue;
      owners += partition.owners();
      taken->partitions.emplace_back(i, tallies_.Take(i));
      taken->partitions.back().second.AddTo(batch.rows);
    }
    batch.positions[static_cast<size_t>(i)] = last_key_;
  }
  batch.clean = stopping_ && tallies_.empty();
  return taken;
}

void Statistics::OnWritten(absl::StatusOr<StatsWritten> written) {
  bool again = false, dropped = false;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (written.ok()) {
      dropped = Apply(*written);
      again = WantsWrite();
    } else {
      if (in_flight_ != nullptr) {
        for (const auto& [number, partition] : in_flight_->partitions) tallies_.PutBack(number, partition);
      }
      finished_ = stopping_;
      if (!timer_set_) SetTimer(tuning::kStatsRetry);
    }
    in_flight_ = nullptr;
  }
  if (dropped && options_.on_dropped) options_.on_dropped();
  if (again) Write();
}

bool Statistics::Apply(const StatsWritten& written) {
  if (written.damaged > 0) {
    options_.metrics->stats_damaged.Increment(written.damaged);
    LogError("damaged statistics replaced: the hours are gaps", {{"hours", written.damaged}});
  }
  if (written.begun.has_value()) {
    log_ = *written.begun;
    session_ = written.session;
    last_key_ = log_.first_key;
    counting_ = true;
    restart_ = false;
    return true;
  }
  if (in_flight_ == nullptr) return false;
  if (!written.written) {
    // An earlier write was answered with an error and succeeded, or another process counts this log.
    Drop();
    return false;
  }
  ++log_.version;
  log_.positions = in_flight_->batch.positions;
  finished_ = in_flight_->batch.clean;
  return false;
}

Statistics::View Statistics::ViewOf(const StatsOwner& owner) const {
  const auto partition = static_cast<size_t>(StatsPartitionOf(owner));
  absl::MutexLock lock(&mutex_);
  View view{.slot = log_.slot, .newest_key = last_key_};
  if (!counting_) return view;
  view.written_to = view.taken_to = log_.positions[partition];
  if (in_flight_ != nullptr) {
    view.taken_to = in_flight_->batch.positions[partition];
    for (const auto& [number, counts] : in_flight_->partitions) {
      const Tallies::Tally* tally = static_cast<size_t>(number) == partition ? counts.Find(owner) : nullptr;
      if (tally == nullptr) continue;
      view.project_in_flight = tally->project_key;
      tally->AddTo(view.in_flight);
    }
  }
  const Tallies::Tally* tally = tallies_.partition(static_cast<int>(partition)).Find(owner);
  if (tally == nullptr) return view;
  view.project_current = tally->project_key;
  tally->AddTo(view.current);
  return view;
}

void Statistics::Stop(absl::Duration timeout) {
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    stopping_ = true;
    // There is nothing to end if it never began.
    if (log_.id == 0 && !writing_) finished_ = true;
  }
  timer_.reset();
  bool wants = false;
  {
    absl::MutexLock lock(&mutex_);
    wants = WantsWrite();
  }
  if (wants) Write();
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&finished_), timeout);
}

size_t Statistics::bytes() const {
  absl::MutexLock lock(&mutex_);
  return tallies_.bytes();
}

}  // namespace hookd
