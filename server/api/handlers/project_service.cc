#include "api/handlers/project_service.h"

#include <string>
#include <utility>

#include "api/conversion/common_fields.h"
#include "api/conversion/page.h"
#include "api/conversion/page_token.h"
#include "api/conversion/project_conversion.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

constexpr char kListProjects[] = "ListProjects";

// Sends a project, or the error, as the reply of a call.
Projects::Done ReplyWithProject(Reply<v1::Project> reply, std::string name) {
  return [reply, name = std::move(name)](const absl::StatusOr<Projects::Counted>& project) {
    if (!project.ok()) return reply.Fail(project.status(), name);
    v1::Project response;
    ToProto(*project, response);
    reply.Send(response);
  };
}

}  // namespace

void ProjectService::GetProject(const CallContext&, const v1::GetProjectRequest& request,
                                Reply<v1::Project> reply) {
  FieldViolations violations;
  std::string id = ReadProjectName(request.name(), "name", violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  projects_->Get(std::move(id), ReplyWithProject(reply, request.name()));
}

void ProjectService::ListProjects(const CallContext& context, const v1::ListProjectsRequest& request,
                                  Reply<v1::ListProjectsResponse> reply) {
  FieldViolations violations;
  const int size = ReadPageSize(request.page_size(), violations);
  const auto after_id = ReadToken(kListProjects, request.page_token(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  // One more than the page size shows whether there is another page.
  projects_->List(
      {.after_id = after_id.value_or(""), .ids = context.access.Projects(), .limit = size + 1},
      [reply, size](const absl::StatusOr<std::vector<Projects::Counted>>& found) {
        if (!found.ok()) return reply.Fail(found.status());
        v1::ListProjectsResponse response;
        const size_t count =
            FillPage(found->size(), size, *response.mutable_projects(),
                     [&found](size_t i, v1::Project& proto) { ToProto((*found)[i], proto); });
        if (count < found->size()) {
          response.set_next_page_token(MakePageToken(kListProjects, (*found)[count - 1].project.id));
        }
        reply.Send(response);
      });
}

void ProjectService::UpdateProject(const CallContext&, const v1::UpdateProjectRequest& request,
                                   Reply<v1::Project> reply) {
  FieldViolations violations;
  std::string id = ReadProjectName(request.project().name(), "project.name", violations);
  ProjectUpdate update = ReadProjectUpdate(request.update_mask(), request.project(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  projects_->Update(
      std::move(id), request.project().etag(),
      [update = std::move(update)](Project& project) { return Apply(update, project); },
      request.allow_missing(), request.validate_only(), ReplyWithProject(reply, request.project().name()));
}

void ProjectService::DeleteProject(const CallContext&, const v1::DeleteProjectRequest& request,
                                   Reply<google::protobuf::Empty> reply) {
  FieldViolations violations;
  std::string id = ReadProjectName(request.name(), "name", violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  projects_->Delete(std::move(id), request.etag(), request.force(), request.validate_only(),
                    [reply, name = request.name()](const absl::Status& deleted) {
                      if (!deleted.ok()) return reply.Fail(deleted, name);
                      reply.Send(google::protobuf::Empty());
                    });
}

void ProjectService::GetProjectStats(const CallContext& context, const v1::GetProjectStatsRequest& request,
                                     Reply<v1::Stats> reply) {
  FieldViolations violations;
  const std::string id = ReadProjectName(request.name(), "name", violations);
  const StatsSpan span = ReadStatsSpan(request, stats_->Now(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  stats_->Send(context, id, {.webhook_key = 0, .project = id}, span, ProjectNotFound(id), request.name(),
               reply);
}

}  // namespace hookd
