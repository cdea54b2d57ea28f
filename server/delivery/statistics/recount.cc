#include "delivery/statistics/recount.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/tuning.h"
#include "store/stats/stats_rows.h"

namespace hookd {

Recount::Recount(Options options)
    : options_(std::move(options)), timer_(options_.clock->NewTimer([this] { OnTimer(); })) {}

Recount::~Recount() { Stop(); }

void Recount::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  timer_.reset();
}

void Recount::Wake() {
  absl::MutexLock lock(&mutex_);
  wanted_ = true;
  if (running_ || stopping_) return;
  next_ = [this] { FindLogs(); };
  timer_->Set(options_.clock->Steady());
}

void Recount::OnTimer() {
  std::function<void()> next;
  {
    absl::MutexLock lock(&mutex_);
    // Wake may have set the timer when it was about to call back.
    next = std::exchange(next_, nullptr);
    if (stopping_ || next == nullptr) return;
    running_ = true;
  }
  next();
}

void Recount::EndRound(absl::Duration pause) {
  absl::MutexLock lock(&mutex_);
  running_ = false;
  logs_.clear();
  tallies_.Clear();
  if (stopping_) return;
  if (wanted_) pause = std::min(pause, tuning::kRecountPause);
  next_ = [this] { FindLogs(); };
  timer_->Set(options_.clock->Steady() + pause);
}

void Recount::FindLogs() {
  if (!options_.is_responsible()) return EndRound(tuning::kRecountInterval);
  {
    absl::MutexLock lock(&mutex_);
    wanted_ = false;
  }
  options_.store->ReadStatsLogs(
      [this](absl::StatusOr<std::vector<StatsLog>> logs) { OnLogs(std::move(logs)); });
}

void Recount::OnLogs(absl::StatusOr<std::vector<StatsLog>> logs) {
  if (!logs.ok()) {
    LogWarning("statistics could not be counted again: retrying", {{"error", logs.status().message()}});
    return EndRound(tuning::kRecountInterval);
  }
  {
    absl::MutexLock lock(&mutex_);
    logs_ = *std::move(logs);
    std::reverse(logs_.begin(), logs_.end());
  }
  BeginLog();
}

void Recount::BeginLog() {
  bool more = false, damaged = false;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    tallies_.Clear();
    log_begun_ = false;
    counted_ = 0;
    more = !logs_.empty();
    if (more) {
      damaged = log().positions.empty();
      read_to_ = damaged ? log().end_key : CountedTo(log().positions);
      span_from_ = read_to_;
    }
  }
  if (damaged) return WriteSlice();
  if (more) return ReadPage();
  // One process has nothing to look for unless it is woken; of several, others may crash.
  EndRound(options_.store->cluster() == nullptr ? absl::InfiniteDuration() : tuning::kRecountInterval);
}

void Recount::ReadPage() {
  StatsRecordsQuery query{.limit = tuning::kRecountReadSize};
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    query.slot = log().slot;
    query.after_key = read_to_;
    query.to_key = log().end_key;
  }
  if (query.after_key >= query.to_key) return WriteSlice();
  options_.store->ReadStatsRecords(query,
                                   [this](const absl::StatusOr<StatsRecords>& records) { OnPage(records); });
}

void Recount::OnPage(const absl::StatusOr<StatsRecords>& records) {
  if (!records.ok()) {
    LogWarning("statistics could not be counted again: retrying", {{"error", records.status().message()}});
    return EndRound(tuning::kRecountInterval);
  }
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    Count(*records);
    read_to_ = records->read_to;
    const bool full = tallies_.bytes() > tuning::kMaxRecountBytes ||
                      TimeOfKey(read_to_) - TimeOfKey(span_from_) > tuning::kRecountSpan;
    if (read_to_ < log().end_key && !full) {
      next_ = [this] { ReadPage(); };
      timer_->Set(options_.clock->Steady() + tuning::kRecountPause);
      return;
    }
  }
  WriteSlice();
}

bool Recount::Wants(int partition, int64_t key) const {
  return key > logs_.back().positions[static_cast<size_t>(partition)];
}

