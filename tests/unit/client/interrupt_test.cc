#include "command_line/interrupt.h"

#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"

namespace command_line {
namespace {

TEST(InterruptTest, CallsOnTheFirstSignal) {
  absl::Notification interrupted;
  const Interrupt interrupt([&] { interrupted.Notify(); });
  raise(SIGINT);
  EXPECT_TRUE(interrupted.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

TEST(InterruptTest, TheSecondSignalEndsTheProgram) {
  EXPECT_EXIT(
      {
        absl::Notification interrupted;
        const Interrupt interrupt([&] { interrupted.Notify(); });
        raise(SIGINT);
        interrupted.WaitForNotification();
        raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(InterruptTest, GivesTheSignalBack) {
  EXPECT_EXIT(
      {
        {
          const Interrupt interrupt([] {});
        }
        raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(InterruptTest, CanBeHadAgain) {
  for (int i = 0; i < 3; ++i) {
    absl::Notification interrupted;
    const Interrupt interrupt([&] { interrupted.Notify(); });
    raise(SIGINT);
    EXPECT_TRUE(interrupted.WaitForNotificationWithTimeout(absl::Seconds(30)));
  }
}

}  // namespace
}  // namespace command_line
