#include "base/line_limiter.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(1);

TEST(LineLimiterTest, LetsFewLinesThroughAndSaysWithTheNextHowManyItLeftOut) {
  LineLimiter limiter(/*per_second=*/5);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limiter.Take(kNow), 0);
  for (int i = 0; i < 995; ++i) EXPECT_EQ(limiter.Take(kNow), std::nullopt);
  EXPECT_EQ(limiter.Take(kNow + absl::Seconds(1)), 995);
  EXPECT_EQ(limiter.Take(kNow + absl::Seconds(1)), 0);
}

}  // namespace
}  // namespace hookd
