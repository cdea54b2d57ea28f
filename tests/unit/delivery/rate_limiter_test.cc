#include "base/rate_limiter.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(1);

TEST(RateLimiterTest, LetsABurstThroughThenOneAnInterval) {
  const RateLimit limit{.per_second = 10, .burst = 3};
  RateLimiter limiter;
  for (int i = 0; i < 3; ++i) {
    EXPECT_LE(limiter.ReadyAt(limit), kNow);
    limiter.Take(limit, kNow);
  }
  EXPECT_EQ(limiter.ReadyAt(limit), kNow + absl::Milliseconds(100));
}

TEST(RateLimiterTest, AfterAQuietTimeThereIsAWholeBurstAgainAndNoMore) {
  const RateLimit limit{.per_second = 10, .burst = 2};
  RateLimiter limiter;
  for (int i = 0; i < 2; ++i) limiter.Take(limit, kNow);
  const absl::Time later = kNow + absl::Hours(1);
  int taken = 0;
  for (; limiter.ReadyAt(limit) <= later; ++taken) limiter.Take(limit, later);
  EXPECT_EQ(taken, 2);
}

TEST(RateLimiterTest, KeepsTheRateOverTime) {
  const RateLimit limit{.per_second = 5, .burst = 1};
  RateLimiter limiter;
  absl::Time now = kNow;
  for (int i = 0; i < 100; ++i) {
    now = std::max(now, limiter.ReadyAt(limit));
    limiter.Take(limit, now);
  }
  EXPECT_EQ(now, kNow + absl::Milliseconds(200) * 99);
}

TEST(RateLimiterTest, WhatIsGivenBackCanBeTakenAgainAndNoMore) {
  const RateLimit limit{.per_second = 10, .burst = 2};
  RateLimiter limiter;
  for (int i = 0; i < 2; ++i) limiter.Take(limit, kNow);
  limiter.GiveBack(limit);
  EXPECT_LE(limiter.ReadyAt(limit), kNow);
  limiter.Take(limit, kNow);
  EXPECT_EQ(limiter.ReadyAt(limit), kNow + absl::Milliseconds(100));
}

}  // namespace
}  // namespace hookd
