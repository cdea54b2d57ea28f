#include "store/project_purge.h"

#include <algorithm>
#include <limits>

#include "base/ids.h"
#include "base/status_macros.h"

namespace hookd {
namespace {

// How many projects one pass purges: it examines the same events for one project as for many.
constexpr int kProjectsPerPass = 100;

// How many events a slice examines for each that it may delete, as most are of other projects.
constexpr int kLookedAtPerDeleted = 5;

// A project's events may have keys of a time before its create time, if the clock was set back.
constexpr absl::Duration kClockSlack = absl::Hours(24);

}  // namespace

void ProjectPurge::Restart() {
  projects_.clear();
  next_.reset();
  resume_at_.clear();
  kept_.clear();
}

absl::Status ProjectPurge::Begin(Tables& tables) {
  HOOKD_ASSIGN_OR_RETURN(const std::vector<Deleted> deleted, tables.ListDeleted(kProjectsPerPass));
  int64_t first = std::numeric_limits<int64_t>::max();
  for (const Deleted& project : deleted) {
    projects_[project.key] = project;
    const auto resumed = resume_at_.find(project.key);
    if (resumed != resume_at_.end()) {
      first = std::min(first, resumed->second);
    } else {
      first = project.create_time.has_value()
                  ? std::min(first, FirstKeyAt(*project.create_time - kClockSlack))
                  : 0;
    }
  }
  if (projects_.empty()) resume_at_.clear();
  next_ = first;
  examined_to_ = first;
  kept_.clear();
  return absl::OkStatus();
}

absl::Status ProjectPurge::DeleteEvents(Tables& tables, int limit, Purged& purged) {
  const int examined = limit * kLookedAtPerDeleted;
  HOOKD_ASSIGN_OR_RETURN(const std::vector<Event> events, tables.ListEvents(*next_, examined));
  std::vector<Event> doomed;
  bool all = events.size() < static_cast<size_t>(examined);
  for (const Event& event : events) {
    if (doomed.size() == static_cast<size_t>(limit)) {
      all = false;
      break;
    }
    examined_to_ = event.key + 1;
    if (projects_.contains(event.project)) doomed.push_back(event);
  }
  next_ = all ? std::nullopt : std::optional(examined_to_);
  if (doomed.empty()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(purged.count, tables.DeleteEvents(doomed));
  if (static_cast<size_t>(purged.count) == doomed.size()) return absl::OkStatus();
  // Which were kept is not worth a query: the next pass examines these again.
  for (const Event& event : doomed) kept_.emplace(event.project, event.key);
  return absl::OkStatus();
}

absl::Status ProjectPurge::Finish(Tables& tables, int limit, Purged& purged) {
  while (!projects_.empty()) {
    const auto project = projects_.begin();
    const int64_t key = project->first;
    const auto kept = kept_.find(key);
    if (kept == kept_.end() && project->second.settled) {
      HOOKD_ASSIGN_OR_RETURN(const int count, tables.DeleteRest(key, limit - purged.count));
      purged.count += count;
      if (purged.count >= limit) {
        purged.more = true;
        return absl::OkStatus();
      }
      resume_at_.erase(key);
      ++purged.projects;
      purged.more = true;  // there may be others than those of this pass
    } else {
      resume_at_[key] = kept == kept_.end() ? examined_to_ : kept->second;
    }
    projects_.erase(project);
  }
  return absl::OkStatus();
}

absl::StatusOr<Purged> ProjectPurge::Slice(Tables& tables, int limit) {
  Purged purged;
  if (projects_.empty()) {
    HOOKD_RETURN_IF_ERROR(Begin(tables));
    if (projects_.empty()) return purged;
  }
  if (next_.has_value()) {
    HOOKD_RETURN_IF_ERROR(DeleteEvents(tables, limit, purged));
    purged.more = true;
    return purged;
  }
  HOOKD_RETURN_IF_ERROR(Finish(tables, limit, purged));
  return purged;
}

}  // namespace hookd
