#include "grpc_wake.h"

#include <atomic>
#include <memory>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "base/limits.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"

namespace hookd {
namespace {

// Its end waits for what a thread was given, so that what was counted then is all there is.
TEST(GrpcWakeTest, GivesAThreadSomethingOnceItsTimeHasCome) {
  FakeClock clock;
  std::atomic<int> count = 0;
  auto wake = std::make_unique<GrpcWake>(&clock, [&count] { ++count; });
  clock.Advance(limits::kGrpcWake);
  wake.reset();
  EXPECT_EQ(count, 1);
}

TEST(GrpcWakeTest, GivesNothingBefore) {
  FakeClock clock;
  std::atomic<int> count = 0;
  auto wake = std::make_unique<GrpcWake>(&clock, [&count] { ++count; });
  clock.Advance(limits::kGrpcWake - absl::Milliseconds(1));
  wake.reset();
  EXPECT_EQ(count, 0);
}

TEST(GrpcWakeTest, GoesOnByThreadsOfGrpcs) {
  FakeClock clock;
  absl::Mutex mutex;
  int count = 0;
  bool others = true;
  const auto self = std::this_thread::get_id();
  GrpcWake wake(&clock, [&] {
    absl::MutexLock lock(&mutex);
    ++count;
    others &= std::this_thread::get_id() != self;
  });
  for (int i = 1; i <= 10; ++i) {
    clock.Advance(limits::kGrpcWake);
    const auto came = [&count, i] { return count == i; };
    absl::MutexLock lock(&mutex);
    ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&came), absl::Seconds(20)));
  }
  absl::MutexLock lock(&mutex);
  EXPECT_TRUE(others);
}

}  // namespace
}  // namespace hookd
