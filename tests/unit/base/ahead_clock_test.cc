#include "base/ahead_clock.h"

#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"

namespace hookd {
namespace {

TEST(AheadClockTest, AClockThatIsRightIsLeftAsItIs) {
  FakeClock clock;
  for (const absl::Time at_least : {absl::InfinitePast(), clock.Steady() - absl::Hours(1), clock.Steady()}) {
    AheadClock ahead(&clock, at_least);
    EXPECT_EQ(ahead.ahead(), absl::ZeroDuration());
    EXPECT_EQ(ahead.Steady(), clock.Steady());
  }
}

TEST(AheadClockTest, AClockThatIsBehindGoesOnFromTheTimeGiven) {
  FakeClock clock;
  const absl::Time at_least = clock.Steady() + absl::Hours(240);
  AheadClock ahead(&clock, at_least);
  EXPECT_EQ(ahead.Steady(), at_least);
  EXPECT_EQ(ahead.Now(), clock.Now());
  int fired = 0;
  const auto timer = ahead.NewTimer([&] { ++fired; });
  timer->Set(at_least + absl::Seconds(2));
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(fired, 0);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(fired, 1);
  // The wall clock is put right: no time has passed.
  clock.JumpTo(clock.Now() + absl::Hours(240));
  EXPECT_EQ(ahead.Steady(), at_least + absl::Seconds(2));
  timer->Set(absl::InfiniteFuture());
  clock.Advance(absl::Hours(1000));
  EXPECT_EQ(fired, 1);
}

}  // namespace
}  // namespace hookd
