#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class ProjectsTest : public HookctlTest {};

v1::Project MakeProject(const std::string& id) {
  v1::Project project;
  project.set_name("projects/" + id);
  project.set_display_name("The " + id);
  (*project.mutable_labels())["team"] = "growth";
  (*project.mutable_labels())["a"] = "";
  project.set_webhook_count(2);
  project.set_pending_delivery_count(12345);
  project.set_events_24h(0);
  project.set_etag("e1");
  return project;
}

TEST_F(ProjectsTest, ListShowsEveryProjectWithItsCounts) {
  v1::ListProjectsResponse page;
  *page.add_projects() = MakeProject("shop");
  *page.add_projects() = MakeProject("other");
  hookd_.projects.list.Respond(page);
  const Result result = Hookctl({"projects", "list"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_THAT(result.out, HasSubstr("ID     WEBHOOKS  PENDING  EVENTS 24H  CREATED  NAME       LABELS\n"));
  EXPECT_THAT(result.out,
              HasSubstr("shop   2         12,345   0           -        The shop   a=,team=growth\n"));
  EXPECT_THAT(result.out, HasSubstr("other  2"));
}

TEST_F(ProjectsTest, ListFitsANarrowTerminal) {
  v1::ListProjectsResponse page;
  *page.add_projects() = MakeProject("shop");
  page.mutable_projects(0)->mutable_create_time()->set_seconds(1769862605);
  (*page.mutable_projects(0)->mutable_labels())["region"] = "europe-west";
  hookd_.projects.list.Respond(page);
  const std::string out = Hookctl({"projects", "list"}, "", 60).out;
  EXPECT_THAT(out, HasSubstr("ID    WEBHOOKS  PENDING  EVENTS 24H  NAME\n"));
  EXPECT_THAT(out, HasSubstr("shop  2         12,345   0           The shop\n"));
}

TEST_F(ProjectsTest, ListSaysHowAProjectBegins) {
  EXPECT_THAT(Hookctl({"projects", "list"}).err,
              HasSubstr("A project begins with its first webhook or event."));
}

TEST_F(ProjectsTest, GetShowsTheProjectOfTheGlobalFlagOrTheOneThatIsNamed) {
  hookd_.projects.get.Respond(MakeProject("shop"));
  const Result result = Hookctl({"projects", "get"});
  EXPECT_THAT(result.out, HasSubstr("Webhooks        2\n"));
  EXPECT_THAT(result.out, HasSubstr("Events in 24 h  0\n"));
  EXPECT_EQ(hookd_.projects.get.requests()[0].name(), "projects/shop");
  Hookctl({"projects", "get", "other"});
  EXPECT_EQ(hookd_.projects.get.requests()[1].name(), "projects/other");
  Hookctl({"projects", "get", "projects/third"});
  EXPECT_EQ(hookd_.projects.get.requests()[2].name(), "projects/third");
}

TEST_F(ProjectsTest, JsonHasEveryCount) {
  hookd_.projects.get.Respond(v1::Project());
  const Result result = Hookctl({"projects", "get", "-o", "json"});
  for (const char* field :
       {"\"webhook_count\": \"0\"", "\"pending_delivery_count\": \"0\"", "\"events_24h\": \"0\""}) {
    EXPECT_THAT(result.out, HasSubstr(field));
  }
}

TEST_F(ProjectsTest, UpdateChangesWhatItsFlagsSay) {
  hookd_.projects.update.Respond(MakeProject("shop"));
  const Result result =
      Hookctl({"projects", "update", "shop", "--display-name", "", "--labels",
               "team=growth,b=", "--remove-labels", "old", "--etag", "e1", "--create", "--dry-run"});
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.projects.update.requests()[0];
  EXPECT_THAT(request.update_mask().paths(),
              UnorderedElementsAre("display_name", "labels.team", "labels.b", "labels.old"));
  EXPECT_THAT(request.project().labels(), UnorderedElementsAre(Pair("team", "growth"), Pair("b", "")));
  EXPECT_EQ(request.project().name(), "projects/shop");
  EXPECT_EQ(request.project().etag(), "e1");
  EXPECT_TRUE(request.allow_missing());
  EXPECT_TRUE(request.validate_only());
  EXPECT_THAT(result.err, HasSubstr("Nothing was changed"));
}

TEST_F(ProjectsTest, UpdateReplacesAllLabelsIfAsked) {
  Hookctl({"projects", "update", "--clear-labels", "--labels", "a=b"});
  const auto request = hookd_.projects.update.requests()[0];
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("labels"));
  EXPECT_THAT(request.project().labels(), ElementsAre(Pair("a", "b")));
  EXPECT_EQ(request.project().name(), "projects/shop");
}

TEST_F(ProjectsTest, UpdateWithoutAChangeOrWithoutAValueSendsNothing) {
  EXPECT_EQ(Hookctl({"projects", "update", "shop"}).code, kUsage);
  EXPECT_THAT(Hookctl({"projects", "update", "shop", "--labels", "team"}).err,
              HasSubstr("'team' is not KEY=VALUE"));
  EXPECT_THAT(hookd_.projects.update.requests(), IsEmpty());
}

TEST_F(ProjectsTest, DeleteNamesTheFlagThatItNeeds) {
  hookd_.projects.remove.Fail({grpc::StatusCode::FAILED_PRECONDITION,
                               "projects/shop has 2 webhooks: set force to delete it nevertheless"});
  const Result result = Hookctl({"projects", "delete", "shop"});
  EXPECT_EQ(result.code, kConflict);
  EXPECT_THAT(result.err, HasSubstr("projects/shop has 2 webhooks: use --force to delete it nevertheless"));
  EXPECT_FALSE(hookd_.projects.remove.requests()[0].force());
}

TEST_F(ProjectsTest, DeleteSendsEveryFlagAndNeedsAName) {
  const Result result = Hookctl({"projects", "delete", "shop", "--force", "--etag", "e1"});
  EXPECT_EQ(result.out, "Deleted projects/shop\n");
  const auto request = hookd_.projects.remove.requests()[0];
  EXPECT_EQ(request.name(), "projects/shop");
  EXPECT_EQ(request.etag(), "e1");
  EXPECT_TRUE(request.force());
  EXPECT_FALSE(request.validate_only());
  EXPECT_THAT(Hookctl({"projects", "delete", "shop", "--dry-run"}).out, HasSubstr("Nothing was deleted"));
  EXPECT_EQ(Hookctl({"projects", "delete"}).code, kUsage);
  EXPECT_THAT(hookd_.projects.remove.requests(), SizeIs(2));
}

}  // namespace
}  // namespace hookctl
