#include "delivery/scheduling/pending_counts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace hookd {

absl::Status PendingCounts::Add(absl::string_view project, int64_t count) {
  if (count == 0) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  if (recovering_) {
    return absl::UnavailableError(
        "hookd has just started and is recovering pending deliveries: try again in a moment");
  }
  const auto found = projects_.find(project);
  const int64_t of_project = found == projects_.end() ? 0 : found->second;
  if (of_project + count > limits_.per_project) {
    return absl::ResourceExhaustedError(absl::StrCat("project ", project, " has ", of_project,
                                                     " pending deliveries, and ", count,
                                                     " more would exceed its limit of ", limits_.per_project,
                                                     ": look for webhooks whose endpoints fail or are slow"));
  }
  const int64_t total = total_ + elsewhere_;
  if (total + count > limits_.total) {
    return absl::ResourceExhaustedError(absl::StrCat("hookd has ", total, " pending deliveries, and ", count,
                                                     " more would exceed its limit of ", limits_.total,
                                                     ": it accepts events faster than it delivers them"));
  }
  if (found == projects_.end()) {
    projects_[project] = count;
  } else {
    found->second += count;
  }
  total_ += count;
  return absl::OkStatus();
}

void PendingCounts::SetRecovering(bool recovering) {
  absl::MutexLock lock(&mutex_);
  recovering_ = recovering;
}

void PendingCounts::AddStored(absl::string_view project, int64_t count) {
  if (count == 0) return;
  absl::MutexLock lock(&mutex_);
  projects_[project] += count;
  total_ += count;
}

void PendingCounts::Remove(absl::string_view project, int64_t count) {
  if (count == 0) return;
  absl::MutexLock lock(&mutex_);
  const auto found = projects_.find(project);
  if (found == projects_.end()) return;
  count = std::min(count, found->second);
  total_ -= count;
  found->second -= count;
  if (found->second <= 0) projects_.erase(found);
}

void PendingCounts::SetElsewhere(int64_t count) {
  absl::MutexLock lock(&mutex_);
  elsewhere_ = count;
}

int64_t PendingCounts::Count(absl::string_view project) const {
  absl::MutexLock lock(&mutex_);
  const auto found = projects_.find(project);
  return found == projects_.end() ? 0 : found->second;
}

std::map<std::string, int64_t> PendingCounts::Largest(size_t most) const {
  std::vector<std::pair<std::string, int64_t>> counts;
  {
    absl::MutexLock lock(&mutex_);
    counts.assign(projects_.begin(), projects_.end());
  }
  if (counts.size() > most) {
    std::nth_element(counts.begin(), counts.begin() + static_cast<ptrdiff_t>(most), counts.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    counts.resize(most);
  }
  return {counts.begin(), counts.end()};
}

int64_t PendingCounts::total() const {
  absl::MutexLock lock(&mutex_);
  return total_;
}

}  // namespace hookd
