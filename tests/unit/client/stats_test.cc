// hookctl webhooks stats and hookctl projects stats.
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class StatsTest : public HookctlTest {
 protected:
  StatsTest() {
    v1::Stats stats;
    stats.mutable_step()->set_seconds(3600);
    auto* point = stats.add_points();
    point->mutable_start_time()->set_seconds(1769817600);
    point->set_events_matched(1500);
    point->set_deliveries_delivered(1234);
    point->set_deliveries_failed(5);
    point->mutable_attempts()->set_status_2xx(1234);
    point->mutable_attempts()->set_timeout(5);
    point->mutable_latency()->mutable_p50()->set_nanos(12'000'000);
    point->mutable_latency()->mutable_max()->set_seconds(5);
    *stats.mutable_total() = *point;
    auto* gap = stats.add_gaps();
    gap->mutable_start_time()->set_seconds(1769817600);
    gap->mutable_end_time()->set_seconds(1769817660);
    hookd_.webhooks.stats.Respond(stats);
    hookd_.projects.stats.Respond(stats);
  }
};

TEST_F(StatsTest, ShowsTotalsAChartAndGaps) {
  const Result result = Hookctl({"webhooks", "stats", "first", "--since", "24h"}, "", 80);
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("projects/shop/webhooks/first"), HasSubstr("1,234"),
                                HasSubstr("2xx 1,234, timeout 5"), HasSubstr("p50 12.0 ms"),
                                HasSubstr("max 5.00 s"), HasSubstr("Failed or canceled")));
  EXPECT_THAT(result.err, HasSubstr("Counts are missing from 2026-01-31 00:00:00Z to 2026-01-31 00:01:00Z."));
  ASSERT_THAT(hookd_.webhooks.stats.requests(), SizeIs(1));
  const v1::GetWebhookStatsRequest request = hookd_.webhooks.stats.requests()[0];
  EXPECT_EQ(request.name(), "projects/shop/webhooks/first");
  EXPECT_TRUE(request.has_start_time());
  EXPECT_FALSE(request.has_end_time());
  EXPECT_FALSE(request.has_step());
}

TEST_F(StatsTest, SendsTheSpanAndTheStep) {
  const Result result = Hookctl({"webhooks", "stats", "first", "--since", "2026-01-30", "--until",
                                 "2026-01-31T12:00:00Z", "--step", "15m", "-o", "json"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\"deliveries_delivered\": \"1234\""));
  const v1::GetWebhookStatsRequest request = hookd_.webhooks.stats.requests().at(0);
  EXPECT_EQ(request.start_time().seconds(), 1769731200);
  EXPECT_EQ(request.end_time().seconds(), 1769860800);
  EXPECT_EQ(request.step().seconds(), 900);
}

TEST_F(StatsTest, StatisticsOfAProjectAreOfTheNamedOneOrTheCurrentOne) {
  EXPECT_EQ(Hookctl({"projects", "stats"}).code, kOk);
  EXPECT_EQ(Hookctl({"projects", "stats", "other"}).code, kOk);
  EXPECT_EQ(Hookctl({"projects", "stats", "projects/third"}).code, kOk);
  const auto requests = hookd_.projects.stats.requests();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(requests[0].name(), "projects/shop");
  EXPECT_EQ(requests[1].name(), "projects/other");
  EXPECT_EQ(requests[2].name(), "projects/third");
}

TEST_F(StatsTest, AViolationNamesTheFlag) {
  hookd_.webhooks.stats.Fail(hookd::InvalidArgument({{"step", "gives more than 1500 points"}}));
  const Result result = Hookctl({"webhooks", "stats", "first", "--step", "1m"});
  EXPECT_EQ(result.code, kInvalidArgument);
  EXPECT_THAT(result.err, HasSubstr("--step: gives more than"));
}

TEST_F(StatsTest, AStepDividesADay) {
  for (const char* good : {"1m", "60s", "15m", "1h", "1d"}) {
    EXPECT_EQ(Hookctl({"projects", "stats", "--step", good}).code, kOk) << good;
  }
  for (const char* bad : {"", "0", "7m", "30s", "90s", "5h", "2d", "x"}) {
    const Result result = Hookctl({"projects", "stats", "--step", bad});
    EXPECT_EQ(result.code, kUsage) << bad;
    EXPECT_THAT(result.err, HasSubstr("use such as 1m, 5m, 15m, 1h or 1d")) << bad;
  }
}

TEST_F(StatsTest, AnEmptySpanNamesItsFlags) {
  EXPECT_THAT(Hookctl({"projects", "stats", "--since", "2999-01-01"}).err,
              HasSubstr("--since must be before now"));
  const Result result = Hookctl({"webhooks", "stats", "w", "--since", "2026-01-02", "--until", "2026-01-01"});
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("--since must be before --until"));
}

}  // namespace
}  // namespace hookctl
