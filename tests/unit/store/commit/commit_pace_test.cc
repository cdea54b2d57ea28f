#include "store/commit/commit_pace.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "base/tuning.h"

namespace hookd {
namespace {

class CommitPaceTest : public testing::Test {
 protected:
  // How long after it began a transaction of so many writes has the next one begin.
  absl::Duration After(size_t writes) {
    const CommitPace::Time now = CommitPace::Time(std::chrono::hours(++hours_));
    pace_.Begin(writes, now);
    return absl::FromChrono(pace_.next() - now);
  }

  static constexpr size_t kMany = tuning::kBusyCommitWrites;
  static constexpr size_t kFew = kMany - 1;

  CommitPace pace_;
  int hours_ = 0;
};

TEST_F(CommitPaceTest, WhileManyWritesComeTransactionsBeginAnIntervalApart) {
  After(kMany);
  EXPECT_EQ(After(kMany), tuning::kBusyCommitInterval);
  EXPECT_EQ(After(100 * kMany), tuning::kBusyCommitInterval);
}

TEST_F(CommitPaceTest, WhileFewComeTheNextBeginsAtOnce) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(After(kFew), absl::ZeroDuration());
}

TEST_F(CommitPaceTest, ManyAtOnceHoldNobodyUpAfterThem) {
  EXPECT_EQ(After(100 * kMany), absl::ZeroDuration());
  EXPECT_EQ(After(kFew), absl::ZeroDuration());
  EXPECT_EQ(After(100 * kMany), absl::ZeroDuration());
}

TEST_F(CommitPaceTest, OnceFewComeTheNextBeginsAtOnceAgain) {
  After(kMany);
  After(kMany);
  EXPECT_EQ(After(kFew), absl::ZeroDuration());
}

}  // namespace
}  // namespace hookd
