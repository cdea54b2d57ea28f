// What the thread sanitizer knows of Abseil's locks (tests/support/tsan_synchronization.cc): each of these is
// a race to it where it does not see the order. In other builds they hold as they stand.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace hookd {
namespace {

// What `wait` finds written before a notification that came before it. The relaxed flag orders nothing.
int SeenAfter(const std::function<bool(const absl::Notification&)>& wait) {
  int written = 0;
  absl::Notification notification;
  std::atomic<bool> notified = false;
  std::thread writer([&] {
    written = 1;
    notification.Notify();
    notified.store(true, std::memory_order_relaxed);
  });
  while (!notified.load(std::memory_order_relaxed)) std::this_thread::yield();
  const int seen = wait(notification) ? written : 0;
  writer.join();
  return seen;
}

TEST(SynchronizationOrderTest, AWaitThatBeginsAfterTheNotificationSeesWhatCameBeforeIt) {
  EXPECT_EQ(SeenAfter([](const absl::Notification& notification) {
              notification.WaitForNotification();
              return true;
            }),
            1);
}

TEST(SynchronizationOrderTest, SoDoWaitsOfLimitedTime) {
  EXPECT_EQ(SeenAfter([](const absl::Notification& notification) {
              return notification.WaitForNotificationWithTimeout(absl::Seconds(1));
            }),
            1);
  EXPECT_EQ(SeenAfter([](const absl::Notification& notification) {
              return notification.WaitForNotificationWithDeadline(absl::InfiniteFuture());
            }),
            1);
}

TEST(SynchronizationOrderTest, SoDoesALookAtIt) {
  EXPECT_EQ(SeenAfter([](const absl::Notification& notification) { return notification.HasBeenNotified(); }),
            1);
}

}  // namespace
}  // namespace hookd
