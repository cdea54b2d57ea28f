#include "delivery/projects.h"

#include "base/limits.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<Projects::Counted> Get(TestEngine& engine, const std::string& id = "p") {
  absl::StatusOr<Projects::Counted> found;
  engine.engine->projects()->Get(id, [&](auto answer) { found = std::move(answer); });
  return found;
}

struct DeleteOptions {
  std::string etag = "";
  bool force = true;
  bool validate_only = false;
};

absl::Status Delete(TestEngine& engine, const DeleteOptions& options = {}) {
  absl::Status status = absl::UnknownError("not answered");
  engine.engine->projects()->Delete("p", options.etag, options.force, options.validate_only,
                                    [&](const absl::Status& deleted) { status = deleted; });
  return status;
}

absl::Status Rename(Project& project) {
  project.display_name = "Name";
  return absl::OkStatus();
}

TEST(ProjectsTest, CountsWebhooksAndPendingDeliveries) {
  TestEngine engine;
  engine.Create("a");
  engine.Create("b");
  engine.SetDisabled("b", true);
  engine.Emit(3);
  EXPECT_EQ(Get(engine)->webhooks, 2);
  EXPECT_EQ(Get(engine)->pending_deliveries, 3);
  engine.AnswerAllWith(200);
  EXPECT_EQ(Get(engine)->pending_deliveries, 0);
  std::vector<Projects::Counted> listed;
  engine.engine->projects()->List({.limit = 10}, [&](auto answer) { listed = answer.value(); });
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].webhooks, 2);
}

TEST(ProjectsTest, DeletionRemovesTheWebhooksAndCancelsTheirDeliveries) {
  TestEngine engine;
  const int64_t webhook = engine.Create("a", {.max_concurrency = 1});
  const int64_t event = engine.Emit(3)[0];
  ASSERT_TRUE(Delete(engine).ok());
  EXPECT_EQ(engine.table.Find(webhook), nullptr);
  EXPECT_TRUE(absl::IsNotFound(Get(engine).status()));
  EXPECT_EQ(engine.acceptor.CountWebhooks("p", 1), 0);
  // The attempt in flight ends; the others are not made.
  EXPECT_EQ(engine.UnderWay().size(), 1u);
  engine.AnswerAllWith(200);
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  EXPECT_EQ(engine.counts.total(), 0);
  bool found = true;
  engine.store.GetEvent("p", event, [&](const auto& answer) { found = answer.ok(); });
  EXPECT_FALSE(found);
}

TEST(ProjectsTest, AProjectThatBeginsAgainHasNoPendingDeliveriesOfTheDeletedOne) {
  TestEngine engine;
  engine.Create("a", {.max_concurrency = 2});
  engine.Create("b", {.max_concurrency = 2});
  engine.Emit(5);
  ASSERT_EQ(engine.UnderWay().size(), 4u);
  ASSERT_TRUE(Delete(engine).ok());
  EXPECT_EQ(engine.UnderWay().size(), 4u) << "until they time out";
  EXPECT_EQ(engine.counts.total(), 0);
  engine.Create("c", {.max_concurrency = 1});
  engine.Emit(2);
  EXPECT_EQ(Get(engine)->pending_deliveries, 2);
  for (int i = 0; i < 4; ++i) engine.http->AnswerNext(TestEngine::Status(500));
  EXPECT_EQ(Get(engine)->pending_deliveries, 2);
  engine.AnswerAllWith(200);
  EXPECT_EQ(engine.counts.total(), 0);
}

TEST(ProjectsTest, CountsTheEventsOfTheLast24HoursAndNotThoseOfADeletedProject) {
  TestEngine engine;
  engine.Emit(3);
  EXPECT_EQ(Get(engine)->events_24h, 3);
  engine.clock.Advance(absl::Hours(26));
  EXPECT_EQ(Get(engine)->events_24h, 0);
  engine.Emit(2);
  EXPECT_EQ(Get(engine)->events_24h, 2);
  ASSERT_TRUE(Delete(engine).ok());
  engine.Emit();
  EXPECT_EQ(Get(engine)->events_24h, 1);
}

