#include "store/postgres/cluster/known_changes.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

constexpr int64_t kWebhook = 5;
const absl::Time kNow = absl::FromUnixSeconds(1000);
const absl::Time kLater = kNow + absl::Seconds(10);

class KnownChangesTest : public ::testing::Test {
 protected:
  void Await(int64_t revision, std::set<int> slots) {
    changes_.Await(kWebhook, revision, std::move(slots), kLater, [this] { ++answered_; });
  }

  KnownChanges changes_;
  int answered_ = 0;
};

TEST_F(KnownChangesTest, AnswersAtOnceWhenThereIsNobodyElse) {
  Await(7, {});
  EXPECT_EQ(answered_, 1);
}

TEST_F(KnownChangesTest, AnswersOnceEveryProcessKnows) {
  Await(7, {1, 2});
  changes_.Known(1, kWebhook, 7);
  changes_.Known(1, kWebhook, 7);
  changes_.Known(2, kWebhook, 6);
  changes_.Known(2, kWebhook + 1, 7);
  EXPECT_EQ(answered_, 0);
  changes_.Known(2, kWebhook, 7);
  EXPECT_EQ(answered_, 1);
  changes_.Known(2, kWebhook, 7);
  EXPECT_EQ(changes_.End(kLater, 0), 0);
  EXPECT_EQ(answered_, 1);
}

TEST_F(KnownChangesTest, WhoKnowsOfALaterChangeNeedNotHaveSeenAnEarlierOne) {
  Await(7, {1});
  changes_.Known(1, kWebhook, 9);
  EXPECT_EQ(answered_, 1);
  Await(8, {1});
  EXPECT_EQ(answered_, 2);
}

TEST_F(KnownChangesTest, RemembersWhoKnewBeforeItWasAsked) {
  changes_.Known(1, kWebhook, 7);
  Await(7, {1});
  EXPECT_EQ(answered_, 1);
  Await(7, {1, 2});
  EXPECT_EQ(answered_, 1);
  changes_.Known(2, kWebhook, 7);
  EXPECT_EQ(answered_, 2);
}

TEST_F(KnownChangesTest, AnswersAtTheDeadlineWhoeverDoesNotSay) {
  Await(7, {1});
  EXPECT_EQ(changes_.End(kLater - absl::Microseconds(1), 0), 0);
  EXPECT_EQ(answered_, 0);
  EXPECT_EQ(changes_.End(kLater, 0), 1);
  EXPECT_EQ(answered_, 1);
}

TEST_F(KnownChangesTest, ForgetsWhatIsOld) {
  changes_.Known(1, kWebhook, 7);
  changes_.End(kNow, 8);
  Await(7, {1});
  EXPECT_EQ(answered_, 0);
}

TEST_F(KnownChangesTest, LetsAnAnswerAwaitAnotherChange) {
  changes_.Await(kWebhook, 7, {1}, kLater, [this] { Await(8, {1}); });
  changes_.Known(1, kWebhook, 7);
  EXPECT_EQ(answered_, 0);
  changes_.Known(1, kWebhook, 8);
  EXPECT_EQ(answered_, 1);
}

}  // namespace
}  // namespace hookd
