#include "store/search/indexer.h"

#include "gmock/gmock.h"
#include "store/search/event_search.h"
#include "tests/unit/store/search/memory_index.h"

namespace hookd::search {
namespace {

using ::testing::SizeIs;

class IndexerTest : public ::testing::Test {
 protected:
  IndexerTest() { Restart(); }

  // As a new process, which knows only what is stored.
  void Restart(bool enabled = true) {
    auto options = TestSearchOptions();
    options.enabled = enabled;
    indexer_.emplace(options);
  }

  void Emit(int count) {
    for (int i = 0; i < count; ++i) {
      const int64_t key = index_.events.empty() ? 10 : index_.events.rbegin()->first + 10;
      index_.events[key] = {.event = absl::StrCat("user=#", ++emitted_ % 4), .webhook_count = 3};
    }
  }

  // Returns how many slices it took.
  int IndexAll() {
    for (int slices = 1;; ++slices) {
      const auto more = indexer_->Step(index_);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more || slices == 10'000) return slices;
    }
  }

  // The index finds the events that a scan of all finds.
  void ExpectFindsAll() {
    for (int user = 0; user < 4; ++user) {
      EventQuery query;
      query.project = "p";
      query.content = {TestKey(absl::StrCat("user=#", user))};
      query.limit = 1'000'000;
      query.max_examined = 1'000'000;
      std::vector<int64_t> found[2];
      for (const bool use_index : {false, true}) {
        DirectoryCache directories;
        MemoryReads reads(&index_);
        const auto page = SearchEvents({.use_index = use_index,
                                        .read_content = ReadTestContent,
                                        .directories = &directories,
                                        .on_damage = [](const absl::Status&) { ADD_FAILURE(); }},
                                       reads, query);
        ASSERT_TRUE(page.ok()) << page.status();
        for (const Event& event : page->events) found[use_index ? 1 : 0].push_back(event.key);
      }
      EXPECT_EQ(found[0], found[1]);
    }
  }

