// The part of reads.h for projects.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "store/codec/label_codec.h"
#include "store/sqlite/reads.h"
#include "store/store_errors.h"

namespace hookd::sqlite {
namespace {

constexpr char kProjectColumns[] =
    "SELECT p.key, p.name, p.display_name, p.labels, p.revision, p.create_time FROM projects p ";

Project ReadProject(const Statement& row) {
  Project project;
  project.key = row.Int(0);
  project.id = std::string(row.Text(1));
  project.display_name = std::string(row.Text(2));
  project.labels = DecodeLabels(row.Text(3));
  project.revision = row.Int(4);
  project.create_time = ReadTime(row, 5);
  return project;
}

}  // namespace

absl::StatusOr<Project> GetProject(Database& database, const std::string& id) {
  const auto select = database.Prepare(absl::StrCat(kProjectColumns, "WHERE p.name = ?"));
  if (!select.ok()) return select.status();
  const auto row = (*select)->BindText(1, id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return ProjectNotFound(id);
  Project project = ReadProject(**select);
  (*select)->Reset();
  return project;
}

// Parameters: 1 the id before the first one; 2 limit; 3 the ids as JSON, which occurs if the query has them.
// The names of deleted projects are above all ids.
std::string ListProjectsSql(const ProjectQuery& query) {
  return absl::StrCat(kProjectColumns, "WHERE p.name > ?1 AND p.name < '~' ",
                      query.ids.has_value() ? "AND p.name IN (SELECT value FROM json_each(?3)) " : "",
                      "ORDER BY p.name LIMIT ?2");
}

absl::StatusOr<std::vector<Project>> ListProjects(Database& database, const ProjectQuery& query) {
  const auto select = database.Prepare(ListProjectsSql(query));
  if (!select.ok()) return select.status();
  std::string ids;  // read as rows are
  (*select)->BindText(1, query.after_id).Bind(2, query.limit);
  if (query.ids.has_value()) {
    if (!query.ids->empty()) ids = absl::StrCat("\"", absl::StrJoin(*query.ids, "\",\""), "\"");
    ids = absl::StrCat("[", ids, "]");
    (*select)->BindText(3, ids);
  }
  std::vector<Project> projects;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    projects.push_back(ReadProject(row));
    return true;
  });
  if (!read.ok()) return read;
  return projects;
}

}  // namespace hookd::sqlite
