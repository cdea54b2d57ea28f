#include "api/handlers/project_service.h"

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class ProjectServiceTest : public ApiTest {
 protected:
  template <typename Request>
  static Request Read(const std::string& text) {
    Request request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    return request;
  }
  absl::Status GetProject(const std::string& name, v1::Project& project) {
    v1::GetProjectRequest request;
    request.set_name(name);
    return Call("ProjectService/GetProject", request, project);
  }
  v1::Project MustGet(const std::string& name = "projects/p") {
    v1::Project project;
    const absl::Status status = GetProject(name, project);
    EXPECT_TRUE(status.ok()) << status;
    return project;
  }
  absl::StatusOr<v1::Project> UpdateProject(const std::string& request) {
    v1::Project project;
    const absl::Status status =
        Call("ProjectService/UpdateProject", Read<v1::UpdateProjectRequest>(request), project);
    if (!status.ok()) return status;
    return project;
  }
  absl::Status DeleteProject(const std::string& request) {
    google::protobuf::Empty nothing;
    return Call("ProjectService/DeleteProject", Read<v1::DeleteProjectRequest>(request), nothing);
  }
  v1::ListProjectsResponse ListProjects(int page_size = 0, const std::string& page_token = "") {
    v1::ListProjectsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    v1::ListProjectsResponse response;
    const absl::Status status = Call("ProjectService/ListProjects", request, response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
};

TEST_F(ProjectServiceTest, AProjectHasItsCounts) {
  MustCreate();
  MustEmit();
  const v1::Project project = MustGet();
  EXPECT_EQ(project.name(), "projects/p");
  EXPECT_EQ(project.create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_THAT(project.etag(), Not(IsEmpty()));
  EXPECT_EQ(project.webhook_count(), 1);
  EXPECT_EQ(project.pending_delivery_count(), 1);
}

TEST_F(ProjectServiceTest, AProjectThatDoesNotExistIsNamedInTheError) {
  v1::Project project;
  for (const absl::Status& status :
       {GetProject("projects/none", project), UpdateProject("project { name: 'projects/none' }").status(),
        DeleteProject("name: 'projects/none'"), DeleteProject("name: 'projects/none' validate_only: true")}) {
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_EQ(status.message(), "projects/none not found");
    const auto info = DetailOf<google::rpc::ResourceInfo>(status);
    EXPECT_EQ(info.resource_type(), "hookd.dev/Project");
    EXPECT_EQ(info.resource_name(), "projects/none");
  }
}

TEST_F(ProjectServiceTest, ProjectsAreListedPageByPage) {
  for (const char* id : {"c", "a", "b"}) MustEmit(id);
  const auto first = ListProjects(2);
  ASSERT_THAT(first.projects(), SizeIs(2));
  EXPECT_EQ(first.projects(0).name(), "projects/a");
  EXPECT_EQ(first.projects(1).name(), "projects/b");
  const auto second = ListProjects(2, first.next_page_token());
  ASSERT_THAT(second.projects(), SizeIs(1));
  EXPECT_EQ(second.projects(0).name(), "projects/c");
  EXPECT_THAT(second.next_page_token(), IsEmpty());
}

TEST_F(ProjectServiceTest, AnUpdateChangesTheFieldsAndLabelsOfItsMask) {
  MustEmit();
  const auto set = UpdateProject(R"(project { name: "projects/p" display_name: "Shop"
      labels { key: "team" value: "growth" } labels { key: "tier" value: "gold" } })");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->display_name(), "Shop");
  EXPECT_THAT(set->labels(), UnorderedElementsAre(Pair("team", "growth"), Pair("tier", "gold")));
  const auto one = UpdateProject(R"(project { name: "projects/p" display_name: "ignored"
      labels { key: "new" value: "" } labels { key: "ignored" value: "x" } }
      update_mask { paths: "labels.new" paths: "labels.`tier`" })");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->display_name(), "Shop");
  EXPECT_THAT(one->labels(), UnorderedElementsAre(Pair("team", "growth"), Pair("new", "")));
  EXPECT_NE(one->etag(), set->etag());
  const auto all = UpdateProject(R"(project { name: "projects/p" labels { key: "a" value: "b" } }
      update_mask { paths: "*" })");
  EXPECT_EQ(all->display_name(), "");
  EXPECT_THAT(all->labels(), ElementsAre(Pair("a", "b")));
  EXPECT_EQ(MustGet().SerializeAsString(), all->SerializeAsString());
}

TEST_F(ProjectServiceTest, WhatIsWrongWithAnUpdateIsNamedByItsField) {
  MustEmit();
  const std::string k64(64, 'a');
  const struct {
    std::string request;
    std::string field;
  } kBad[] = {
      {"", "project.name"},
      {"project { name: 'projects/P' }", "project.name"},
      {absl::StrCat("project { name: 'projects/p' display_name: '", std::string(257, 'x'), "' }"),
       "project.display_name"},
      {"project { name: 'projects/p' labels { key: 'Team' value: '' } }", "project.labels[\"Team\"]"},
      {"project { name: 'projects/p' labels { key: '1a' value: '' } }", "project.labels[\"1a\"]"},
      {"project { name: 'projects/p' labels { key: '' value: '' } }", "project.labels[\"\"]"},
      {absl::StrCat("project { name: 'projects/p' labels { key: '", k64, "' value: '' } }"),
       absl::StrCat("project.labels[\"", k64, "\"]")},
      {absl::StrCat("project { name: 'projects/p' labels { key: 'a' value: '", k64, "' } }"),
       "project.labels[\"a\"]"},
      {"project { name: 'projects/p' labels { key: 'a' value: 'b=c' } }", "project.labels[\"a\"]"},
      {"project { name: 'projects/p' labels { key: 'A' value: '' } } update_mask { paths: 'labels.`A`' }",
       "project.labels[\"A\"]"},
      {"project { name: 'projects/p' } update_mask { paths: 'none' }", "update_mask"},
      {"project { name: 'projects/p' } update_mask { paths: 'etag' }", "update_mask"},
      {"project { name: 'projects/p' create_time { seconds: 1 } } update_mask { paths: 'create_time' }",
       "update_mask"},
      {"project { name: 'projects/p' } update_mask { paths: 'labels.A' }", "update_mask"},
      {"project { name: 'projects/p' } update_mask { paths: 'labels.' }", "update_mask"},
      {"project { name: 'projects/p' } update_mask { paths: '*' paths: 'labels' }", "update_mask"},
  };
  const v1::Project before = MustGet();
  for (const auto& bad : kBad) {
    const auto updated = UpdateProject(bad.request);
    EXPECT_TRUE(absl::IsInvalidArgument(updated.status())) << bad.request << updated.status();
    EXPECT_THAT(FieldsOf(updated.status()), ElementsAre(bad.field)) << bad.request;
  }
  EXPECT_EQ(MustGet().SerializeAsString(), before.SerializeAsString());
}

TEST_F(ProjectServiceTest, AProjectCanBeSentBackAsItWasRead) {
  MustEmit();
  v1::UpdateProjectRequest request;
  *request.mutable_project() = MustGet();
  request.mutable_project()->set_display_name("Shop");
  for (const char* path : {"name", "display_name", "labels", "create_time", "etag", "webhook_count",
                           "pending_delivery_count", "events_24h"}) {
    request.mutable_update_mask()->add_paths(path);
  }
  MustEmit();  // the counts have changed since
  v1::Project project;
  const absl::Status updated = Call("ProjectService/UpdateProject", request, project);
  ASSERT_TRUE(updated.ok()) << updated;
  EXPECT_EQ(project.display_name(), "Shop");
  EXPECT_EQ(project.events_24h(), 2);
  EXPECT_TRUE(absl::IsAborted(Call("ProjectService/UpdateProject", request, project)));  // the etag is old
}

TEST_F(ProjectServiceTest, AProjectHasABoundedNumberOfLabels) {
  MustEmit();
  v1::UpdateProjectRequest request;
  request.mutable_project()->set_name("projects/p");
  v1::Project project;
  for (int i = 0; i < limits::kMaxLabels; ++i) {
    (*request.mutable_project()->mutable_labels())[absl::StrCat("l", i)] = "";
  }
  ASSERT_TRUE(Call("ProjectService/UpdateProject", request, project).ok());
  const auto one_more = UpdateProject(R"(project { name: "projects/p" labels { key: "m" value: "" } }
      update_mask { paths: "labels.m" })");
  EXPECT_THAT(FieldsOf(one_more.status()), ElementsAre("project.labels"));
  (*request.mutable_project()->mutable_labels())["m"] = "";
  EXPECT_THAT(FieldsOf(Call("ProjectService/UpdateProject", request, project)),
              ElementsAre("project.labels"));
  for (int i = 0; i < 1000; ++i) request.mutable_update_mask()->add_paths(absl::StrCat("labels.x", i));
  EXPECT_THAT(FieldsOf(Call("ProjectService/UpdateProject", request, project)), ElementsAre("update_mask"));
}

TEST_F(ProjectServiceTest, AMissingProjectIsCreatedIfThatIsAllowed) {
  const std::string request = "project { name: 'projects/new' display_name: 'New' } allow_missing: true ";
  const auto validated = UpdateProject(request + "validate_only: true");
  ASSERT_TRUE(validated.ok()) << validated.status();
  EXPECT_EQ(validated->display_name(), "New");
  EXPECT_THAT(validated->etag(), IsEmpty());
  EXPECT_THAT(ListProjects().projects(), IsEmpty());
  ASSERT_TRUE(UpdateProject(request).ok());
  EXPECT_EQ(MustGet("projects/new").display_name(), "New");
}

TEST_F(ProjectServiceTest, AnEtagThatIsOutOfDateIsAConflict) {
  MustEmit();
  const std::string etag = MustGet().etag();
  ASSERT_TRUE(
      UpdateProject(absl::StrCat("project { name: 'projects/p' display_name: 'a' etag: '", etag, "' }"))
          .ok());
  const auto late =
      UpdateProject(absl::StrCat("project { name: 'projects/p' display_name: 'b' etag: '", etag, "' }"));
  EXPECT_TRUE(absl::IsAborted(late.status())) << late.status();
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(late.status()).resource_type(), "hookd.dev/Project");
  EXPECT_TRUE(absl::IsAborted(DeleteProject(absl::StrCat("name: 'projects/p' etag: '", etag, "'"))));
}

