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
  // Otherwise gRPC would shut down on its own thread after the end of the test.
  static void SetUpTestSuite() { grpc_init(); }
  static void TearDownTestSuite() { grpc_shutdown_blocking(); }
};

// The destructor waits for the call in flight, so the count is final afterwards.
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
  // The timer is set again once a thread has ended the call.
  while (count < 10) clock.Advance(tuning::kGrpcWake);
  EXPECT_TRUE(others);
}

}  // namespace
}  // namespace hookd
