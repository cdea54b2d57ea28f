// hookd.v1.ProjectService (protos/hookd/v1/project_service.proto): validate, one domain call, convert.
//
// Thread-safe; owns none of the objects it is given. No handler blocks; each replies once, on any thread.
#ifndef HOOKD_API_HANDLERS_PROJECT_SERVICE_H_
#define HOOKD_API_HANDLERS_PROJECT_SERVICE_H_

#include "api/call.h"
#include "api/handlers/stats_reads.h"
#include "delivery/projects.h"
#include "google/protobuf/empty.pb.h"
#include "hookd/v1/project_service.pb.h"

namespace hookd {

class ProjectService {
 public:
  // Both must outlive the service and its calls.
  ProjectService(Projects* projects, StatsReads* stats) : projects_(projects), stats_(stats) {}

  void GetProject(const CallContext& context, const v1::GetProjectRequest& request, Reply<v1::Project> reply);
  void ListProjects(const CallContext& context, const v1::ListProjectsRequest& request,
                    Reply<v1::ListProjectsResponse> reply);
  void UpdateProject(const CallContext& context, const v1::UpdateProjectRequest& request,
                     Reply<v1::Project> reply);
  void DeleteProject(const CallContext& context, const v1::DeleteProjectRequest& request,
                     Reply<google::protobuf::Empty> reply);
  void GetProjectStats(const CallContext& context, const v1::GetProjectStatsRequest& request,
                       Reply<v1::Stats> reply);

 private:
  Projects* const projects_;
  StatsReads* const stats_;
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_PROJECT_SERVICE_H_
