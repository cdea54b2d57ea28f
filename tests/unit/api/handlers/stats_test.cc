// GetWebhookStats and GetProjectStats.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "hookd/v1/project_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StatsTest : public ApiTest {
 protected:
  absl::Status GetStats(const v1::GetWebhookStatsRequest& request) {
    stats_.Clear();
    return Call("WebhookService/GetWebhookStats", request, stats_);
  }
  absl::Status GetStats(const v1::GetProjectStatsRequest& request) {
    stats_.Clear();
    return Call("ProjectService/GetProjectStats", request, stats_);
  }
  // A request for the last hours, by that step in minutes.
  v1::GetWebhookStatsRequest Last(int hours, int step_minutes = 0) {
    v1::GetWebhookStatsRequest request;
    request.set_name("projects/p/webhooks/first");
    const int64_t now = absl::ToUnixSeconds(clock_.Now());
    *request.mutable_start_time() = TimeUtil::SecondsToTimestamp(now - int64_t{hours} * 3600);
    *request.mutable_end_time() = TimeUtil::SecondsToTimestamp(now);
    if (step_minutes != 0) *request.mutable_step() = TimeUtil::MinutesToDuration(step_minutes);
    return request;
  }
  std::vector<std::string> Violations(const v1::GetWebhookStatsRequest& request) {
    const absl::Status status = GetStats(request);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return FieldsOf(status);
  }

  v1::Stats stats_;
};

TEST_F(StatsTest, AWebhookAndItsProjectHaveCountsOfTheLastDayByDefault) {
  MustCreate();
  MustEmit();
  HttpResult result;
  result.status = 500;
  result.total = absl::Milliseconds(40);
  ASSERT_TRUE(http_->AnswerNext(result));
  v1::GetWebhookStatsRequest webhook;
  webhook.set_name("projects/p/webhooks/first");
  v1::GetProjectStatsRequest project;
  project.set_name("projects/p");
  for (const bool of_project : {false, true}) {
    const absl::Status status = of_project ? GetStats(project) : GetStats(webhook);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(stats_.step(), TimeUtil::MinutesToDuration(15));
    EXPECT_EQ(stats_.points_size(), 97);  // a part of the first, and of the last
    EXPECT_EQ(stats_.points(96).deliveries_failed(), 1);
    EXPECT_EQ(stats_.total().events_matched(), 1);
    EXPECT_EQ(stats_.total().deliveries_failed(), 1);
    EXPECT_EQ(stats_.total().attempts().status_5xx(), 1);
    EXPECT_EQ(stats_.total().latency().p50(), TimeUtil::MillisecondsToDuration(40));
    EXPECT_EQ(stats_.total().latency().max(), TimeUtil::MillisecondsToDuration(40));
    EXPECT_EQ(stats_.points(0).start_time(), stats_.total().start_time());
    EXPECT_FALSE(stats_.points(0).has_latency());
    EXPECT_THAT(stats_.gaps(), IsEmpty());
  }
}

TEST_F(StatsTest, StatisticsOfADeletedWebhookRemainInItsProject) {
  MustCreate();
  MustEmit();
  v1::DeleteWebhookRequest gone;
  gone.set_name("projects/p/webhooks/first");
  google::protobuf::Empty empty;
  ASSERT_TRUE(Call("WebhookService/DeleteWebhook", gone, empty).ok());
  EXPECT_TRUE(absl::IsNotFound(GetStats(Last(24))));
  v1::GetProjectStatsRequest project;
  project.set_name("projects/p");
  ASSERT_TRUE(GetStats(project).ok());
  EXPECT_EQ(stats_.total().events_matched(), 1);
  MustCreate();  // a webhook of the same name begins at zero
  ASSERT_TRUE(GetStats(Last(24)).ok());
  EXPECT_EQ(stats_.total().events_matched(), 0);
}

TEST_F(StatsTest, WhatDoesNotExistIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(GetStats(Last(24))));
  v1::GetProjectStatsRequest project;
  project.set_name("projects/q");
  EXPECT_TRUE(absl::IsNotFound(GetStats(project)));
}

