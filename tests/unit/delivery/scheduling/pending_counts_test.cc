#include "delivery/scheduling/pending_counts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(WaitingCountsTest, RefusesWhatIsBeyondAProjectsLimitAndTakesItFromOthers) {
  PendingCounts counts({.per_project = 3, .total = 100});
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
  PendingCounts counts({.per_project = 3, .total = 4});
  EXPECT_TRUE(counts.Add("p", 3).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(counts.Add("q", 2)));
  EXPECT_TRUE(counts.Add("q", 1).ok());
}

TEST(WaitingCountsTest, ARefusalCountsNothingIn) {
  PendingCounts counts({.per_project = 3, .total = 4});
  counts.Add("p", 4).IgnoreError();
  EXPECT_EQ(counts.total(), 0);
}

TEST(WaitingCountsTest, AnEventForNobodyIsNeverRefused) {
  PendingCounts counts({.per_project = 0, .total = 0});
  EXPECT_TRUE(counts.Add("p", 0).ok());
}

TEST(WaitingCountsTest, WhatWaitsNoLongerMakesRoom) {
  PendingCounts counts({.per_project = 1, .total = 1});
  EXPECT_TRUE(counts.Add("p", 1).ok());
  counts.Remove("p", 1);
  EXPECT_TRUE(counts.Add("p", 1).ok());
}

TEST(WaitingCountsTest, WhatIsStoredFromBeforeCountsWhateverTheLimits) {
  PendingCounts counts({.per_project = 1, .total = 1});
  counts.AddStored("p", 5);
  EXPECT_EQ(counts.total(), 5);
  EXPECT_TRUE(absl::IsResourceExhausted(counts.Add("p", 1)));
}

TEST(WaitingCountsTest, NothingNewWaitsBeforeWhatIsStoredIsCounted) {
  PendingCounts counts({});
  counts.SetRecovering(true);
  EXPECT_TRUE(absl::IsUnavailable(counts.Add("p", 1)));
  EXPECT_TRUE(counts.Add("p", 0).ok());
  counts.AddStored("p", 5);
  counts.SetRecovering(false);
  EXPECT_TRUE(counts.Add("p", 1).ok());
  EXPECT_EQ(counts.total(), 6);
}

TEST(WaitingCountsTest, WhatWaitsForOtherProcessesCountsAgainstTheLimitInAll) {
  PendingCounts counts({.per_project = 5, .total = 5});
  counts.SetElsewhere(4);
  EXPECT_TRUE(counts.Add("p", 1).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(counts.Add("p", 1)));
  EXPECT_EQ(counts.total(), 1);
  counts.SetElsewhere(0);
  EXPECT_TRUE(counts.Add("p", 4).ok());
}

}  // namespace
}  // namespace hookd
