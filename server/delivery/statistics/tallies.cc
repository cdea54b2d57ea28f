#include "delivery/statistics/tallies.h"

#include <algorithm>
#include <utility>

#include "store/stats/stats_codec.h"

namespace hookd {
namespace {

// Of a tally without counts: its place in the map, and its key.
constexpr size_t kTallyBytes = sizeof(Tallies::Tally) + 48;

size_t AllocatedBytes(const Tallies::Tally& tally) {
  return tally.finished.capacity() + tally.current.latency.allocated_bytes();
}

// Moves the counts of the current minute to the finished ones.
void FinishMinute(Tallies::Tally& tally) {
  AppendVarint(static_cast<uint64_t>(tally.minute), tally.finished);
  AppendCounts(tally.current, tally.finished);
  tally.current.counts = {};
  tally.current.latency.Clear();
}

// Drops the counts, and keeps their memory.
void StartAgain(Tallies::Tally& tally, int64_t minute) {
  tally.finished.clear();
  tally.current.counts = {};
  tally.current.latency.Clear();
  tally.minute = minute;
}

// Appends the minutes of an owner as one row for each hour.
void AddRows(const StatsOwner& owner, const Tallies::Tally& tally, std::vector<StatsRow>& rows) {
  Tallies::Minutes minutes;
  tally.AddTo(minutes);
  const StatsRow* last = nullptr;
  for (auto& [minute, counts] : minutes) {
    const int64_t hour = minute / kMinutesPerHour;
    if (last == nullptr || last->hour != hour) {
      rows.push_back({.owner = owner, .hour = hour, .minutes = {}});
      last = &rows.back();
    }
    rows.back().minutes.push_back(
        {.minute = static_cast<int>(minute % kMinutesPerHour), .counts = std::move(counts)});
  }
}

}  // namespace

void Tallies::Tally::AddTo(Minutes& minutes) const {
  absl::string_view rest = finished;
  while (!rest.empty()) {
    uint64_t number = 0;
    StatsCounts counts;
    // What this process encoded it can decode.
    if (!TakeVarint(rest, number) || !TakeCounts(rest, counts)) return;
    minutes[static_cast<int64_t>(number)].Merge(counts);
  }
  minutes[minute].Merge(current);
}

const Tallies::Tally* Tallies::Partition::Find(const StatsOwner& owner) const {
  if (owner.webhook_key != 0) {
    const auto found = webhooks.find(owner.webhook_key);
    return found == webhooks.end() ? nullptr : &found->second;
  }
  const auto found = projects.find(owner.project);
  return found == projects.end() ? nullptr : &found->second;
}

void Tallies::Partition::AddTo(std::vector<StatsRow>& rows) const {
  for (const auto& [key, tally] : webhooks) AddRows({.webhook_key = key, .project = ""}, tally, rows);
  for (const auto& [project, tally] : projects) {
    AddRows({.webhook_key = 0, .project = project, .project_key = tally.project_key}, tally, rows);
  }
}

template <typename Map, typename Key, typename Count>
void Tallies::Add(Partition& partition, Map& map, const Key& key, int64_t project_key, int64_t minute,
                  Count count) {
  auto found = map.find(key);
  size_t before = 0, after = kTallyBytes;
  if (found == map.end()) {
    found = map.try_emplace(typename Map::key_type(key)).first;
    found->second.minute = minute;
    found->second.project_key = project_key;
  } else {
    before = AllocatedBytes(found->second);
    after = 0;
  }
  Tally& tally = found->second;
  if (tally.project_key != project_key && project_key != 0) {
    if (project_key < tally.project_key) return;
    if (tally.project_key != 0) StartAgain(tally, minute);
    tally.project_key = project_key;
  }
  if (tally.minute != minute) {
    FinishMinute(tally);
    tally.minute = minute;
  }
  count(tally.current);
  ++partition.counted;
  // Memory only grows.
  const size_t grown = after + AllocatedBytes(tally) - before;
  partition.bytes += grown;
  bytes_ += grown;
}

void Tallies::Add(const CountedOutcome& outcome, StatsCounts& counts) {
  const std::optional<StatsCount> ended = StatsCountOf(outcome.state);
  if (ended.has_value()) ++counts[*ended];
  if (!outcome.attempt.has_value()) return;
  ++counts[*outcome.attempt];
  counts.latency.Add(outcome.latency);
}

void Tallies::CountEvent(int partition, ProjectRef project, int64_t minute, bool matched) {
  Partition& own = partitions_[static_cast<size_t>(partition)];
  Add(own, own.projects, project.id, project.key, minute, [matched](StatsCounts& counts) {
    ++counts[StatsCount::kEventsAccepted];
    if (matched) ++counts[StatsCount::kEventsMatched];
  });
}

void Tallies::CountMatch(int partition, int64_t webhook_key, int64_t minute) {
  Partition& own = partitions_[static_cast<size_t>(partition)];
  Add(own, own.webhooks, webhook_key, 0, minute,
      [](StatsCounts& counts) { ++counts[StatsCount::kEventsMatched]; });
}

void Tallies::CountOutcome(int partition, ProjectRef project, int64_t minute, const CountedOutcome& outcome) {
  Partition& own = partitions_[static_cast<size_t>(partition)];
  Add(own, own.projects, project.id, project.key, minute,
      [&outcome](StatsCounts& counts) { Add(outcome, counts); });
}

void Tallies::CountOutcome(int partition, int64_t webhook_key, int64_t minute,
                           const CountedOutcome& outcome) {
  Partition& own = partitions_[static_cast<size_t>(partition)];
  Add(own, own.webhooks, webhook_key, 0, minute, [&outcome](StatsCounts& counts) { Add(outcome, counts); });
}

Tallies::Partition Tallies::Take(int number) {
  Partition taken = std::exchange(partitions_[static_cast<size_t>(number)], {});
  bytes_ -= taken.bytes;
  return taken;
}

void Tallies::Merge(const Tally& from, Tally& to) {
  to.finished.append(from.finished);
  AppendVarint(static_cast<uint64_t>(from.minute), to.finished);
  AppendCounts(from.current, to.finished);
}

void Tallies::PutBack(int number, const Partition& partition) {
  Partition& own = partitions_[static_cast<size_t>(number)];
  if (own.empty()) {
    own = partition;
    bytes_ += own.bytes;
    return;
  }
  const auto put_back = [](const auto& from, auto& to) {
    for (const auto& [key, tally] : from) {
      const auto [place, is_new] = to.try_emplace(key, tally);
      if (is_new) continue;
      int64_t& project_key = place->second.project_key;
      if (tally.project_key == project_key || tally.project_key == 0 || project_key == 0) {
        Merge(tally, place->second);
        project_key = std::max(project_key, tally.project_key);
      } else if (tally.project_key > project_key) {
        place->second = tally;
      }
    }
  };
  put_back(partition.webhooks, own.webhooks);
  put_back(partition.projects, own.projects);
  own.counted += partition.counted;
  own.bytes += partition.bytes;
  bytes_ += partition.bytes;
}

void Tallies::Clear() {
  for (Partition& partition : partitions_) partition = {};
  bytes_ = 0;
}

}  // namespace hookd
