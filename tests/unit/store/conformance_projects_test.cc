// The conformance suite: projects, and what their deletion leaves.
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

absl::Status Touch(Project& project) {
  project.display_name = "Näme";
  project.labels = {{"team", "growth"}, {"empty", ""}};
  return absl::OkStatus();
}

std::vector<std::string> Ids(BlockingStore& store, ProjectQuery query) {
  const auto projects = store.ListProjects(std::move(query));
  EXPECT_TRUE(projects.ok()) << projects.status();
  std::vector<std::string> ids;
  for (const Project& project : projects.value()) ids.push_back(project.id);
  return ids;
}

// Purges until nothing is left to do; returns how many records were deleted. Adds to `projects` those that
// are gone.
int PurgeAll(BlockingStore& store, int limit = 10, int* projects = nullptr) {
  int count = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto purged = store.PurgeProjects(limit);
    EXPECT_TRUE(purged.ok()) << purged.status();
    EXPECT_LE(purged->count, limit);
    count += purged->count;
    if (projects != nullptr) *projects += purged->projects;
    if (!purged->more) return count;
  }
  ADD_FAILURE() << "a purge never ends";
  return count;
}

TEST_P(StoreConformanceTest, AProjectBeginsWithItsFirstWebhookOrEvent) {
  EXPECT_TRUE(absl::IsNotFound(calls_->GetProject("p").status()));
  Create();
  const auto project = calls_->GetProject("p");
  ASSERT_TRUE(project.ok()) << project.status();
  EXPECT_EQ(project->id, "p");
  EXPECT_EQ(project->create_time, clock_.Now());
  EXPECT_EQ(project->revision, 0);
  EXPECT_EQ(project->display_name, "");
  EXPECT_THAT(project->labels, IsEmpty());
  Accept({}, 1, "of-events");
  EXPECT_TRUE(calls_->GetProject("of-events").ok());
  EXPECT_TRUE(absl::IsNotFound(calls_->GetProject("other").status()));
}

TEST_P(StoreConformanceTest, ProjectsAreListedPageByPageById) {
  for (const char* id : {"b", "a-1", "a", "a0", "c"}) Accept({}, 1, id);
  EXPECT_THAT(Ids(*calls_, {.limit = 3}), ElementsAre("a", "a-1", "a0"));
  EXPECT_THAT(Ids(*calls_, {.after_id = "a0", .limit = 3}), ElementsAre("b", "c"));
  EXPECT_THAT(Ids(*calls_, {.after_id = "a0x", .limit = 1}), ElementsAre("b"));
  EXPECT_THAT(Ids(*calls_, {.after_id = "c", .limit = 3}), IsEmpty());
  EXPECT_THAT(Ids(*calls_, {.ids = std::vector<std::string>{"c", "a", "unknown"}, .limit = 3}),
              ElementsAre("a", "c"));
  EXPECT_THAT(Ids(*calls_, {.after_id = "a", .ids = std::vector<std::string>{"c", "a"}, .limit = 3}),
              ElementsAre("c"));
  EXPECT_THAT(Ids(*calls_, {.ids = std::vector<std::string>(), .limit = 3}), IsEmpty());
}

TEST_P(StoreConformanceTest, AnUpdatedProjectHasANewRevisionAndKeepsItsValues) {
  Accept({});
  const auto updated = calls_->UpdateProject("p", Touch);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->revision, 1);
  if (GetParam().survives_closing) Open();
  const auto project = calls_->GetProject("p");
  EXPECT_EQ(project->display_name, "Näme");
  EXPECT_THAT(project->labels, ElementsAre(Pair("empty", ""), Pair("team", "growth")));
  EXPECT_EQ(project->revision, 1);
  EXPECT_EQ(project->key, updated->key);
  EXPECT_EQ(project->create_time, clock_.Now());
}

TEST_P(StoreConformanceTest, AMissingProjectIsCreatedOnlyIfThatIsAllowedAndTheEditIsAccepted) {
  EXPECT_TRUE(absl::IsNotFound(calls_->UpdateProject("p", Touch).status()));
  const auto refuse = [](Project&) { return absl::AbortedError("no"); };
  EXPECT_TRUE(absl::IsAborted(calls_->UpdateProject("p", refuse, /*allow_missing=*/true).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetProject("p").status()));
  const auto created = calls_->UpdateProject("p", Touch, /*allow_missing=*/true);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->display_name, "Näme");
  EXPECT_EQ(calls_->GetProject("p")->display_name, "Näme");
  EXPECT_TRUE(absl::IsAborted(calls_->UpdateProject("p", refuse).status()));
  EXPECT_EQ(calls_->GetProject("p")->revision, created->revision);
}

