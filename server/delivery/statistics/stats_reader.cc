#include "delivery/statistics/stats_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/tuning.h"
#include "store/stats/stats_rows.h"

namespace hookd {
namespace {

// The gaps that overlap the span, within it, merged.
std::vector<StatsGap> Merge(std::vector<StatsGap> gaps, absl::Time start, absl::Time end) {
  std::sort(gaps.begin(), gaps.end(), [](const StatsGap& a, const StatsGap& b) { return a.start < b.start; });
  std::vector<StatsGap> merged;
  for (StatsGap& gap : gaps) {
    gap = {.start = std::max(gap.start, start), .end = std::min(gap.end, end)};
    if (gap.start >= gap.end) continue;
    if (!merged.empty() && gap.start <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, gap.end);
    } else {
      merged.push_back(gap);
    }
  }
  return merged;
}

// Adds the counts to the point of that minute, if it is within the span.
void AddMinute(int64_t minute, const StatsCounts& counts, int64_t first_minute, int64_t step_minutes,
               std::vector<StatsCounts>& points) {
  if (minute < first_minute) return;
  const auto point = static_cast<size_t>((minute - first_minute) / step_minutes);
  if (point < points.size()) points[point].Merge(counts);
}

// Whether counts of a project with the key `counted` (0 if it is not known) are those of the project that has
// the id now.
bool IsOf(int64_t counted, int64_t now) { return counted == 0 || counted == now; }

}  // namespace

// One read, page by page.
struct StatsReader::Reading {
  Request request;
  Done<absl::StatusOr<Points>> done;
  Statistics::View view;
  int64_t first_minute = 0, step_minutes = 1;
  int64_t next_hour = 0, end_hour = 0;
  bool whole_hours = false;
  absl::flat_hash_map<int64_t, int64_t> counted_to;  // of hours of the view's slot
  int64_t project_key = 0;                           // of the owner now
  std::vector<StatsGap> gaps;
  Points points;
};

void StatsReader::Read(Request request, Done<absl::StatusOr<Points>> done) const {
  auto reading = std::make_shared<Reading>();
  reading->first_minute = MinuteOf(request.start);
  reading->step_minutes = absl::ToInt64Minutes(request.step);
  reading->points.points.resize(static_cast<size_t>((request.end - request.start) / request.step));
  reading->next_hour = HourOf(request.start);
  reading->end_hour = HourOf(request.end - absl::Minutes(1)) + 1;
  reading->whole_hours = reading->step_minutes % kMinutesPerHour == 0;
  // Before the store is read: what is written meanwhile is then in both, and recognized by its position.
  reading->view = statistics_->ViewOf(request.owner);
  reading->request = std::move(request);
  reading->done = std::move(done);
  ReadDays(std::move(reading));
}

void StatsReader::ReadDays(std::shared_ptr<Reading> reading) const {
  const bool first = reading->next_hour == HourOf(reading->request.start);
  StatsQuery query{.owners = {reading->request.owner},
                   .first_hour = reading->next_hour,
                   .minutes = !reading->whole_hours,
                   .gaps = first};
  const int64_t last_day = reading->next_hour / kHoursPerDay + tuning::kStatsReadDays;
  query.end_hour = std::min(reading->end_hour, last_day * kHoursPerDay);
  reading->next_hour = query.end_hour;
  store_->ReadStats(std::move(query), [this, reading](absl::StatusOr<StatsPage> page) {
    if (!page.ok()) return reading->done(page.status());
    Add(*page, *reading);
    if (reading->next_hour < reading->end_hour) return ReadDays(reading);
    AddCountedSince(*reading);
    reading->points.gaps = Merge(std::move(reading->gaps), reading->request.start, reading->request.end);
    reading->done(std::move(reading->points));
  });
}

void StatsReader::Add(const StatsPage& page, Reading& reading) const {
  reading.points.known = page.known.at(0);
  reading.project_key = page.project_keys.at(0);
  reading.gaps.insert(reading.gaps.end(), page.gaps.begin(), page.gaps.end());
  for (const StatsHour& hour : page.hours) {
    if (hour.slot == reading.view.slot) reading.counted_to[hour.hour] = hour.counted_to;
    if (hour.damaged) {
      reading.gaps.push_back(GapOfHour(hour.hour));
      metrics_->stats_damaged.Increment();
      LogError("damaged statistics: the hour is a gap", {{"hour", hour.hour}, {"slot", hour.slot}});
      continue;
    }
    const int64_t minute = hour.hour * kMinutesPerHour;
    if (reading.whole_hours) {
      AddMinute(minute, hour.total, reading.first_minute, reading.step_minutes, reading.points.points);
      continue;
    }
    for (const StatsMinute& counts : hour.minutes) {
      AddMinute(minute + counts.minute, counts.counts, reading.first_minute, reading.step_minutes,
                reading.points.points);
    }
  }
}

