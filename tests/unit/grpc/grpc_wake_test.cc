#include "grpc/grpc_wake.h"

#include <atomic>
#include <memory>
#include <thread>

#include "base/tuning.h"
#include "grpc/grpc.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"

namespace hookd {
namespace {

class GrpcWakeTest : public ::testing::Test {
 protected:
  // Otherwise gRPC would end by a thread of its own, behind the test's end.
  static void SetUpTestSuite() { grpc_init(); }
  static void TearDownTestSuite() { grpc_shutdown_blocking(); }
};

// Its end waits for what a thread was given, so that what was counted then is all there is.
TEST_F(GrpcWakeTest, GivesAThreadSomethingOnceItsTimeHasCome) {
  FakeClock clock;
  std::atomic<int> count = 0;
  auto wake = std::make_unique<GrpcWake>(&clock, [&count] { ++count; });
  clock.Advance(tuning::kGrpcWake);
  wake.reset();
  EXPECT_EQ(count, 1);
}

TEST_F(GrpcWakeTest, GivesNothingBefore) {
  FakeClock clock;
  std::atomic<int> count = 0;
  auto wake = std::make_unique<GrpcWake>(&clock, [&count] { ++count; });
  clock.Advance(tuning::kGrpcWake - absl::Milliseconds(1));
  wake.reset();
  EXPECT_EQ(count, 0);
}

TEST_F(GrpcWakeTest, GoesOnByThreadsOfGrpcs) {
  FakeClock clock;
  std::atomic<int> count = 0;
  std::atomic<bool> others = true;
  const auto self = std::this_thread::get_id();
  GrpcWake wake(&clock, [&] {
    ++count;
    if (std::this_thread::get_id() == self) others = false;
  });
  // The next time is set once a thread is done with what it was given.
  while (count < 10) clock.Advance(tuning::kGrpcWake);
  EXPECT_TRUE(others);
}

}  // namespace
}  // namespace hookd