TEST_P(StoreConformanceTest, NothingOfADeletedProjectIsFound) {
  const Webhook webhook = Create();
  const Webhook kept = Create("first", "kept");
  const auto accepted =
      calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {webhook.key}}}, RequestId{"r", "f"});
  const int64_t event = accepted->events[0].key;
  const int64_t other = Accept({kept.key}, 1, "kept").key;
  const auto deleted = calls_->DeleteProject("p");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_THAT(deleted->webhooks, ElementsAre(webhook.key));
  EXPECT_GT(deleted->revision, webhook.revision);
  EXPECT_EQ(deleted->project.id, "p");
  if (GetParam().survives_closing) Open();
  EXPECT_TRUE(absl::IsNotFound(calls_->GetProject("p").status()));
  EXPECT_THAT(Ids(*calls_, {.limit = 10}), ElementsAre("kept"));
  EXPECT_THAT(store_->LoadWebhooks().value(), SizeIs(1));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetEvent("p", event).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->GetDelivery("p", event + 1).status()));
  EXPECT_THAT(Keys({.project = "p", .limit = 10}), IsEmpty());
  EXPECT_THAT(Keys({.project = "p", .filter = {.webhook_ids = {"first"}}, .limit = 10}), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(calls_->FindAccepted("p", {"r", "f"}).status()));
  EXPECT_TRUE(absl::IsNotFound(calls_->DeleteProject("p").status()));
  EXPECT_TRUE(calls_->GetEvent("kept", other).ok());
  EXPECT_THAT(Keys({.project = "kept", .limit = 10}), ElementsAre(other + 1));
  // Its pending deliveries remain, to be canceled.
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key})), ElementsAre(event + 1));
  EXPECT_NE(Record(event + 1, DeliveryState::kCanceled), 0);
  OutcomeQuery outcomes;
  outcomes.project = "p";
  outcomes.limit = 10;
  EXPECT_THAT(calls_->ReadOutcomes(outcomes)->outcomes, IsEmpty());
}

TEST_P(StoreConformanceTest, AProjectWithTheIdOfADeletedOneIsEmpty) {
  Create();
  calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {}}}, RequestId{"r", "f"}).value();
  calls_->UpdateProject("p", Touch).value();
  const auto deleted = calls_->DeleteProject("p");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  clock_.Advance(absl::Seconds(1));
  const auto again =
      calls_->AcceptEvents("p", {{.type = 1, .event = "b", .webhooks = {}}}, RequestId{"r", "other"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->repeated);
  const auto project = calls_->GetProject("p");
  ASSERT_TRUE(project.ok()) << project.status();
  EXPECT_NE(project->key, deleted->project.key);
  EXPECT_EQ(project->display_name, "");
  EXPECT_THAT(project->labels, IsEmpty());
  EXPECT_EQ(project->create_time, clock_.Now());
  const auto webhook = calls_->CreateWebhook(NewWebhook(), RequestId{"w", "f"});
  ASSERT_TRUE(webhook.ok()) << webhook.status();
  EXPECT_FALSE(webhook->repeated);
  EXPECT_TRUE(calls_->GetEvent("p", again->events[0].key).ok());
  // And its end does not take the new one along.
  clock_.Advance(limits::kMaxCommitLag);
  PurgeAll(*calls_);
  EXPECT_TRUE(calls_->GetEvent("p", again->events[0].key).ok());
  EXPECT_THAT(store_->LoadWebhooks().value(), SizeIs(1));
  EXPECT_EQ(calls_->GetProject("p")->key, project->key);
}