void Recount::Count(const StatsRecords& records) {
  counted_ += static_cast<int64_t>(records.events.size() + records.outcomes.size());
  for (const auto& event : records.events) {
    const int partition = StatsPartitionOfProject(event.project);
    if (!Wants(partition, event.key)) continue;
    tallies_.CountEvent(partition, {event.project, event.project_key}, MinuteOf(TimeOfKey(event.key)),
                        event.matched);
  }
  for (const auto& delivery : records.deliveries) {
    const int partition = StatsPartitionOfWebhook(delivery.webhook_key);
    if (!Wants(partition, delivery.key)) continue;
    tallies_.CountMatch(partition, delivery.webhook_key, MinuteOf(TimeOfKey(delivery.key)));
  }
  for (const auto& recorded : records.outcomes) {
    CountedOutcome outcome{.state = recorded.state, .attempt = std::nullopt, .latency = recorded.total};
    if (recorded.attempted) {
      outcome.attempt = StatsCountOfAttempt(recorded.error_class, recorded.response_status);
    }
    const int64_t minute = MinuteOf(TimeOfKey(recorded.key));
    const int of_project = StatsPartitionOfProject(recorded.project);
    if (Wants(of_project, recorded.key)) {
      tallies_.CountOutcome(of_project, {recorded.project, recorded.project_key}, minute, outcome);
    }
    const int of_webhook = StatsPartitionOfWebhook(recorded.webhook_key);
    if (Wants(of_webhook, recorded.key)) {
      tallies_.CountOutcome(of_webhook, recorded.webhook_key, minute, outcome);
    }
  }
}

void Recount::NoteDeleted(StatsBatch& batch) {
  const StatsLog& counted = logs_.back();
  if (counted.positions.empty()) {
    batch.gaps.push_back({.start = TimeOfKey(counted.first_key), .end = TimeOfKey(counted.end_key)});
    return;
  }
  if (log_begun_ || counted.clean || options_.keep == absl::InfiniteDuration()) return;
  const absl::Time start = TimeOfKey(CountedTo(counted.positions));
  const absl::Time end = std::min(TimeOfKey(counted.end_key), options_.clock->Steady() - options_.keep);
  if (start < end) batch.gaps.push_back({.start = start, .end = end});
}

std::shared_ptr<const StatsBatch> Recount::TakeSlice() {
  auto batch = std::make_shared<StatsBatch>();
  batch->log = log().id;
  batch->version = log().version;
  batch->positions = log().positions;
  if (batch->positions.empty()) batch->positions.assign(kStatsPartitions, read_to_);
  NoteDeleted(*batch);
  size_t owners = 0;
  for (int i = 0; i < kStatsPartitions; ++i) {
    const size_t more = tallies_.partition(i).owners();
    if (more > 0) {
      if (owners > 0 && owners + more > tuning::kStatsSliceOwners) continue;
      owners += more;
      tallies_.Take(i).AddTo(batch->rows);
    }
    int64_t& position = batch->positions[static_cast<size_t>(i)];
    position = std::max(position, read_to_);
  }
  if (tallies_.empty() && read_to_ >= log().end_key) {
    batch->finished = log().ended;
    // What the process stored last before it ended has become visible since this was first noticed.
    const int64_t lag = FirstKeyAt(absl::UnixEpoch() + limits::kMaxCommitLag);
    if (log().over && !log().ended) {
      batch->clean = log().end_key >= over_since_.try_emplace(log().id, log().end_key + lag).first->second;
    } else {
      over_since_.erase(log().id);
    }
  }
  return batch;
}

void Recount::WriteSlice() {
  std::shared_ptr<const StatsBatch> batch;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    batch = batch_ = TakeSlice();
  }
  options_.store->WriteStats([batch](const StatsSession&) { return batch; },
                             [this](const absl::StatusOr<StatsWritten>& written) { OnWritten(written); });
}

void Recount::OnWritten(const absl::StatusOr<StatsWritten>& written) {
  if (!written.ok()) {
    LogWarning("statistics could not be written: counting again", {{"error", written.status().message()}});
    return EndRound(tuning::kRecountInterval);
  }
  bool log_ends = false, slices_left = false;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    log_begun_ = true;
    ++log().version;
    log().positions = batch_->positions;
    slices_left = !tallies_.empty();
    span_from_ = read_to_;
    log_ends = !written->written || (!slices_left && read_to_ >= log().end_key);
    if (log_ends) {
      // Without a write, another process counts it.
      if (written->written && counted_ > 0) {
        LogInfo("counted events and outcomes again for statistics", {{"records", counted_}});
      }
      if (written->written && batch_->clean) over_since_.erase(log().id);
      logs_.pop_back();
    } else if (!slices_left) {
      next_ = [this] { ReadPage(); };
      timer_->Set(options_.clock->Steady() + tuning::kRecountPause);
    }
  }
  if (log_ends) return BeginLog();
  if (slices_left) WriteSlice();
}

}  // namespace hookd
