#include "delivery/attempts/hold.h"

#include "base/limits.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(1);
// With which a pause passes in full, or nearly so.
constexpr double kLongest = 1;

// One that began at kNow.
Hold Held() {
  Hold hold;
  hold.OnNotSent(kNow, /*probe=*/false, "no proxy", kLongest);
  return hold;
}

TEST(HoldTest, IsOffUntilAnAttemptCouldNotBeSent) {
  Hold hold;
  EXPECT_FALSE(hold.holding());
  EXPECT_EQ(hold.ReadyAt(), absl::InfinitePast());
  EXPECT_FALSE(hold.Begin());
}

TEST(HoldTest, BeginsWithTheShortestPauseWhenAnAttemptCouldNotBeSent) {
  Hold hold;
  EXPECT_TRUE(hold.OnNotSent(kNow, /*probe=*/false, "no proxy", kLongest));
  EXPECT_TRUE(hold.holding());
  EXPECT_EQ(hold.ReadyAt(), kNow + limits::kHoldMinPause);
  EXPECT_EQ(hold.since(), kNow);
  EXPECT_EQ(hold.error(), "no proxy");
}

TEST(HoldTest, LetsOneProbeThroughAfterThePause) {
  Hold hold = Held();
  EXPECT_TRUE(hold.Begin());
  EXPECT_EQ(hold.ReadyAt(), absl::InfiniteFuture());
}

TEST(HoldTest, EveryProbeThatCouldNotBeSentDoublesThePauseUpToABound) {
  Hold hold = Held();
  absl::Duration pause = limits::kHoldMinPause;
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(hold.OnNotSent(kNow, hold.Begin(), "no descriptor", kLongest));
    pause = std::min(pause * 2, limits::kHoldMaxPause);
    EXPECT_EQ(hold.ReadyAt(), kNow + pause);
  }
  EXPECT_EQ(hold.since(), kNow);
  EXPECT_EQ(hold.error(), "no descriptor");
}

TEST(HoldTest, APauseIsBetweenHalfOfItAndAllOfIt) {
  for (const double jitter : {0.0, 0.25, 0.75}) {
    Hold hold;
    hold.OnNotSent(kNow, /*probe=*/false, "no proxy", jitter);
    EXPECT_EQ(hold.ReadyAt(), kNow + limits::kHoldMinPause * (0.5 + jitter / 2));
  }
}

TEST(HoldTest, AttemptsFromBeforeItBeganDoNotLengthenThePause) {
  Hold hold = Held();
  EXPECT_FALSE(hold.OnNotSent(kNow + absl::Milliseconds(900), /*probe=*/false, "no proxy", kLongest));
  EXPECT_EQ(hold.ReadyAt(), kNow + limits::kHoldMinPause);
}

TEST(HoldTest, AnAttemptThatWasSentEndsIt) {
  Hold hold = Held();
  EXPECT_EQ(hold.OnSent(kNow + absl::Seconds(5)), absl::Seconds(5));
  EXPECT_FALSE(hold.holding());
  EXPECT_EQ(hold.ended(), kNow + absl::Seconds(5));
  EXPECT_EQ(hold.OnSent(kNow + absl::Seconds(6)), std::nullopt);
}

TEST(HoldTest, TheNextHoldBeginsWithTheShortestPauseAgain) {
  Hold hold = Held();
  for (int i = 0; i < 20; ++i) hold.OnNotSent(kNow, hold.Begin(), "no proxy", kLongest);
  hold.OnSent(kNow);
  EXPECT_TRUE(hold.OnNotSent(kNow, /*probe=*/false, "no proxy", kLongest));
  EXPECT_EQ(hold.ReadyAt(), kNow + limits::kHoldMinPause);
}

TEST(HoldTest, AfterAProbeThatWasAbandonedAnotherMayBegin) {
  Hold hold = Held();
  hold.OnAbandoned(kNow, hold.Begin());
  EXPECT_EQ(hold.ReadyAt(), kNow);
  EXPECT_TRUE(hold.Begin());
}

TEST(HoldTest, AProbeOfAHoldThatIsGoneChangesNothingWhenItIsAbandoned) {
  Hold hold;
  hold.OnAbandoned(kNow, /*probe=*/true);
  EXPECT_FALSE(hold.holding());
}

}  // namespace
}  // namespace hookd