void StatsReader::AddCountedSince(Reading& reading) {
  const auto add = [&reading](const Tallies::Minutes& minutes, int64_t added_up_to) {
    for (const auto& [minute, counts] : minutes) {
      const auto hour = reading.counted_to.find(minute / kMinutesPerHour);
      if (hour != reading.counted_to.end() && hour->second > added_up_to) continue;  // the store has them
      AddMinute(minute, counts, reading.first_minute, reading.step_minutes, reading.points.points);
    }
  };
  // A project that is deleted may have had the id when these were counted.
  const Statistics::View& view = reading.view;
  if (IsOf(view.project_in_flight, reading.project_key)) add(view.in_flight, view.written_to);
  if (IsOf(view.project_current, reading.project_key)) add(view.current, view.taken_to);
}

void StatsReader::CountEvents(std::vector<std::string> projects, absl::Time since,
                              Done<absl::StatusOr<std::vector<int64_t>>> done) const {
  struct Counting {
    std::vector<std::string> projects;
    std::vector<Statistics::View> views;
    std::vector<int64_t> counts;
    int64_t first_hour = 0, end_hour = 0;
    Done<absl::StatusOr<std::vector<int64_t>>> done;
    std::function<void(std::shared_ptr<Counting>, size_t)> read;
  };
  auto counting = std::make_shared<Counting>();
  counting->counts.resize(projects.size());
  counting->first_hour = HourOf(since);
  counting->end_hour = HourOf(Now()) + 1;
  for (const std::string& project : projects) {
    counting->views.push_back(statistics_->ViewOf({.webhook_key = 0, .project = project}));
  }
  counting->projects = std::move(projects);
  counting->done = std::move(done);
  const int64_t days = (counting->end_hour - 1) / kHoursPerDay - counting->first_hour / kHoursPerDay + 1;
  const auto at_a_time = static_cast<size_t>(std::max<int64_t>(1, tuning::kStatsReadDays / days));
  counting->read = [store = store_, at_a_time](std::shared_ptr<Counting> all, size_t first) {
    const size_t end = std::min(all->projects.size(), first + at_a_time);
    if (first == end) return all->done(std::move(all->counts));
    StatsQuery query{.first_hour = all->first_hour, .end_hour = all->end_hour};
    for (size_t i = first; i < end; ++i)
      query.owners.push_back({.webhook_key = 0, .project = all->projects[i]});
    store->ReadStats(std::move(query), [all, first, end](absl::StatusOr<StatsPage> page) {
      if (!page.ok()) return all->done(page.status());
      absl::flat_hash_map<std::pair<size_t, int64_t>, int64_t> counted_to;
      for (const StatsHour& hour : page->hours) {
        const size_t project = first + hour.owner;
        all->counts[project] += static_cast<int64_t>(hour.total[StatsCount::kEventsAccepted]);
        if (hour.slot == all->views[project].slot) counted_to[{project, hour.hour}] = hour.counted_to;
      }
      for (size_t i = first; i < end; ++i) {
        const auto add = [&](const Tallies::Minutes& minutes, int64_t added_up_to) {
          for (const auto& [minute, counts] : minutes) {
            const int64_t hour = minute / kMinutesPerHour;
            const auto stored = counted_to.find({i, hour});
            if (hour < all->first_hour || (stored != counted_to.end() && stored->second > added_up_to))
              continue;
            all->counts[i] += static_cast<int64_t>(counts[StatsCount::kEventsAccepted]);
          }
        };
        const Statistics::View& view = all->views[i];
        const int64_t project_key = page->project_keys[i - first];
        if (IsOf(view.project_in_flight, project_key)) add(view.in_flight, view.written_to);
        if (IsOf(view.project_current, project_key)) add(view.current, view.taken_to);
      }
      all->read(all, end);
    });
  };
  counting->read(counting, 0);
}

absl::Time StatsReader::Now() const {
  const int64_t newest = statistics_->ViewOf({}).newest_key;
  return std::max(clock_->Now(), TimeOfKey(newest));
}

}  // namespace hookd