TEST(ProjectsTest, AProjectWithWebhooksIsDeletedOnlyByForce) {
  TestEngine engine;
  engine.Create("a");
  for (const bool validate_only : {true, false}) {
    const absl::Status refused = Delete(engine, {.force = false, .validate_only = validate_only});
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("projects/p has 1 webhook: set force"));
  }
  EXPECT_TRUE(Delete(engine, {.validate_only = true}).ok());
  EXPECT_TRUE(Get(engine).ok());
  engine.webhooks.Delete("p", "a", "", false, [](const auto& deleted) { ASSERT_TRUE(deleted.ok()); });
  EXPECT_TRUE(Delete(engine, {.force = false}).ok());
}

TEST(ProjectsTest, AnEtagProtectsAgainstChangesAndIsNotThatOfTheNextProject) {
  TestEngine engine;
  engine.Emit();
  const std::string etag = EtagOf(Get(engine)->project);
  absl::StatusOr<Projects::Counted> updated;
  engine.engine->projects()->Update("p", etag, Rename, false, false, [&](auto answer) { updated = answer; });
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_NE(EtagOf(updated->project), etag);
  engine.engine->projects()->Update("p", etag, Rename, false, false, [&](auto answer) { updated = answer; });
  EXPECT_TRUE(absl::IsAborted(updated.status()));
  EXPECT_TRUE(absl::IsAborted(Delete(engine, {.etag = etag})));
  EXPECT_TRUE(absl::IsAborted(Delete(engine, {.etag = etag, .validate_only = true})));
  ASSERT_TRUE(Delete(engine, {.etag = EtagOf(Get(engine)->project)}).ok());
  engine.Emit();
  EXPECT_NE(EtagOf(Get(engine)->project), etag);
}

TEST(ProjectsTest, AnUpdateThatIsOnlyValidatedChangesNothing) {
  TestEngine engine;
  absl::StatusOr<Projects::Counted> updated;
  const auto validate = [&](bool allow_missing) {
    engine.engine->projects()->Update("p", "", Rename, allow_missing, /*validate_only=*/true,
                                      [&](auto answer) { updated = answer; });
  };
  validate(false);
  EXPECT_TRUE(absl::IsNotFound(updated.status()));
  validate(true);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->project.display_name, "Name");
  EXPECT_TRUE(absl::IsNotFound(Get(engine).status()));
  engine.Emit();
  validate(false);
  EXPECT_EQ(Get(engine)->project.display_name, "");
}

TEST(ProjectsTest, ADeletionIsAnsweredOnceEveryProcessKnowsIt) {
  TestEngine engine({}, {}, /*shared=*/true);
  engine.Create("a");
  engine.cluster.HoldKnown();
  absl::Status status = absl::UnknownError("not answered");
  engine.engine->projects()->Delete("p", "", true, false,
                                    [&](const absl::Status& deleted) { status = deleted; });
  EXPECT_TRUE(absl::IsUnknown(status));
  engine.cluster.ReleaseKnown();
  EXPECT_TRUE(status.ok()) << status;
}

TEST(ProjectsTest, RetentionDeletesWhatADeletedProjectLeft) {
  TestEngine engine;
  Retention retention(&engine.store, &engine.clock,
                      {.keep = absl::Hours(1000), .keep_delivered = absl::Hours(1000)});
  engine.Create("a");
  engine.Emit(2 * tuning::kPurgeSliceSize);
  engine.AnswerAllWith(200);
  ASSERT_TRUE(Delete(engine).ok());
  EXPECT_GT(engine.store.size(), 0u);
  ::testing::internal::CaptureStderr();
  engine.clock.Advance(tuning::kPurgeInterval + limits::kMaxCommitLag + tuning::kPurgeInterval);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(engine.store.size(), 0u);
  EXPECT_THAT(log, HasSubstr(absl::StrCat("info data of deleted projects purged projects=1 records=",
                                          2 * tuning::kPurgeSliceSize + 1, "\n")))
      << "events and the webhook";
}

TEST(ProjectsTest, AProcessReportsTheProjectsWithTheMostPendingDeliveries) {
  PendingCounts counts({});
  ASSERT_TRUE(counts.Add("a", 1).ok());
  ASSERT_TRUE(counts.Add("b", 3).ok());
  ASSERT_TRUE(counts.Add("c", 2).ok());
  EXPECT_THAT(counts.Largest(2), ElementsAre(Pair("b", 3), Pair("c", 2)));
  EXPECT_THAT(counts.Largest(5), ElementsAre(Pair("a", 1), Pair("b", 3), Pair("c", 2)));
  EXPECT_EQ(counts.Count("b"), 3);
  counts.Remove("b", 3);
  EXPECT_EQ(counts.Count("b"), 0);
}

}  // namespace
}  // namespace hookd
