#include "store/search/indexer.h"

#include <functional>
#include <limits>
#include <optional>

#include "gmock/gmock.h"
#include "store/search/event_search.h"
#include "store/search/index_check.h"
#include "tests/unit/store/search/memory_index.h"

namespace hookd::search {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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

  // All keys of a search, which reads pages of that size.
  std::vector<int64_t> Find(EventQuery query, bool use_index) {
    std::vector<int64_t> found;
    while (true) {
      MemoryReads reads(&index_);
      const auto page = SearchEvents({.use_index = use_index,
                                      .read_content = ReadTestContent,
                                      .directories = &*directories_,
                                      .on_damage = [this](const absl::Status&) { ++damages_; }},
                                     reads, query);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return found;
      for (const Event& event : page->events) found.push_back(event.key);
      const bool full = page->events.size() == static_cast<size_t>(query.limit);
      if (!full && !page->examined_to.has_value()) return found;
      query.max_key = (full ? found.back() : *page->examined_to) - 1;
    }
  }

  // The index finds the events that a scan of all finds, on one page and on many.
  void ExpectFindsAll(bool damaged = false) {
    damages_ = 0;
    for (int user = 0; user < 4; ++user) {
      EventQuery query;
      query.project = "p";
      query.content = {TestKey(absl::StrCat("user=#", user))};
      query.limit = 1'000'000;
      query.max_examined = 1'000'000;
      const std::vector<int64_t> expected = Find(query, /*use_index=*/false);
      EXPECT_EQ(Find(query, /*use_index=*/true), expected);
      query.limit = 3;
      EXPECT_EQ(Find(query, /*use_index=*/true), expected) << "page by page";
    }
    if (!damaged) EXPECT_EQ(damages_, 0);
  }

  // 96 events in three merged segments, 16 in two runs, and 3 that are not indexed.
  void Fill() {
    Emit(96 + 16 + 3);
    IndexAll();
    ASSERT_EQ(index_.live_segments(SegmentLevel::kMerged), 3);
    ASSERT_EQ(index_.live_segments(SegmentLevel::kRun), 2);
  }

  // The row of the n-th segment by key.
  Segment& Row(int n) { return std::next(index_.rows.begin(), n)->second; }

  MemoryIndex index_;
  std::optional<Indexer> indexer_;
  std::optional<DirectoryCache> directories_{std::in_place};
  int emitted_ = 0;
  int damages_ = 0;  // that searches found
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

TEST_F(IndexerTest, ADamagedRunBetweenOthersIsCoveredByNoOtherSegment) {
  // 12 runs, all before the first merge, which takes 4.
  for (int damaged = 0; damaged < 12; ++damaged) {
    for (const bool crashes : {false, true}) {
      SCOPED_TRACE(absl::StrCat("run ", damaged, crashes ? " with crashes" : ""));
      index_ = MemoryIndex();
      directories_.emplace();
      auto options = TestSearchOptions();
      options.merged_events = kMaxSegmentEvents;
      indexer_.emplace(options);
      Emit(12 * 8 + 5);
      IndexAll();
      ASSERT_EQ(index_.live_segments(SegmentLevel::kRun), 12);
      for (auto& [place, data] : index_.blocks) {
        if (place.first == Row(damaged).id) std::fill(data.begin(), data.end(), '\0');
      }
      for (int slices = 0; slices < 1000; ++slices) {
        if (slices == 0 || crashes) Restart();
        const auto more = indexer_->Step(index_);
        ASSERT_TRUE(more.ok()) << more.status();
        EXPECT_TRUE(CheckIndex(index_.ReadIndex().value()).ok());
        ExpectFindsAll(/*damaged=*/true);
        if (!*more) break;
      }
      EXPECT_GE(index_.live_segments(SegmentLevel::kMerged), 3);
    }
  }
}

TEST_F(IndexerTest, OverlappingSegmentsAreNotUsedAndTheIndexIsRebuilt) {
  Fill();
  const std::string seed = index_.state.seed;
  // As earlier versions merged the runs before and after a damaged one.
  Row(2).first_key = Row(1).first_key - 10;
  ExpectFindsAll(/*damaged=*/true);
  EXPECT_GT(damages_, 0);
  Restart();
  for (int slices = 0; slices < 1000; ++slices) {
    const auto more = indexer_->Step(index_);
    ASSERT_TRUE(more.ok()) << more.status();
    ExpectFindsAll();
    if (!*more) break;
  }
  EXPECT_NE(index_.state.seed, seed);
  EXPECT_EQ(index_.live_segments(SegmentLevel::kMerged), 3);
  EXPECT_EQ(index_.segments(), 5);
}

TEST_F(IndexerTest, AnIndexWithDamagedRowsIsRebuilt) {
  struct Damage {
    const char* name;
    std::function<void()> make;
    bool is_noticed_by_searches = true;
  };
  const std::vector<Damage> damages = {
      {"a short seed", [this] { index_.state.seed = std::string(1, '\0'); }},
      {"no seed", [this] { index_.state.seed.clear(); }},
      {"another seed", [this] { index_.state.seed[3] ^= 1; }, false},
      {"a position too low", [this] { --index_.state.position; }},
      {"a position too high", [this] { index_.state.position += 1000; }},
      {"a negative position", [this] { index_.state.position = -5; }},
      {"an id that is given again", [this] { index_.state.next_segment = 1; }},
      {"a huge id", [this] { index_.state.next_segment = std::numeric_limits<int64_t>::max(); }},
      {"a huge version", [this] { index_.state.version = std::numeric_limits<int64_t>::max(); }},
      {"no state",
       [this] {
         index_.state = Index();
         index_.state.has_state = false;
       }},
      {"a greater last key", [this] { Row(1).last_key += 10; }},
      {"a smaller last key", [this] { Row(1).last_key -= 10; }},
      {"a smaller first key", [this] { Row(1).first_key -= 10; }},
      {"a greater first key", [this] { Row(1).first_key += 10; }},
      {"no events", [this] { Row(1).events = 0; }},
      {"a huge number of events", [this] { Row(4).events = std::numeric_limits<int>::max(); }},
      {"an unknown level", [this] { Row(1).level = static_cast<SegmentLevel>(7); }},
      {"a dead segment", [this] { Row(1).live = false; }},
      {"no row of the newest", [this] { index_.rows.erase(Row(4).id); }},
      {"no row of one between", [this] { index_.rows.erase(Row(1).id); }},
      {"no row of the oldest", [this] { index_.rows.erase(Row(0).id); }, false},
      {"no segments", [this] { index_.rows.clear(); }, false}};
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    index_ = MemoryIndex();
    Restart();
    Fill();
    const std::string seed = index_.state.seed;
    damage.make();
    if (damage.is_noticed_by_searches) ExpectFindsAll(/*damaged=*/true);
    Restart();
    IndexAll();
    EXPECT_NE(index_.state.seed, seed);
    EXPECT_EQ(index_.segments(), 5);
    ExpectFindsAll();
    Emit(40);
    IndexAll();
    ExpectFindsAll();
  }
}

