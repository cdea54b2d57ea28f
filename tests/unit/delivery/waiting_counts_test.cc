#include "delivery/waiting_counts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(WaitingCountsTest, RefusesWhatIsBeyondAProjectsLimitAndTakesItFromOthers) {
  WaitingCounts counts({.per_project = 3, .in_all = 100});
  EXPECT_TRUE(counts.Add("p", 3).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(counts.Add("p", 1)));
  EXPECT_TRUE(counts.Add("q", 1).ok());
  // A batch that is too large says so, however few wait.
  const absl::Status refused = counts.Add("q", 4);
  EXPECT_THAT(
      std::string(refused.message()),
      ::testing::StartsWith("project q has 1 pending deliveries, and 4 more would exceed its limit of 3"));
}

TEST(WaitingCountsTest, RefusesWhatIsBeyondTheLimitInAll) {
  WaitingCounts counts({.per_project = 3, .in_all = 4});
  EXPECT_TRUE(counts.Add("p", 3).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(counts.Add("q", 2)));
  EXPECT_TRUE(counts.Add("q", 1).ok());
}

TEST(WaitingCountsTest, ARefusalCountsNothingIn) {
  WaitingCounts counts({.per_project = 3, .in_all = 4});
  counts.Add("p", 4).IgnoreError();
  EXPECT_EQ(counts.in_all(), 0);
}

TEST(WaitingCountsTest, AnEventForNobodyIsNeverRefused) {
  WaitingCounts counts({.per_project = 0, .in_all = 0});
  EXPECT_TRUE(counts.Add("p", 0).ok());
}

TEST(WaitingCountsTest, WhatWaitsNoLongerMakesRoom) {
  WaitingCounts counts({.per_project = 1, .in_all = 1});
  EXPECT_TRUE(counts.Add("p", 1).ok());
  counts.Remove("p", 1);
  EXPECT_TRUE(counts.Add("p", 1).ok());
}

TEST(WaitingCountsTest, WhatIsStoredFromBeforeCountsWhateverTheLimits) {
  WaitingCounts counts({.per_project = 1, .in_all = 1});
  counts.AddStored("p", 5);
  EXPECT_EQ(counts.in_all(), 5);
  EXPECT_TRUE(absl::IsResourceExhausted(counts.Add("p", 1)));
}

TEST(WaitingCountsTest, NothingNewWaitsBeforeWhatIsStoredIsCounted) {
  WaitingCounts counts({});
  counts.SetRecovering(true);
  EXPECT_TRUE(absl::IsUnavailable(counts.Add("p", 1)));
  EXPECT_TRUE(counts.Add("p", 0).ok());
  counts.AddStored("p", 5);
  counts.SetRecovering(false);
  EXPECT_TRUE(counts.Add("p", 1).ok());
  EXPECT_EQ(counts.in_all(), 6);
}

TEST(WaitingCountsTest, WhatWaitsForOtherProcessesCountsAgainstTheLimitInAll) {
  WaitingCounts counts({.per_project = 5, .in_all = 5});
  counts.SetElsewhere(4);
  EXPECT_TRUE(counts.Add("p", 1).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(counts.Add("p", 1)));
  EXPECT_EQ(counts.in_all(), 1);
  counts.SetElsewhere(0);
  EXPECT_TRUE(counts.Add("p", 4).ok());
}

}  // namespace
}  // namespace hookd
