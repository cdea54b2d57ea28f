#include "delivery/event_feed.h"

#include "base/limits.h"
#include "base/tuning.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"

namespace hookd {
namespace {

class EventFeedTest : public ::testing::Test {
 protected:
  std::unique_ptr<EventFeed::Subscription> Subscribe(int* wakes, const std::string& project = "p") {
    return feed_.Subscribe(project, [wakes] { ++*wakes; }).value();
  }

  FakeClock clock_;
  EventFeed feed_{&clock_, /*shared=*/false};
};

TEST_F(EventFeedTest, WakesTheWatchersOfTheProjectOnceForEventsOfOneMoment) {
  int p = 0, q = 0;
  const auto of_p = Subscribe(&p, "p"), of_q = Subscribe(&q, "q");
  for (int i = 0; i < 10; ++i) feed_.OnAccepted("p");
  clock_.FireDue();
  EXPECT_EQ(p, 1);
  EXPECT_EQ(q, 0);
  feed_.OnAccepted("p");
  clock_.FireDue();
  EXPECT_EQ(p, 1);
  clock_.Advance(tuning::kEventWatchPace);
  EXPECT_EQ(p, 2);
}

TEST_F(EventFeedTest, WakesASubscriberWithoutEventsAtAnInterval) {
  int wakes = 0;
  const auto subscription = Subscribe(&wakes);
  clock_.Advance(limits::kWatchHeartbeat);
  EXPECT_EQ(wakes, 2);
}

TEST_F(EventFeedTest, WakesMoreOftenWhereOtherProcessesAcceptEvents) {
  EventFeed shared(&clock_, /*shared=*/true);
  int wakes = 0;
  const auto subscription = shared.Subscribe("p", [&] { ++wakes; }).value();
  clock_.Advance(2 * tuning::kEventWatchPoll);
  EXPECT_EQ(wakes, 2);
}

TEST_F(EventFeedTest, ASubscriberThatIsGoneIsNotWoken) {
  int wakes = 0;
  auto subscription = Subscribe(&wakes);
  feed_.OnAccepted("p");
  subscription.reset();
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(wakes, 0);
  EXPECT_EQ(clock_.NextDue(), absl::InfiniteFuture());
}

TEST_F(EventFeedTest, ASubscriberCanBeWokenSoon) {
  int wakes = 0;
  const auto subscription = Subscribe(&wakes);
  subscription->WakeSoon();
  clock_.FireDue();
  EXPECT_EQ(wakes, 0);
  clock_.Advance(tuning::kEventWatchPace);
  EXPECT_EQ(wakes, 1);
}

TEST_F(EventFeedTest, CloseWakesAllAndRefusesMore) {
  int wakes = 0;
  const auto subscription = Subscribe(&wakes);
  feed_.Close();
  EXPECT_EQ(wakes, 1);
  EXPECT_TRUE(subscription->closed());
  EXPECT_TRUE(absl::IsUnavailable(feed_.Subscribe("p", [] {}).status()));
}

}  // namespace
}  // namespace hookd
