// Store::Ping, with the fake.
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

class PingTest : public ::testing::Test {
 protected:
  void Ping() {
    store_.Ping([this] { ++answers_; });
  }

  FakeClock clock_;
  FakeStore store_{&clock_};
  int answers_ = 0;
};

TEST_F(PingTest, AStoreThatWorksAnswersAndIsNotChanged) {
  Ping();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(store_.size(), 0U);
}

TEST_F(PingTest, AStoreWhoseWritesHangDoesNotAnswer) {
  store_.HoldCommits();
  Ping();
  EXPECT_EQ(answers_, 0);
  store_.ReleaseCommits();
  EXPECT_EQ(answers_, 1);
}

TEST_F(PingTest, AStoreThatFailsAnswersAsANewStartWouldMendNothing) {
  store_.FailWrites(absl::UnavailableError("the disk is gone"));
  store_.FailReads(absl::UnavailableError("the disk is gone"));
  Ping();
  EXPECT_EQ(answers_, 1);
}

}  // namespace
}  // namespace hookd