TEST_F(StatsTest, TheStepIsOneThatGivesAtMost200Points) {
  MustCreate();
  const std::vector<std::pair<int, int>> steps = {{1, 1},    {3, 1},     {16, 5},     {24, 15},
                                                  {168, 60}, {720, 360}, {8000, 1440}};
  for (const auto& [hours, minutes] : steps) {
    ASSERT_TRUE(GetStats(Last(hours)).ok());
    EXPECT_EQ(stats_.step(), TimeUtil::MinutesToDuration(minutes)) << hours;
    EXPECT_LE(stats_.points_size(), 400);
  }
}

TEST_F(StatsTest, TheSpanIsRoundedToWholeSteps) {
  MustCreate();
  v1::GetWebhookStatsRequest request = Last(24, 60);
  request.mutable_start_time()->set_seconds(request.start_time().seconds() + 61);
  request.mutable_end_time()->set_seconds(request.end_time().seconds() + 1);
  ASSERT_TRUE(GetStats(request).ok());
  EXPECT_EQ(stats_.points_size(), 25);
  EXPECT_EQ(stats_.points(0).start_time().seconds() % 3600, 0);
}

TEST_F(StatsTest, EveryViolationNamesItsField) {
  MustCreate();
  v1::GetWebhookStatsRequest request = Last(24);
  std::swap(*request.mutable_start_time(), *request.mutable_end_time());
  EXPECT_THAT(Violations(request), ElementsAre("end_time"));
  request.clear_end_time();
  request.mutable_start_time()->set_seconds(request.start_time().seconds() + 3600);
  EXPECT_THAT(Violations(request), ElementsAre("start_time"));
  request = Last(24);
  request.mutable_start_time()->set_seconds(-1);
  EXPECT_THAT(Violations(request), ElementsAre("start_time"));
  request = Last(24);
  request.mutable_end_time()->set_nanos(-1);
  EXPECT_THAT(Violations(request), ElementsAre("end_time"));
  for (const int64_t seconds : {int64_t{0}, int64_t{-60}, int64_t{30}, int64_t{90}, int64_t{7 * 60},
                                int64_t{86401}, int64_t{2 * 86400}, INT64_MAX}) {
    request = Last(24);
    request.mutable_step()->set_seconds(seconds);
    EXPECT_THAT(Violations(request), ElementsAre("step")) << seconds;
  }
  request.set_name("webhooks/first");
  EXPECT_THAT(Violations(request), ElementsAre("name", "step"));
}

TEST_F(StatsTest, MoreThan1500PointsAreRefused) {
  MustCreate();
  ASSERT_TRUE(GetStats(Last(25, 1)).ok());
  EXPECT_EQ(stats_.points_size(), 1500);
  EXPECT_THAT(Violations(Last(26, 1)), ElementsAre("step"));
  EXPECT_THAT(GetStats(Last(26, 1)).message(), HasSubstr("1560 points"));
  EXPECT_THAT(Violations(Last(24 * 1501)), ElementsAre("start_time"));
  v1::GetWebhookStatsRequest centuries = Last(1, 1440);
  centuries.mutable_end_time()->set_seconds(253402300799);
  EXPECT_THAT(Violations(centuries), ElementsAre("step"));
}

TEST_F(StatsTest, AFarFutureSpanIsEmpty) {
  MustCreate();
  v1::GetWebhookStatsRequest request = Last(1, 1440);
  request.mutable_start_time()->set_seconds(253402300799 - 86400);
  request.mutable_end_time()->set_seconds(253402300799);
  ASSERT_TRUE(GetStats(request).ok());
  EXPECT_EQ(stats_.total().events_matched(), 0);
}

TEST_F(StatsTest, AnErrorOfTheStoreIsTheAnswer) {
  MustCreate();
  store_.FailReads(absl::UnavailableError("the store cannot be read"));
  EXPECT_TRUE(absl::IsUnavailable(GetStats(Last(24))));
  store_.FailReads(absl::OkStatus());
  EXPECT_TRUE(GetStats(Last(24)).ok());
}

}  // namespace
}  // namespace hookd