TEST_F(ProjectServiceTest, NothingOfADeletedProjectIsFoundAndItsRequestIdsBeginAnew) {
  MustCreate();
  v1::EmitEventRequest emit = GoodEmit();
  emit.set_request_id("once");
  v1::EmitEventResponse first, second;
  ASSERT_TRUE(Emit(emit, first).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(DeleteProject("name: 'projects/p'")));
  EXPECT_TRUE(DeleteProject("name: 'projects/p' force: true validate_only: true").ok());
  EXPECT_EQ(MustGet().webhook_count(), 1);
  ASSERT_TRUE(DeleteProject("name: 'projects/p' force: true").ok());
  v1::GetEventRequest get;
  get.set_name(first.event());
  v1::Event event;
  EXPECT_TRUE(absl::IsNotFound(Call("EventService/GetEvent", get, event)));
  v1::ListDeliveriesRequest list;
  list.set_parent("projects/p");
  v1::ListDeliveriesResponse deliveries;
  ASSERT_TRUE(List(list, deliveries).ok());
  EXPECT_THAT(deliveries.deliveries(), IsEmpty());
  v1::Webhook webhook;
  EXPECT_TRUE(absl::IsNotFound(Get("projects/p/webhooks/first", webhook)));
  EXPECT_THAT(ListProjects().projects(), IsEmpty());
  ASSERT_TRUE(Emit(emit, second).ok());
  EXPECT_NE(second.event(), first.event());
  EXPECT_EQ(second.webhook_count(), 0);
  EXPECT_EQ(MustGet().webhook_count(), 0);
}

TEST_F(ProjectServiceTest, StoreErrorsAreAnswered) {
  MustEmit();
  store_.FailReads(absl::UnavailableError("away"));
  v1::Project project;
  EXPECT_TRUE(absl::IsUnavailable(GetProject("projects/p", project)));
  v1::ListProjectsResponse response;
  const absl::Status listed = Call("ProjectService/ListProjects", v1::ListProjectsRequest(), response);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(listed).retry_delay().seconds(), 0);
}

}  // namespace
}  // namespace hookd
