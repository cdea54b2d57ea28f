// Projects, over every transport.
#include "hookd/v1/project_service.pb.h"
#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ProjectsApiTest : public ApiTest {
 protected:
  v1::Project GetProject(const std::string& name = "projects/p") {
    const auto project = Call<v1::Project>("ProjectService.GetProject", absl::StrCat("name: '", name, "'"));
    EXPECT_TRUE(project.ok()) << project.status();
    return project.value_or(v1::Project());
  }
};

TEST_P(ProjectsApiTest, BeginWithTheFirstWebhookOrEventAndAreListedWithTheirCounts) {
  CreateWebhook("w");
  Emit();
  AwaitDeliveries(1, "state = DELIVERED");
  const auto listed = Call<v1::ListProjectsResponse>("ProjectService.ListProjects", "page_size: 10");
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_THAT(listed->projects(), SizeIs(1));
  EXPECT_EQ(listed->projects(0).name(), "projects/p");
  EXPECT_EQ(listed->projects(0).webhook_count(), 1);
  EXPECT_EQ(listed->projects(0).pending_delivery_count(), 0);
  EXPECT_EQ(listed->projects(0).events_24h(), 1);
  EXPECT_TRUE(listed->projects(0).has_create_time());
}

TEST_P(ProjectsApiTest, HaveADisplayNameAndLabelsThatAnUpdateChanges) {
  Emit();
  const auto updated = Call<v1::Project>(
      "ProjectService.UpdateProject",
      "project { name: 'projects/p' display_name: 'Shop' labels { key: 'team' value: 'growth' } }");
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->display_name(), "Shop");
  const auto one = Call<v1::Project>("ProjectService.UpdateProject",
                                     "project { name: 'projects/p' labels { key: 'tier' value: 'gold' } } "
                                     "update_mask { paths: 'labels.tier' }");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_THAT(GetProject().labels(), SizeIs(2));
  EXPECT_EQ(GetProject().display_name(), "Shop");
  const auto created =
      Call<v1::Project>("ProjectService.UpdateProject",
                        "project { name: 'projects/new' display_name: 'n' } allow_missing: true");
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(GetProject("projects/new").display_name(), "n");
}

TEST_P(ProjectsApiTest, AreDeletedWithAllThatBelongsToThem) {
  CreateWebhook("w");
  const v1::EmitEventResponse event = Emit();
  AwaitDeliveries(1, "state = DELIVERED");
  const absl::Status refused = Fail("ProjectService.DeleteProject", "name: 'projects/p'");
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("projects/p has 1 webhook: set force"));
  const auto deleted =
      Call<google::protobuf::Empty>("ProjectService.DeleteProject", "name: 'projects/p' force: true");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  const absl::Status gone = Fail("ProjectService.GetProject", "name: 'projects/p'");
  EXPECT_EQ(gone.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FindDetail<google::rpc::ResourceInfo>(gone).resource_type(), "hookd.dev/Project");
  EXPECT_EQ(Fail("EventService.GetEvent", absl::StrCat("name: '", event.event(), "'")).code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(ListDeliveries(), IsEmpty());
  const v1::EmitEventResponse next = Emit();
  EXPECT_EQ(next.webhook_count(), 0);
  EXPECT_EQ(GetProject().webhook_count(), 0);
  EXPECT_EQ(GetProject().events_24h(), 1);
}

HOOKD_TEST_TRANSPORTS(ProjectsApiTest);

}  // namespace
}  // namespace hookd