TEST_P(StoreConformanceTest, ARefusedDeletionChangesNothing) {
  Create();
  Create("second");
  int64_t webhooks = 0;
  const auto refused = calls_->DeleteProject("p", [&](const Project& project, int64_t count) {
    webhooks = count;
    return project.id == "p" ? absl::FailedPreconditionError("it has webhooks") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
  EXPECT_EQ(webhooks, 2);
  EXPECT_TRUE(calls_->GetProject("p").ok());
  EXPECT_THAT(store_->LoadWebhooks().value(), SizeIs(2));
  calls_->DeleteWebhook("p", "first").value();
  const auto deleted = calls_->DeleteProject("p");
  ASSERT_TRUE(deleted.ok());
  EXPECT_THAT(deleted->webhooks, SizeIs(1));
}

TEST_P(StoreConformanceTest, DeletedProjectsArePurgedSliceBySliceAndOthersAreNot) {
  const Webhook webhook = Create();
  std::vector<int64_t> kept;
  for (int i = 0; i < 40; ++i) {
    const int64_t event = Accept({webhook.key}).key;
    Record(event + 1, i % 2 == 0 ? DeliveryState::kDelivered : DeliveryState::kFailed);
    kept.push_back(Accept({}, 1, "kept").key);
  }
  for (int i = 0; i < 15; ++i) {
    calls_->AcceptEvents("p", {{.type = 1, .event = "a", .webhooks = {}}}, RequestId{absl::StrCat(i), "f"})
        .value();
  }
  ASSERT_TRUE(calls_->DeleteProject("p").ok());
  clock_.Advance(limits::kMaxCommitLag);
  // 55 events, 15 request ids and 1 webhook.
  int projects = 0;
  EXPECT_EQ(PurgeAll(*calls_, 4, &projects), 71);
  EXPECT_EQ(projects, 1);
  EXPECT_EQ(PurgeAll(*calls_, 4, &projects), 0);
  EXPECT_EQ(projects, 1);
  for (const int64_t key : kept) EXPECT_TRUE(calls_->GetEvent("kept", key).ok());
  OutcomeQuery all;
  all.project = "kept";
  all.limit = 1;
  EXPECT_FALSE(calls_->ReadOutcomes(all)->more) << "no outcome is left";
  // Nor is anything left for the retention.
  const int64_t end = Accept({}, 1, "kept").key;
  EXPECT_EQ(calls_->Purge(end, end, 100)->count, 40);
}

TEST_P(StoreConformanceTest, PendingDeliveriesOfADeletedProjectEndBeforeTheyArePurged) {
  const Webhook webhook = Create();
  const int64_t ended = Accept({webhook.key}).key;
  Record(ended + 1, DeliveryState::kDelivered);
  const int64_t pending = Accept({webhook.key, webhook.key}).key;
  Record(pending + 1, DeliveryState::kFailed);
  ASSERT_TRUE(calls_->DeleteProject("p").ok());
  clock_.Advance(limits::kMaxCommitLag);
  int projects = 0;
  EXPECT_EQ(PurgeAll(*calls_, 10, &projects), 1);
  EXPECT_EQ(projects, 0) << "one has a pending delivery";
  EXPECT_THAT(Keys(Waiting({.webhook_key = webhook.key})), ElementsAre(pending + 2));
  EXPECT_EQ(store_->LoadBacklogs()->at(0).count, 1);
  Record(pending + 2, DeliveryState::kCanceled);
  // The event and the webhook.
  EXPECT_EQ(PurgeAll(*calls_), 2);
  EXPECT_THAT(store_->LoadBacklogs().value(), IsEmpty());
}

TEST_P(StoreConformanceTest, APurgeOfProjectsGoesOnAfterClosing) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake keeps nothing";
  for (int i = 0; i < 20; ++i) Accept({});
  ASSERT_TRUE(calls_->DeleteProject("p").ok());
  clock_.Advance(limits::kMaxCommitLag);
  EXPECT_EQ(calls_->PurgeProjects(5)->count, 5);
  Open();
  EXPECT_EQ(PurgeAll(*calls_, 5), 15);
}

TEST_P(StoreConformanceTest, ADeletedProjectStaysUntilNothingCanBeAddedToIt) {
  Accept({});
  ASSERT_TRUE(calls_->DeleteProject("p").ok());
  EXPECT_EQ(PurgeAll(*calls_), 1);
  const int64_t key = calls_->UpdateProject("q", Touch, /*allow_missing=*/true)->key;
  clock_.Advance(limits::kMaxCommitLag);
  PurgeAll(*calls_);
  // Keys are not used again.
  ASSERT_TRUE(calls_->DeleteProject("q").ok());
  clock_.Advance(limits::kMaxCommitLag);
  PurgeAll(*calls_);
  EXPECT_GT(calls_->UpdateProject("q", Touch, /*allow_missing=*/true)->key, key);
  EXPECT_THAT(Ids(*calls_, {.limit = 10}), ElementsAre("q"));
}

TEST_P(StoreConformanceTest, ManyDeletedProjectsArePurgedInPasses) {
  for (int i = 0; i < 120; ++i) {
    Accept({}, 1, absl::StrCat("p", i));
    ASSERT_TRUE(calls_->DeleteProject(absl::StrCat("p", i)).ok());
  }
  clock_.Advance(limits::kMaxCommitLag);
  int projects = 0;
  EXPECT_EQ(PurgeAll(*calls_, 50, &projects), 120);
  EXPECT_EQ(projects, 120);
  EXPECT_THAT(Ids(*calls_, {.limit = 10}), IsEmpty());
}

}  // namespace
}  // namespace hookd
