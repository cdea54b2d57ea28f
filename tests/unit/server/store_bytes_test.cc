#include "store_bytes.h"

#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

using ::testing::Eq;

struct StoreBytesTest : ::testing::Test {
  FakeClock clock;
  FakeStore store{&clock};
  StoreBytes bytes{&store, &clock};
};

TEST_F(StoreBytesTest, AreUnknownUntilTheyAreMeasured) {
  EXPECT_EQ(bytes.Get(), std::nullopt);
  store.SetBytes(1000);
  clock.FireDue();
  EXPECT_THAT(bytes.Get(), Eq(1000));
}

TEST_F(StoreBytesTest, AreMeasuredAgainOnceInAWhileAndNotWhenTheyAreRead) {
  clock.FireDue();
  store.SetBytes(2000);
  clock.Advance(tuning::kStoreMeasured / 2);
  EXPECT_THAT(bytes.Get(), Eq(1));
  clock.Advance(tuning::kStoreMeasured / 2);
  EXPECT_THAT(bytes.Get(), Eq(2000));
}

TEST_F(StoreBytesTest, StayAsTheyWereWhileTheStoreCannotBeReached) {
  clock.FireDue();
  store.FailReads(absl::UnavailableError("gone"));
  clock.Advance(2 * tuning::kStoreMeasured);
  EXPECT_THAT(bytes.Get(), Eq(1));
  store.FailReads(absl::OkStatus());
  store.SetBytes(3);
  clock.Advance(tuning::kStoreMeasured);
  EXPECT_THAT(bytes.Get(), Eq(3));
}

}  // namespace
}  // namespace hookd
