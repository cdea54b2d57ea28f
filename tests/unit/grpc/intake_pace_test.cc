#include "grpc/intake_pace.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "base/tuning.h"

namespace hookd {
namespace {

using std::chrono::microseconds;

class IntakePaceTest : public testing::Test {
 protected:
  // Handles an event that arrives `wait` after the end of the previous one, and pauses if it should. Returns
  // whether it paused.
  bool TakeAfter(microseconds wait) {
    now_ += wait;
    if (!pace_.AfterEvent(now_)) return false;
    now_ += absl::ToChronoMicroseconds(tuning::kIntakeRest);
    pace_.AfterPause(now_);
    return true;
  }

  // Handles enough events to be busy, without waiting for any of them.
  void GetBusy() {
    for (int i = 0; i < 2 * tuning::kBusyIntakeEvents; ++i) TakeAfter(kAtHand);
  }

  static constexpr microseconds kAtHand{10};
  static constexpr microseconds kWaitedFor{100};

  IntakePace::Time now_{std::chrono::hours(1)};
  IntakePace pace_;
};

TEST_F(IntakePaceTest, ABusyThreadRestsAfterAnEventItWaitedFor) {
  GetBusy();
  EXPECT_TRUE(TakeAfter(kWaitedFor));
}

TEST_F(IntakePaceTest, ABusyThreadDoesNotRestAfterAnEventThatWasAtHand) {
  GetBusy();
  EXPECT_FALSE(TakeAfter(kAtHand));
}

TEST_F(IntakePaceTest, AThreadThatTakesEventsWithoutAPauseNeverRests) {
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(TakeAfter(kAtHand)) << i;
}

TEST_F(IntakePaceTest, AThreadThatSeesFewEventsNeverRests) {
  const auto apart = absl::ToChronoMicroseconds(tuning::kBusyIntakeSpan) / tuning::kBusyIntakeEvents;
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(TakeAfter(apart + microseconds(50))) << i;
}

TEST_F(IntakePaceTest, AfterARestItReadsWhatCameMeanwhileFromEveryConnection) {
  GetBusy();
  ASSERT_TRUE(TakeAfter(kWaitedFor));
  EXPECT_FALSE(TakeAfter(kWaitedFor));
  EXPECT_FALSE(TakeAfter(kAtHand));
  EXPECT_TRUE(TakeAfter(kWaitedFor));
}

TEST_F(IntakePaceTest, AThreadThatWasBusyOnceStopsResting) {
  GetBusy();
  ASSERT_TRUE(TakeAfter(kWaitedFor));
  for (int i = 0; i < tuning::kBusyIntakeEvents; ++i) TakeAfter(std::chrono::milliseconds(10));
  EXPECT_FALSE(TakeAfter(kWaitedFor));
}

}  // namespace
}  // namespace hookd
