#include "command_line/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace command_line {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;

// A terminal of text and a clock that stands still.
class ProgressTest : public testing::Test {
 protected:
  Progress Make(int width) {
    return {terminal_, width, "events", [this] { return now_; }};
  }
  // What was drawn since the last call.
  std::string Drawn() {
    std::string text = terminal_.str();
    terminal_.str("");
    return text;
  }

  std::ostringstream terminal_;
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::time_point(std::chrono::hours(1));
};

TEST_F(ProgressTest, ShowsAPartWithItsBarRateAndTimeLeft) {
  Progress progress = Make(80);
  now_ += milliseconds(4000);
  progress.Update(12000, 0.5);
  EXPECT_EQ(Drawn(), "\r[##########..........]  50%  12,000 events  3,000/s  4s left\x1b[K");
}

TEST_F(ProgressTest, SaysASecondIsLeftWhereItIsLess) {
  Progress progress = Make(80);
  now_ += milliseconds(200);
  progress.Update(350, 0.5);
  EXPECT_EQ(Drawn(), "\r[##########..........]  50%  350 events  1,750/s  1s left\x1b[K");
}

TEST_F(ProgressTest, ShowsACountAndARateIfTheEndIsUnknown) {
  Progress progress = Make(80);
  now_ += milliseconds(2000);
  progress.Update(10, std::nullopt);
  EXPECT_EQ(Drawn(), "\r10 events  5/s\x1b[K");
}

TEST_F(ProgressTest, DrawsAtMostTenTimesASecond) {
  Progress progress = Make(80);
  for (int i = 0; i < 1000; ++i) {
    now_ += milliseconds(1);
    progress.Update(i, std::nullopt);
  }
  const std::string drawn = Drawn();
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\r'), 10);
}

TEST_F(ProgressTest, WorkThatIsDoneAtOnceShowsNothing) {
  {
    Progress progress = Make(80);
    now_ += milliseconds(99);
    progress.Update(1000, 1.0);
  }
  EXPECT_EQ(Drawn(), "");
}

TEST_F(ProgressTest, ShowsNothingWhereThereIsNoTerminal) {
  {
    Progress progress = Make(0);
    now_ += milliseconds(1000);
    progress.Update(1, 0.1);
    progress.Clear();
  }
  EXPECT_EQ(Drawn(), "");
}

TEST_F(ProgressTest, TakesTheLineAwayAtItsEnd) {
  {
    Progress progress = Make(80);
    now_ += milliseconds(1000);
    progress.Update(1, 0.1);
  }
  EXPECT_THAT(Drawn(), EndsWith("\r\x1b[K"));
}

TEST_F(ProgressTest, ClearMakesRoomOnceAndTheNextUpdateDrawsAgain) {
  Progress progress = Make(80);
  now_ += milliseconds(1000);
  progress.Update(1, 0.1);
  Drawn();
  progress.Clear();
  progress.Clear();
  EXPECT_EQ(Drawn(), "\r\x1b[K");
  now_ += milliseconds(100);
  progress.Update(2, 0.2);
  EXPECT_THAT(Drawn(), HasSubstr("20%"));
}

TEST_F(ProgressTest, StaysWithinANarrowTerminal) {
  Progress progress = Make(20);
  now_ += milliseconds(1000);
  progress.Update(1, 0.1);
  EXPECT_EQ(Drawn(), "\r[##................\x1b[K");
}

TEST_F(ProgressTest, APartBeyondTheWholeIsTheWhole) {
  Progress progress = Make(80);
  now_ += milliseconds(1000);
  progress.Update(1, 1.5);
  EXPECT_THAT(Drawn(), HasSubstr("[####################] 100%  1 events"));
}

}  // namespace
}  // namespace command_line