  MemoryIndex index_;
  std::optional<Indexer> indexer_;
  int emitted_ = 0;
};

TEST_F(IndexerTest, WaitsForTheEventsOfARun) {
  Emit(7);
  EXPECT_EQ(IndexAll(), 1);
  EXPECT_EQ(index_.segments(), 0);
  Emit(1);
  IndexAll();
  EXPECT_EQ(index_.live_segments(SegmentLevel::kRun), 1);
  EXPECT_EQ(index_.position(), 83) << "the last delivery of the last event";
  EXPECT_EQ(indexer_->position(), 83);
}

TEST_F(IndexerTest, MergesRunsAndDeletesThem) {
  Emit(32);
  IndexAll();
  EXPECT_EQ(index_.live_segments(SegmentLevel::kRun), 0);
  EXPECT_EQ(index_.live_segments(SegmentLevel::kMerged), 1);
  EXPECT_EQ(index_.segments(), 1);
  for (const auto& [block, data] : index_.blocks) EXPECT_EQ(block.first, index_.blocks.begin()->first.first);
  ExpectFindsAll();
}

TEST_F(IndexerTest, IndexesEveryEventOnce) {
  for (int i = 0; i < 50; ++i) {
    Emit(1 + i % 13);
    IndexAll();
    ExpectFindsAll();
  }
}

TEST_F(IndexerTest, ContinuesAfterACrashBetweenAnyTwoSlices) {
  Emit(32 * 3 + 5);
  for (int i = 0; i < 10'000; ++i) {
    Restart();
    const auto more = indexer_->Step(index_);
    ASSERT_TRUE(more.ok()) << more.status();
    ExpectFindsAll();
    if (!*more) break;
  }
  EXPECT_EQ(index_.live_segments(SegmentLevel::kMerged), 3);
  EXPECT_EQ(index_.segments(), 3);
}

TEST_F(IndexerTest, ContinuesAfterEveryFailedWrite) {
  Emit(32 * 2);
  for (int i = 0; i < 10'000; ++i) {
    if (i % 2 == 0) index_.write_error = absl::UnavailableError("disk");
    const auto more = indexer_->Step(index_);
    if (more.ok() && !*more) break;
  }
  index_.write_error = absl::OkStatus();
  IndexAll();
  EXPECT_EQ(index_.live_segments(SegmentLevel::kMerged), 2);
  EXPECT_EQ(index_.segments(), 2);
  ExpectFindsAll();
}

TEST_F(IndexerTest, TwoProcessesDoNotIndexAnEventTwice) {
  Emit(32 * 2 + 8);
  Indexer other(TestSearchOptions());
  for (int i = 0; i < 10'000; ++i) {
    const auto more = indexer_->Step(index_);
    const auto others = other.Step(index_);
    ASSERT_TRUE(more.ok() || absl::IsAborted(more.status())) << more.status();
    ASSERT_TRUE(others.ok() || absl::IsAborted(others.status())) << others.status();
    ExpectFindsAll();
    if (more.ok() && !*more && others.ok() && !*others) break;
  }
  EXPECT_EQ(index_.live_segments(SegmentLevel::kMerged), 2);
  EXPECT_EQ(index_.live_segments(SegmentLevel::kRun), 1);
}

TEST_F(IndexerTest, DeletesSegmentsWhoseEventsAreGone) {
  Emit(64);
  IndexAll();
  index_.events.erase(index_.events.begin(), index_.events.find(10 * 33));
  IndexAll();
  EXPECT_EQ(index_.segments(), 1);
  ExpectFindsAll();
  index_.events.clear();
  IndexAll();
  EXPECT_EQ(index_.segments(), 0);
  EXPECT_TRUE(index_.blocks.empty());
  EXPECT_GE(index_.position(), 640) << "keys below are never indexed again";
}

TEST_F(IndexerTest, IsDeletedWhenItIsTurnedOffAndMadeAnewWhenItIsTurnedOn) {
  Emit(40);
  IndexAll();
  Restart(/*enabled=*/false);
  IndexAll();
  EXPECT_EQ(index_.segments(), 0);
  EXPECT_TRUE(index_.blocks.empty());
  EXPECT_EQ(index_.position(), 0);
  EXPECT_EQ(IndexAll(), 1);
  Restart();
  IndexAll();
  EXPECT_EQ(index_.live_segments(SegmentLevel::kMerged), 1);
  ExpectFindsAll();
}

TEST_F(IndexerTest, KeepsADamagedRunOutOfTheMerge) {
  Emit(24);
  IndexAll();
  index_.blocks.begin()->second[6] ^= 1;
  Emit(32);
  IndexAll();
  EXPECT_EQ(index_.live_segments(SegmentLevel::kMerged), 2);
  EXPECT_EQ(index_.position(), 563);
}

TEST_F(IndexerTest, AMergeWritesInBoundedTransactions) {
  Indexer::Options options = TestSearchOptions();
  options.run_events = kMaxSegmentEvents / 4;
  options.merged_events = kMaxSegmentEvents;
  indexer_.emplace(options);
  for (int i = 0; i < kMaxSegmentEvents; ++i) {
    index_.events[10 * (i + 1)] = {.event = absl::StrCat("user=#", i, "\nmessage=", i)};
  }
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(indexer_->Step(index_).value());
  while (index_.live_segments(SegmentLevel::kMerged) == 0) {
    const size_t before = index_.bytes_written;
    ASSERT_TRUE(indexer_->Step(index_).value());
    EXPECT_LE(index_.bytes_written - before, tuning::kSearchWriteBytes + kBlockBytes);
  }
  // 4 terms an event, and its key.
  EXPECT_LE(index_.bytes_written / 2 / kMaxSegmentEvents, 18);
}

}  // namespace
}  // namespace hookd::search
