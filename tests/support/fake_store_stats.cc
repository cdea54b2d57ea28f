// The part of FakeStore for statistics.
#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

std::tuple<int64_t, std::string, int64_t> HourPlace(const StatsOwner& owner, int64_t hour) {
  return {owner.webhook_key, owner.project, hour};
}

}  // namespace

void FakeStore::DamageStats() {
  absl::MutexLock lock(&mutex_);
  for (auto& [place, row] : stats_) row.total = "damaged";
}

int64_t FakeStore::stats_rows_written() const {
  absl::MutexLock lock(&mutex_);
  return stats_rows_written_;
}

void FakeStore::BeginStatsLog(StatsWritten& written) {
  for (auto& [id, log] : stats_logs_) {
    if (log.ended) continue;
    log.ended = true;
    log.end_key = keys_.last();
  }
  StatsLog log{.id = ++last_stats_log_, .first_key = keys_.last()};
  log.positions.assign(kStatsPartitions, log.first_key);
  stats_logs_[log.id] = log;
  written.begun = log;
  written.written = true;
}

void FakeStore::WriteBatch(const StatsBatch& batch, StatsWritten& written) {
  if (batch.begin) return BeginStatsLog(written);
  const auto log = stats_logs_.find(batch.log);
  if (log == stats_logs_.end() || log->second.version != batch.version) return;
  for (const StatsRow& row : batch.rows) {
    if (row.owner.webhook_key == 0 && !KnowsOwner(row.owner)) continue;
    const int64_t counted_for = row.owner.project_key;
    if (counted_for != 0 && counted_for != ProjectKeyNow(row.owner.project)) continue;
    const auto found = stats_.find(HourPlace(row.owner, row.hour));
    bool damaged = false;
    stats_[HourPlace(row.owner, row.hour)] =
        AddToStored(found == stats_.end() ? nullptr : &found->second, row,
                    batch.positions[static_cast<size_t>(StatsPartitionOf(row.owner))], damaged);
    written.damaged += damaged ? 1 : 0;
    if (damaged) stats_gaps_.push_back(GapOfHour(row.hour));
    ++stats_rows_written_;
  }
  stats_gaps_.insert(stats_gaps_.end(), batch.gaps.begin(), batch.gaps.end());
  written.written = true;
  if (batch.finished) {
    stats_logs_.erase(log);
    return;
  }
  ++log->second.version;
  log->second.positions = batch.positions;
  log->second.clean = batch.clean;
}

void FakeStore::WriteStats(TakeStats take, Done<absl::StatusOr<StatsWritten>> done) {
  const auto write = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<StatsWritten> {
    if (!write_error_.ok()) return write_error_;
    StatsWritten written;
    const std::shared_ptr<const StatsBatch> batch = take(written.session);
    if (batch != nullptr) WriteBatch(*batch, written);
    return written;
  };
  mutex_.Lock();
  auto written = write();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), written = std::move(written)] { done(written); });
}

int64_t FakeStore::ProjectKeyNow(const std::string& id) const {
  const auto found = projects_.find(id);
  return found == projects_.end() ? 0 : found->second.key;
}

bool FakeStore::KnowsOwner(const StatsOwner& owner) const {
  if (owner.webhook_key != 0) return names_.contains(owner.webhook_key);
  return std::any_of(names_.begin(), names_.end(),
                     [&owner](const auto& name) { return name.second.first == owner.project; }) ||
         std::any_of(events_.begin(), events_.end(),
                     [&owner](const auto& event) { return event.second.project == owner.project; });
}

void FakeStore::ReadStats(StatsQuery query, Done<absl::StatusOr<StatsPage>> done) {
  StatsPage page;
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = read_error_;
    for (size_t i = 0; i < query.owners.size(); ++i) {
      const StatsOwner& owner = query.owners[i];
      page.known.push_back(KnowsOwner(owner));
      page.project_keys.push_back(owner.webhook_key == 0 ? ProjectKeyNow(owner.project) : 0);
      const auto end = stats_.lower_bound(HourPlace(owner, query.end_hour));
      for (auto it = stats_.lower_bound(HourPlace(owner, query.first_hour)); it != end; ++it) {
        std::optional<absl::string_view> minutes;
        if (query.minutes) minutes = it->second.minutes;
        page.hours.push_back(
            ReadStored(i, std::get<2>(it->first), -1, it->second.counted_to, it->second.total, minutes));
      }
    }
    if (query.gaps) page.gaps = stats_gaps_;
    for (const auto& [id, log] : stats_logs_) {
      const int64_t counted_to = CountedTo(log.positions);
      if (!query.gaps || !log.ended || log.clean || counted_to >= log.end_key) continue;
      page.gaps.push_back(
          {.start = TimeOfKey(counted_to), .end = TimeOfKey(log.end_key) + absl::Milliseconds(1)});
    }
  }
  if (!status.ok()) return done(status);
  done(std::move(page));
}

void FakeStore::ReadStatsLogs(Done<absl::StatusOr<std::vector<StatsLog>>> done) {
  std::vector<StatsLog> logs;
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = read_error_;
    for (const auto& [id, log] : stats_logs_) {
      if (log.ended) logs.push_back(log);
    }
  }
  if (!status.ok()) return done(status);
  done(std::move(logs));
}

void FakeStore::ReadStatsRecords(StatsRecordsQuery query, Done<absl::StatusOr<StatsRecords>> done) {
  const auto read = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<StatsRecords> {
    if (!read_error_.ok()) return read_error_;
    const auto limit = static_cast<size_t>(query.limit);
    StatsRecords records;
    // The last key of a kind whose records did not fit.
    const auto read_to = [&](const auto& kind) {
      return kind.size() < limit ? query.to_key : kind.back().key;
    };
    for (auto it = events_.upper_bound(query.after_key); it != events_.end(); ++it) {
      if (it->first > query.to_key || records.events.size() == limit) break;
      records.events.push_back({.key = it->first,
                                .project = it->second.project,
                                .project_key = ProjectKeyNow(it->second.project),
                                .matched = it->second.event.webhook_count > 0});
    }
    for (auto it = deliveries_.upper_bound(query.after_key); it != deliveries_.end(); ++it) {
      if (it->first > query.to_key || records.deliveries.size() == limit) break;
      records.deliveries.push_back({.key = it->first, .webhook_key = it->second.delivery.webhook_key});
    }
    for (auto it = outcomes_.upper_bound(query.after_key); it != outcomes_.end(); ++it) {
      if (it->first > query.to_key || records.outcomes.size() == limit) break;
      const Delivery& delivery = it->second.delivery;
      const std::vector<Attempt>& attempts = deliveries_[delivery.key].delivery.attempts;
      const auto number = static_cast<size_t>(delivery.attempt_count);
      const bool attempted =
          number > 0 && number <= attempts.size() && delivery.state != DeliveryState::kCanceled;
      records.outcomes.push_back(
          {.key = it->first,
           .project = deliveries_[delivery.key].project,
           .project_key = ProjectKeyNow(deliveries_[delivery.key].project),
           .webhook_key = delivery.webhook_key,
           .state = delivery.state,
           .attempted = attempted,
           .error_class = attempted ? attempts[number - 1].error_class : ErrorClass::kNone,
           .response_status = delivery.response_status,
           .total = attempted ? attempts[number - 1].total : absl::ZeroDuration()});
    }
    TrimRecords(std::min({read_to(records.events), read_to(records.deliveries), read_to(records.outcomes)}),
                records);
    return records;
  };
  mutex_.Lock();
  auto records = read();
  mutex_.Unlock();
  done(std::move(records));
}

}  // namespace hookd
