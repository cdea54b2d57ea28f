#include "delivery/attempts/backoff.h"

#include "gtest/gtest.h"
#include "tests/support/fake_random.h"

namespace hookd {
namespace {

const RetryPolicy kPolicy{
    .max_attempts = 5, .min_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(10), .multiplier = 2};

absl::Duration Bound(int attempts) {
  FakeRandom random;
  random.Set(0.999999999);
  return absl::Ceil(Backoff(kPolicy, attempts, absl::ZeroDuration(), random), absl::Milliseconds(1));
}

TEST(BackoffTest, TheDefaultPolicyHasOneAttempt) { EXPECT_FALSE(IsRetried(RetryPolicy(), 1, 500)); }

TEST(BackoffTest, StopsAfterMaxAttempts) {
  EXPECT_TRUE(IsRetried(kPolicy, 4, 500));
  EXPECT_FALSE(IsRetried(kPolicy, 5, 500));
}

TEST(BackoffTest, RetriesEveryFailureButGone) {
  for (int status : {0, 100, 301, 400, 404, 408, 429, 500, 503, 599}) {
    EXPECT_TRUE(IsRetried(kPolicy, 1, status)) << status;
  }
  EXPECT_FALSE(IsRetried(kPolicy, 1, 410));
}

TEST(BackoffTest, TheBoundGrowsByTheMultiplierUpToTheMaximum) {
  EXPECT_EQ(Bound(1), absl::Seconds(1));
  EXPECT_EQ(Bound(2), absl::Seconds(2));
  EXPECT_EQ(Bound(3), absl::Seconds(4));
  EXPECT_EQ(Bound(4), absl::Seconds(8));
  EXPECT_EQ(Bound(5), absl::Seconds(10));
  EXPECT_EQ(Bound(100000), absl::Seconds(10));
}

TEST(BackoffTest, ThePauseIsAnywhereBelowTheBound) {
  FakeRandom random;
  random.Set(0);
  EXPECT_EQ(Backoff(kPolicy, 3, absl::ZeroDuration(), random), absl::ZeroDuration());
  random.Set(0.25);
  EXPECT_EQ(Backoff(kPolicy, 3, absl::ZeroDuration(), random), absl::Seconds(1));
}

TEST(BackoffTest, WaitsAsLongAsTheEndpointAsksForUpToTheMaximum) {
  FakeRandom random;
  random.Set(0);
  EXPECT_EQ(Backoff(kPolicy, 1, absl::Seconds(7), random), absl::Seconds(7));
  EXPECT_EQ(Backoff(kPolicy, 1, absl::Hours(7), random), absl::Seconds(10));
}

}  // namespace
}  // namespace hookd
