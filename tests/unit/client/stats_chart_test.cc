#include "hookctl/stats_chart.h"

#include <cstdlib>
#include <sstream>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookctl {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::ResultOf;

// Statistics of these deliveries, by the hour.
hookd::v1::Stats MakeStats(const std::vector<int64_t>& delivered, int64_t failed = 0) {
  hookd::v1::Stats stats;
  stats.mutable_step()->set_seconds(3600);
  int64_t start = 1769817600;  // 2026-01-31 00:00
  for (const int64_t count : delivered) {
    auto* point = stats.add_points();
    point->mutable_start_time()->set_seconds(start);
    point->set_deliveries_delivered(count);
    point->set_deliveries_failed(failed);
    stats.mutable_total()->set_deliveries_delivered(stats.total().deliveries_delivered() + count);
    stats.mutable_total()->set_deliveries_failed(stats.total().deliveries_failed() + failed);
    start += 3600;
  }
  return stats;
}

std::vector<std::string> Draw(const hookd::v1::Stats& stats, const ChartStyle& style) {
  std::ostringstream out;
  DrawStats(out, stats, style);
  std::vector<std::string> lines = absl::StrSplit(out.str(), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

TEST(StatsChartTest, BarsAreAsHighAsTheirCounts) {
  EXPECT_THAT(Draw(MakeStats({0, 1, 8, 16}), {.width = 60, .utf8 = false}),
              ElementsAre("Delivered, 1h a bar",  //
                          "16 |   #",             //
                          "   |   #",             //
                          "   |  ##",             //
                          " 0 | .##",             //
                          "Failed or canceled",   //
                          " 1 |", "   |", "   |", " 0 |", "   +----"));
}

TEST(StatsChartTest, BlockElementsHaveEightStepsALine) {
  EXPECT_THAT(
      Draw(MakeStats({0, 1, 8, 16, 9}, 1), {.width = 60, .utf8 = true}),
      ElementsAre("Delivered, 1h a bar", "16 │   █", "   │   █▂", "   │  ███", " 0 │ ▂███",
                  "Failed or canceled", " 1 │█████", "   │█████", "   │█████", " 0 │█████", "   └─────"));
}

TEST(StatsChartTest, NoLineIsWiderThanTheTerminal) {
  const std::vector<int64_t> many(1500, 1'000'000'000);
  for (const int width : {20, 40, 80, 81, 200}) {
    EXPECT_THAT(Draw(MakeStats(many), {.width = width, .utf8 = false}),
                Each(ResultOf([](const std::string& line) { return static_cast<int>(line.size()); },
                              Le(std::max(width, 30)))))
        << width;
  }
}

TEST(StatsChartTest, PointsThatDoNotFitAreAddedUp) {
  const std::vector<std::string> lines =
      Draw(MakeStats(std::vector<int64_t>(200, 1)), {.width = 60, .utf8 = false});
  EXPECT_THAT(lines.at(0), HasSubstr("4h a bar"));
  EXPECT_THAT(lines.at(1), HasSubstr("  4 |##"));
}

TEST(StatsChartTest, TheAxisHasTheStartAndTheEndIfThereIsRoom) {
  const std::vector<std::string> lines =
      Draw(MakeStats(std::vector<int64_t>(48, 1)), {.width = 80, .utf8 = false});
  EXPECT_THAT(lines.back(), HasSubstr("2026-01-31 00:00"));
  EXPECT_THAT(lines.back(), HasSubstr("2026-02-02 00:00"));
}

TEST(StatsChartTest, WithoutPointsNothingIsDrawn) { EXPECT_THAT(Draw({}, {}), IsEmpty()); }

TEST(StatsChartTest, TheLocaleDecidesWhetherBarsAreUtf8) {
  setenv("LC_ALL", "de_DE.utf8", 1);
  EXPECT_TRUE(StyleOf(70).utf8);
  EXPECT_EQ(StyleOf(70).width, 70);
  setenv("LC_ALL", "C", 1);
  EXPECT_FALSE(StyleOf(0).utf8);
  EXPECT_EQ(StyleOf(0).width, 80);
  unsetenv("LC_ALL");
}

}  // namespace
}  // namespace hookctl
