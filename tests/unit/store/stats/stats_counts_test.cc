#include "store/stats/stats_counts.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(LatencyHistogramTest, APercentileIsAtMostATenthAboveTheTrueValue) {
  std::mt19937_64 random(21);
  std::lognormal_distribution<double> distribution(10, 3);
  std::vector<int64_t> durations;
  LatencyHistogram histogram;
  for (int i = 0; i < 10'000; ++i) {
    durations.push_back(std::min<int64_t>(static_cast<int64_t>(distribution(random)), 60'000'000));
    histogram.Add(absl::Microseconds(durations.back()));
  }
  std::sort(durations.begin(), durations.end());
  for (const double fraction : {0.01, 0.5, 0.95, 0.99, 1.0}) {
    const int64_t exact = durations[static_cast<size_t>(fraction * 10'000) - 1];
    const int64_t read = absl::ToInt64Microseconds(histogram.Percentile(fraction));
    EXPECT_GE(read, exact) << fraction;
    EXPECT_LE(static_cast<double>(read), 1.1 * static_cast<double>(exact)) << fraction;
  }
  EXPECT_EQ(absl::ToInt64Microseconds(histogram.max()), durations.back());
}

TEST(LatencyHistogramTest, HistogramsOfPartsAddUpToThatOfTheWhole) {
  LatencyHistogram whole, first, second;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration duration = absl::Microseconds(i * i);
    whole.Add(duration);
    (i % 3 == 0 ? first : second).Add(duration);
  }
  first.Merge(second);
  EXPECT_EQ(first, whole);
  whole.Merge(LatencyHistogram());
  EXPECT_EQ(first, whole);
}

TEST(LatencyHistogramTest, OneDurationIsEveryPercentile) {
  LatencyHistogram histogram;
  histogram.Add(absl::Milliseconds(250));
  EXPECT_EQ(histogram.Percentile(0.5), absl::Milliseconds(250));
  EXPECT_EQ(histogram.Percentile(0.99), absl::Milliseconds(250));
}

TEST(LatencyHistogramTest, DurationsOutOfRangeAreCounted) {
  LatencyHistogram histogram;
  histogram.Add(-absl::Seconds(1));
  histogram.Add(absl::InfiniteDuration());
  ASSERT_EQ(histogram.buckets().size(), 2u);
  EXPECT_EQ(histogram.buckets().front().index, 0u);
  EXPECT_LT(histogram.buckets().back().index, LatencyHistogram::kBuckets);
  EXPECT_GT(histogram.max(), absl::Hours(19));
}

TEST(LatencyHistogramTest, AnEmptyOneHasNoPercentile) {
  EXPECT_EQ(LatencyHistogram().Percentile(0.5), absl::ZeroDuration());
}

}  // namespace
}  // namespace hookd
