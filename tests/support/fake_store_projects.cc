// The part of FakeStore that is about projects.
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "store/store_errors.h"
#include "tests/support/fake_store.h"

namespace hookd {

// What ProjectPurge sees of the fake, whose mutex is held.
class FakeStore::DeletedProjects : public ProjectPurge::Tables {
 public:
  explicit DeletedProjects(FakeStore* store) : store_(*store) {}

  absl::StatusOr<std::vector<ProjectPurge::Deleted>> ListDeleted(int limit) override
      ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::vector<ProjectPurge::Deleted> deleted;
    for (const auto& [key, time] : store_.deleted_) {
      if (deleted.size() == static_cast<size_t>(limit)) break;
      deleted.push_back({.key = key,
                         .create_time = std::nullopt,
                         .settled = time + limits::kMaxCommitLag <= store_.clock_->Now()});
    }
    return deleted;
  }

  absl::StatusOr<std::vector<ProjectPurge::Event>> ListEvents(int64_t from, int limit) override
      ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::vector<ProjectPurge::Event> events;
    for (auto it = store_.events_.lower_bound(from); it != store_.events_.end(); ++it) {
      if (events.size() == static_cast<size_t>(limit)) break;
      events.push_back({.key = it->first,
                        .project = store_.projects_.at(it->second.project).key,
                        .webhook_count = it->second.event.webhook_count});
    }
    return events;
  }

  absl::StatusOr<int> DeleteEvents(const std::vector<ProjectPurge::Event>& events) override
      ABSL_NO_THREAD_SAFETY_ANALYSIS {
    int count = 0;
    for (const ProjectPurge::Event& event : events) {
      if (!store_.CanGo(store_.events_.at(event.key).event, /*delivered=*/false)) continue;
      store_.Erase(event.key);
      ++count;
    }
    return count;
  }

  absl::StatusOr<int> DeleteRest(int64_t project, int limit) override ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const std::string name = absl::StrCat("~", project);
    int count = 0;
    for (auto it = store_.answers_.begin(); it != store_.answers_.end() && count < limit;) {
      if (it->first.first != name) {
        ++it;
        continue;
      }
      it = store_.answers_.erase(it);
      ++count;
    }
    for (auto it = store_.names_.begin(); it != store_.names_.end() && count < limit;) {
      if (it->second.first != name) {
        ++it;
        continue;
      }
      it = store_.names_.erase(it);
      ++count;
    }
    if (count == limit) return count;
    store_.projects_.erase(name);
    store_.deleted_.erase(project);
    return count;
  }

 private:
  FakeStore& store_;
};

Project& FakeStore::MakeProject(const std::string& id) {
  Project& project = projects_[id];
  if (project.key != 0) return project;
  project.key = ++last_project_;
  project.id = id;
  project.create_time = clock_->Now();
  return project;
}

void FakeStore::GetProject(std::string id, Done<absl::StatusOr<Project>> done) {
  const auto get = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Project> {
    if (!read_error_.ok()) return read_error_;
    const auto found = projects_.find(id);
    if (found == projects_.end()) return ProjectNotFound(id);
    return found->second;
  };
  mutex_.Lock();
  auto project = get();
  mutex_.Unlock();
  done(std::move(project));
}

void FakeStore::ListProjects(ProjectQuery query, Done<absl::StatusOr<std::vector<Project>>> done) {
  const auto list = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<std::vector<Project>> {
    if (!read_error_.ok()) return read_error_;
    std::vector<Project> projects;
    for (auto it = projects_.upper_bound(query.after_id); it != projects_.end(); ++it) {
      const auto& [id, project] = *it;
      if (deleted_.contains(project.key)) continue;
      if (query.ids.has_value() && std::find(query.ids->begin(), query.ids->end(), id) == query.ids->end()) {
        continue;
      }
      if (projects.size() == static_cast<size_t>(query.limit)) break;
      projects.push_back(project);
    }
    return projects;
  };
  mutex_.Lock();
  auto projects = list();
  mutex_.Unlock();
  done(std::move(projects));
}

void FakeStore::UpdateProject(std::string id, ProjectEdit edit, bool allow_missing,
                              Done<absl::StatusOr<Project>> done) {
  const auto update = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<Project> {
    if (!write_error_.ok()) return write_error_;
    const auto found = projects_.find(id);
    if (found == projects_.end() && !allow_missing) return ProjectNotFound(id);
    Project project;
    project.id = id;
    if (found != projects_.end()) project = found->second;
    const absl::Status edited = edit(project);
    if (!edited.ok()) return edited;
    Project& stored = MakeProject(id);
    stored.display_name = project.display_name;
    stored.labels = project.labels;
    ++stored.revision;
    return stored;
  };
  mutex_.Lock();
  auto updated = update();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), updated = std::move(updated)] { done(updated); });
}

void FakeStore::DeleteProject(std::string id, ProjectCheck check, Done<absl::StatusOr<DeletedProject>> done) {
  const auto remove = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<DeletedProject> {
    if (!write_error_.ok()) return write_error_;
    const auto found = projects_.find(id);
    if (found == projects_.end()) return ProjectNotFound(id);
    DeletedProject deleted{.project = found->second};
    for (const auto& [key, webhook] : webhooks_) {
      if (webhook.project == id) deleted.webhooks.push_back(key);
    }
    const absl::Status checked = check(deleted.project, static_cast<int64_t>(deleted.webhooks.size()));
    if (!checked.ok()) return checked;
    deleted.revision = keys_.Take(clock_->Now(), 1);
    for (const int64_t key : deleted.webhooks) webhooks_.erase(key);
    const std::string name = absl::StrCat("~", deleted.project.key);
    for (auto& [key, event] : events_) {
      if (event.project == id) event.project = name;
    }
    for (auto& [key, delivery] : deliveries_) {
      if (delivery.project == id) delivery.project = name;
    }
    for (auto& [key, webhook_name] : names_) {
      if (webhook_name.first == id) webhook_name.first = name;
    }
    std::map<std::pair<std::string, std::string>, Answer> answers;
    for (auto& [key, answer] : answers_) answers[{key.first == id ? name : key.first, key.second}] = answer;
    answers_ = std::move(answers);
    std::erase_if(stats_, [&id](const auto& hour) {
      return std::get<0>(hour.first) == 0 && std::get<1>(hour.first) == id;
    });
    projects_[name] = found->second;
    projects_.erase(found);
    deleted_[deleted.project.key] = clock_->Now();
    return deleted;
  };
  mutex_.Lock();
  auto deleted = remove();
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), deleted = std::move(deleted)] { done(deleted); });
}

void FakeStore::PurgeProjects(int limit, Done<absl::StatusOr<Purged>> done) {
  mutex_.Lock();
  DeletedProjects tables(this);
  absl::StatusOr<Purged> purged = write_error_.ok() ? project_purge_.Slice(tables, limit) : write_error_;
  mutex_.Unlock();
  AnswerWrite([done = std::move(done), purged = std::move(purged)] { done(purged); });
}

}  // namespace hookd