TEST_F(IndexerTest, SearchesDoNotRelyOnTheNumberOfEventsInARow) {
  Fill();
  for (const int events : {1, kMaxSegmentEvents}) {
    for (int i = 0; i < 5; ++i) Row(i).events = events;
    ExpectFindsAll();
  }
}

TEST_F(IndexerTest, TurnedOffAndOnADamagedIndexIsNewWithANewSeed) {
  for (const char* damaged_seed : {"", "x", "0123456789abcdef"}) {
    index_ = MemoryIndex();
    Restart();
    Fill();
    const std::string seed = index_.state.seed;
    index_.state.seed = damaged_seed;
    Restart(/*enabled=*/false);
    IndexAll();
    EXPECT_TRUE(index_.blocks.empty());
    EXPECT_EQ(index_.state.seed, "");
    Restart();
    IndexAll();
    EXPECT_NE(index_.state.seed, seed);
    EXPECT_NE(index_.state.seed, damaged_seed);
    EXPECT_EQ(index_.segments(), 5);
    ExpectFindsAll();
  }
}

TEST_F(IndexerTest, AResetDoesNotOverwriteAChangeByAnotherProcess) {
  // Another process writes between the read and the write of this one.
  class Overtaken : public MemoryIndex {
   public:
    absl::Status Write(IndexChange change) override {
      ++state.version;
      return MemoryIndex::Write(std::move(change));
    }
  };
  Fill();
  Row(1).last_key += 10;
  Overtaken index;
  static_cast<MemoryIndex&>(index) = index_;
  EXPECT_TRUE(absl::IsAborted(indexer_->Step(index).status()));
  EXPECT_EQ(index.segments(), 5);
}

TEST_F(IndexerTest, LogsWhyItRebuildsAndWhenItIsCurrent) {
  const auto log = [this] {
    ::testing::internal::CaptureStderr();
    IndexAll();
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(log(), "") << "there is nothing to index";
  Restart();
  Emit(40);
  EXPECT_THAT(log(), HasSubstr("info search index current events=40 segments=2"));
  Emit(40);
  EXPECT_EQ(log(), "") << "as most of the time";
  index_.state.position += 1;
  EXPECT_THAT(log(), AllOf(HasSubstr("warning search index invalid: rebuilding"),
                           HasSubstr("ends with key 803 instead of 804"),
                           HasSubstr("search index current events=80 segments=4")));
  Restart(/*enabled=*/false);
  EXPECT_THAT(log(), AllOf(HasSubstr("search index deleted"), Not(HasSubstr("current"))));
  EXPECT_EQ(log(), "");
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
