#include "hookctl/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookctl {
namespace {

using testing::ElementsAre;

TEST(FitColumnsTest, LeavesATableThatFitsAsItIs) {
  EXPECT_THAT(FitColumns({5, 40, 10}, {1}, 59), ElementsAre(5, 40, 10));
  EXPECT_THAT(FitColumns({5, 400, 10}, {1}, 0), ElementsAre(5, 400, 10)) << "not a terminal";
}

TEST(FitColumnsTest, CutsTheWidestColumnsFirst) {
  EXPECT_THAT(FitColumns({5, 60, 40, 10}, {}, 101), ElementsAre(5, 40, 40, 10));
  EXPECT_THAT(FitColumns({5, 60, 40, 10}, {}, 81), ElementsAre(5, 30, 30, 10));
}

TEST(FitColumnsTest, LeavesColumnsOutRatherThanCutTheOthersToUselessness) {
  EXPECT_THAT(FitColumns({13, 20, 6, 200}, {1}, 60), ElementsAre(13, 0, 6, 37));
  EXPECT_THAT(FitColumns({13, 20, 6, 200}, {1}, 80), ElementsAre(13, 20, 6, 35)) << "there is room";
}

TEST(FitColumnsTest, LeavesOutNoMoreThanItMustAndTheFirstNamedFirst) {
  EXPECT_THAT(FitColumns({10, 20, 20, 20}, {2, 1}, 60), ElementsAre(10, 20, 0, 20));
  EXPECT_THAT(FitColumns({10, 20, 20, 20}, {2, 1}, 40), ElementsAre(10, 0, 0, 20));
}

TEST(FitColumnsTest, OnAVeryNarrowTerminalEveryOtherColumnKeepsItsBeginning) {
  EXPECT_THAT(FitColumns({13, 20, 6, 200}, {1}, 33), ElementsAre(13, 0, 6, 10));
  EXPECT_THAT(FitColumns({63, 6, 24}, {}, 30), ElementsAre(12, 6, 8));
  EXPECT_THAT(FitColumns({63, 6, 24}, {}, 5), ElementsAre(8, 6, 8)) << "the line is cut then";
}

}  // namespace
}  // namespace hookctl
