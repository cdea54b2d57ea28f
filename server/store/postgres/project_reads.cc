// The part of reads.h for projects.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/codec/label_codec.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/reads.h"
#include "store/store_errors.h"

namespace hookd::postgres {
namespace {

// Sets what the processes of other slots reported.
absl::Status ReadElsewhere(PostgresConnection& connection, int slot, std::vector<Project>& projects) {
  absl::flat_hash_map<std::string, Project*> by_id;
  std::vector<std::string> ids;
  for (Project& project : projects) {
    by_id[project.id] = &project;
    ids.push_back(project.id);
  }
  const auto rows = connection.Query(
      "SELECT e.key, sum(e.value::bigint)::bigint FROM nodes n, jsonb_each_text(n.waiting_by_project) e "
      "WHERE n.slot <> $1 AND n.expire_time >= " HOOKD_POSTGRES_NOW
      " AND e.key = ANY ($2::text[]) GROUP BY e.key",
      std::move(PostgresParameters().Int(slot).Texts(ids)));
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    by_id[std::string(rows->Text(i, 0))]->pending_elsewhere = rows->Int(i, 1);
  }
  return absl::OkStatus();
}

}  // namespace

Project ReadProject(const PostgresRows& rows, int row) {
  Project project;
  project.key = rows.Int(row, 0);
  project.id = std::string(rows.Text(row, 1));
  project.display_name = std::string(rows.Text(row, 2));
  project.labels = DecodeLabels(rows.Text(row, 3));
  project.revision = rows.Int(row, 4);
  project.create_time = ReadTime(rows, row, 5);
  return project;
}

absl::StatusOr<Project> GetProject(PostgresConnection& connection, const std::string& id, int slot) {
  const auto rows =
      connection.Query(absl::StrCat("SELECT ", kProjectColumns, " FROM projects p WHERE p.name = $1"),
                       std::move(PostgresParameters().Text(id)));
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return ProjectNotFound(id);
  std::vector<Project> projects = {ReadProject(*rows, 0)};
  HOOKD_RETURN_IF_ERROR(ReadElsewhere(connection, slot, projects));
  return std::move(projects.front());
}

// Parameters: $1 the id before the first one; $2 limit; $3 the ids, if the query has them.
std::string ListProjectsSql(const ProjectQuery& query) {
  return absl::StrCat("SELECT ", kProjectColumns,
                      " FROM projects p WHERE p.delete_time IS NULL AND p.name COLLATE \"C\" > $1 ",
                      query.ids.has_value() ? "AND p.name = ANY ($3::text[]) " : "",
                      "ORDER BY p.name COLLATE \"C\" LIMIT $2");
}

absl::StatusOr<std::vector<Project>> ListProjects(PostgresConnection& connection, const ProjectQuery& query,
                                                  int slot) {
  PostgresParameters parameters;
  parameters.Text(query.after_id).Int(query.limit);
  if (query.ids.has_value()) parameters.Texts(*query.ids);
  const auto rows = connection.Query(ListProjectsSql(query), std::move(parameters));
  if (!rows.ok()) return rows.status();
  std::vector<Project> projects;
  projects.reserve(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) projects.push_back(ReadProject(*rows, i));
  if (projects.empty()) return projects;
  HOOKD_RETURN_IF_ERROR(ReadElsewhere(connection, slot, projects));
  return projects;
}

}  // namespace hookd::postgres
