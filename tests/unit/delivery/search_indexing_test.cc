#include "delivery/search_indexing.h"

#include <utility>

#include "base/tuning.h"
#include "gmock/gmock.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

// A store whose slices end when the test says so.
class SlicedStore : public FakeStore {
 public:
  using FakeStore::FakeStore;

  void IndexEvents(Done<absl::StatusOr<bool>> done) override {
    ++slices;
    done_ = std::move(done);
  }
  void End(absl::StatusOr<bool> more) { std::exchange(done_, nullptr)(std::move(more)); }

  int slices = 0;

 private:
  Done<absl::StatusOr<bool>> done_;
};

class SearchIndexingTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  SlicedStore store_{&clock_};
  bool responsible_ = true;
  SearchIndexing indexing_{&store_, &clock_, [this] { return responsible_; }};
};

TEST_F(SearchIndexingTest, PausesBetweenSlicesWhileThereIsMore) {
  clock_.Advance(tuning::kSearchIndexInterval);
  EXPECT_EQ(store_.slices, 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(store_.slices, 1) << "one at a time";
  store_.End(true);
  clock_.Advance(tuning::kSearchIndexPause);
  EXPECT_EQ(store_.slices, 2);
  store_.End(false);
  clock_.Advance(tuning::kSearchIndexPause);
  EXPECT_EQ(store_.slices, 2);
  clock_.Advance(tuning::kSearchIndexInterval);
  EXPECT_EQ(store_.slices, 3);
  store_.End(false);
}

TEST_F(SearchIndexingTest, TriesAgainAfterAnError) {
  clock_.Advance(tuning::kSearchIndexInterval);
  store_.End(absl::UnavailableError("down"));
  clock_.Advance(tuning::kSearchIndexInterval);
  EXPECT_EQ(store_.slices, 2);
  store_.End(absl::AbortedError("another process"));
  clock_.Advance(tuning::kSearchIndexInterval);
  EXPECT_EQ(store_.slices, 3);
  store_.End(false);
}

TEST_F(SearchIndexingTest, LeavesTheWorkToTheProcessThatIsResponsible) {
  responsible_ = false;
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(store_.slices, 0);
  responsible_ = true;
  clock_.Advance(tuning::kSearchIndexInterval);
  EXPECT_EQ(store_.slices, 1);
  store_.End(false);
}

TEST_F(SearchIndexingTest, BeginsNoSliceOnceItIsStopped) {
  clock_.Advance(tuning::kSearchIndexInterval);
  indexing_.Stop();
  store_.End(true);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(store_.slices, 1);
}

}  // namespace
}  // namespace hookd
