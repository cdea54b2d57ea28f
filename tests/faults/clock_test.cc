// A wall clock that jumps while events, retries and answers go on.
#include <iomanip>
#include <iostream>
#include <map>
#include <random>

#include "base/ids.h"
#include "delivery/retention.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

TEST(FaultTest, ClockJumps) {
  TestEngine engine;
  Retention retention(&engine.store, &engine.clock, Retention::Options());
  engine.Create("a", {.retry_policy = {.max_attempts = 5,
                                       .min_backoff = absl::Seconds(1),
                                       .max_backoff = absl::Seconds(10),
                                       .multiplier = 2}});
  std::mt19937 random(1);
  std::map<int64_t, absl::Time> due;  // when the retry of a delivery may come, by the steady clock
  std::vector<int64_t> events;
  for (int step = 0; step < 5000; ++step) {
    const int64_t event = engine.Emit()[0];
    events.push_back(event);
    if (step % 3 == 0) {
      const auto jump = absl::Hours(std::uniform_int_distribution<int>(-10'000, 10'000)(random));
      engine.clock.JumpTo(engine.clock.Now() + jump);
    }
    for (const HttpRequest& request : engine.http->waiting()) {
      const auto expected = due.find(DecodeId(request.headers[2].second).value());
      if (expected != due.end()) ASSERT_GE(engine.clock.Steady(), expected->second);
    }
    while (!engine.http->waiting().empty()) {
      const int64_t id = DecodeId(engine.http->waiting()[0].headers[2].second).value();
      engine.http->AnswerNext(TestEngine::Status(random() % 4 == 0 ? 500 : 200));
      const Delivery delivery = engine.Get(id + 1);
      if (delivery.next_attempt_time.has_value()) due[id] = *delivery.next_attempt_time;
    }
    engine.clock.Advance(absl::Milliseconds(300));
  }
  for (int i = 0; i < 20; ++i) {
    engine.AnswerAllWith(200);
    engine.clock.Advance(absl::Seconds(10));
  }
  int lost = 0;
  size_t attempts = 0;
  for (int64_t event : events) {
    const Delivery delivery = engine.Get(event + 1);
    lost += delivery.state == DeliveryState::kPending ? 1 : 0;
    attempts += static_cast<size_t>(delivery.attempt_count);
  }
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(engine.http->sent(), attempts);
  std::cout << std::left << std::setw(44) << "clock jumps, up to 10,000 hours either way" << std::right
            << std::setw(9) << events.size() << std::setw(7) << lost << std::setw(12)
            << engine.http->sent() - attempts << std::setw(14) << "0"
            << "\n";
}

}  // namespace
}  // namespace hookd
