#include "store/search/event_search.h"

#include <limits>

#include "base/tuning.h"
#include "gmock/gmock.h"
#include "store/search/event_finder.h"
#include "store/search/indexer.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/store/search/memory_index.h"

namespace hookd::search {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class EventSearchTest : public ::testing::Test {
 protected:
  // 20 events in each of some segments, and 5 that are not indexed: key 10 * i has user i % 10 and message i.
  void Fill(int events) {
    for (int i = 1; i <= events; ++i) {
      index_.events[10 * i] = {.event = absl::StrCat("user=#", i % 10, "\nmessage=", i)};
    }
    Indexer indexer({.read_content = ReadTestContent, .run_events = 20, .merged_events = 40});
    while (indexer.Step(index_).value()) {
    }
  }

  static EventQuery Query(std::vector<std::string> content) {
    EventQuery query;
    query.project = "p";
    query.limit = 100;
    for (const std::string& line : content) query.content.push_back(TestKey(line));
    return query;
  }

  EventPage Search(const EventQuery& query) {
    const auto page = SearchEvents({.read_content = ReadTestContent,
                                    .directories = &directories_,
                                    .clock = &clock_,
                                    .on_damage = [this](const absl::Status&) { ++damages_; },
                                    .max_blocks = max_blocks_},
                                   reads_, query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value();
  }

  static std::vector<int64_t> KeysOf(const EventPage& page) {
    std::vector<int64_t> keys;
    for (const Event& event : page.events) keys.push_back(event.key);
    return keys;
  }

  DeliveryPage SearchDeliveriesOf(const DeliveryQuery& query) {
    const auto page = SearchDeliveries(
        {.read_content = ReadTestContent, .directories = &directories_, .clock = &clock_}, reads_, query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value();
  }

  // Reads page after page; how many there were is added to `pages`.
  std::vector<int64_t> SearchAll(EventQuery query, int& pages) {
    std::vector<int64_t> found;
    while (pages < 1000) {
      const EventPage page = Search(query);
      ++pages;
      for (const Event& event : page.events) found.push_back(event.key);
      if (!page.examined_to.has_value()) break;
      query.max_key = *page.examined_to - 1;
    }
    return found;
  }

  FakeClock clock_;
  MemoryIndex index_;
  MemoryReads reads_{&index_};
  DirectoryCache directories_;
  int damages_ = 0;
  int max_blocks_ = tuning::kSearchBlocks;
};

TEST_F(EventSearchTest, ReadsNoEventThatDoesNotMatch) {
  Fill(105);
  EXPECT_THAT(KeysOf(Search(Query({"message=7"}))), ElementsAre(70));
  EXPECT_EQ(reads_.events_read, 1);
  EXPECT_EQ(reads_.events_scanned, 5) << "those that are not indexed";
}

TEST_F(EventSearchTest, IntersectsFieldsBeforeItReadsEvents) {
  Fill(105);
  EXPECT_THAT(KeysOf(Search(Query({"user=#7", "message=7", "message=8"}))), ElementsAre(70));
  EXPECT_EQ(reads_.events_read, 1);
}

TEST_F(EventSearchTest, ACursorAtTheEndOfAllKeysBoundsNothing) {
  Fill(5);
  EventQuery query = Query({});
  query.webhook_ids = {"w"};
  for (const int64_t last : {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::max() - 1}) {
    query.max_key = last;  // a caller made the token up
    Search(query);
    EXPECT_EQ(reads_.listed.back().filter.max_key, std::nullopt) << "it must not overflow";
  }
  query.max_key = 50;
  Search(query);
  EXPECT_EQ(reads_.listed.back().filter.max_key, 50 + kMaxEventKeys);
}

TEST_F(EventSearchTest, StopsWhenThePageIsFull) {
  Fill(105);
  EventQuery query = Query({"user=#5"});
  query.limit = 2;
  EXPECT_THAT(KeysOf(Search(query)), ElementsAre(1050, 950));
  EXPECT_LE(index_.blocks_read, 20);
}

TEST_F(EventSearchTest, ReadsTheEventsOfADamagedSegment) {
  Fill(105);
  for (auto& [number, data] : index_.blocks) {
    if (number.second > 0) data[5] = static_cast<char>(data[5] ^ 0x55);
  }
  EXPECT_THAT(Search(Query({"user=#7"})).events, SizeIs(10));
  EXPECT_THAT(Search(Query({"message=7"})).events, SizeIs(1));
  EXPECT_GE(damages_, 4);
}

TEST_F(EventSearchTest, ReadsTheEventsOfASegmentWithoutADirectory) {
  Fill(105);
  std::erase_if(index_.blocks, [](const auto& block) { return block.first.second == 0; });
  EXPECT_THAT(Search(Query({"user=#7"})).events, SizeIs(10));
  EXPECT_GE(damages_, 2);
}

TEST_F(EventSearchTest, FindsEachEventOnceIfASegmentIsDamagedInItsMiddle) {
  // Two key blocks in one segment, of which the older is damaged: the search notices after some results.
  for (int i = 1; i <= 1200; ++i) index_.events[10 * i] = {.event = "user=#1"};
  Indexer indexer({.read_content = ReadTestContent, .run_events = 1200, .merged_events = 1200 * 4});
  while (indexer.Step(index_).value()) {
  }
  index_.blocks[{1, 1}][5] ^= 1;
  EventQuery query = Query({"user=#1"});
  query.limit = 5000;
  const auto keys = KeysOf(Search(query));
  ASSERT_THAT(keys, SizeIs(1200));
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(keys[i], 12000 - 10 * static_cast<int64_t>(i));
  EXPECT_EQ(damages_, 1);
}

TEST_F(EventSearchTest, ASearchThatFindsLittleEndsItsPageAndContinues) {
  Fill(600);
  max_blocks_ = 10;
  EventQuery query = Query({"user=#1", "message=1"});
  int pages = 0;
  std::vector<int64_t> found;
  while (true) {
    const int before = index_.blocks_read;
    const EventPage page = Search(query);
    EXPECT_LE(index_.blocks_read - before, max_blocks_ + 40) << "blocks, and directories";
    for (const Event& event : page.events) found.push_back(event.key);
    ASSERT_LE(++pages, 20);
    if (!page.examined_to.has_value()) break;
    query.max_key = *page.examined_to - 1;
  }
  EXPECT_THAT(found, ElementsAre(10));
  EXPECT_GT(pages, 1);
}

TEST_F(EventSearchTest, APageExaminesABoundedNumberOfDeletedEvents) {
  Fill(600);
  std::erase_if(index_.events, [](const auto& event) { return event.first > 100 && event.first < 6000; });
  EventQuery query = Query({"user=#1"});
  query.max_examined = 20;
  int pages = 0;
  std::vector<int64_t> found;
  while (true) {
    const int before = reads_.events_read;
    const EventPage page = Search(query);
    EXPECT_LE(reads_.events_read - before, 20 + 32);
    for (const Event& event : page.events) found.push_back(event.key);
    ASSERT_LE(++pages, 20);
    if (!page.examined_to.has_value()) break;
    query.max_key = *page.examined_to - 1;
  }
  EXPECT_THAT(found, ElementsAre(10));
  EXPECT_GT(pages, 1);
}

TEST_F(EventSearchTest, ASearchThatTakesLongEndsItsPageAndContinues) {
  Fill(600);
  const EventQuery query = Query({"user=#1"});
  int pages = 0;
  const std::vector<int64_t> all = SearchAll(query, pages);
  EXPECT_THAT(all, SizeIs(60));
  EXPECT_EQ(pages, 1);
  for (const absl::Duration time_of_read : {tuning::kSearchTime / 4, tuning::kSearchTime * 2}) {
    reads_.on_read = [&] { clock_.Advance(time_of_read); };
    pages = 0;
    EXPECT_EQ(SearchAll(query, pages), all);
    EXPECT_GT(pages, 2);
  }
}

TEST_F(EventSearchTest, ASearchThatFindsNothingForLongContinuesWhereItEnded) {
  Fill(600);
  // Every look at the clock takes longer than a search may.
  index_.on_block = [&] { clock_.Advance(tuning::kSearchTime); };
  int pages = 0;
  EXPECT_THAT(SearchAll(Query({"user=#1", "message=1"}), pages), ElementsAre(10));
  EXPECT_GT(pages, 1);
  EXPECT_LT(pages, 1000);
}

TEST_F(EventSearchTest, LooksUpTheWebhooksOfAQueryOnceAndTheDeliveriesOfEachEventOnce) {
  for (int i = 1; i <= 100; ++i) index_.events[10 * i] = {.event = "user=#1", .webhook_count = i % 2};
  DeliveryQuery query;
  query.project = "p";
  query.filter.webhook_ids = {"w"};
  query.content = {TestKey("user=#1")};
  query.limit = 1000;
  EXPECT_THAT(SearchDeliveriesOf(query).deliveries, SizeIs(50));
  EXPECT_EQ(reads_.webhooks_found, 1);
  EXPECT_EQ(reads_.deliveries_read, 50) << "not of the events that were sent nowhere";
  query.filter.webhook_ids = {"unknown"};
  EXPECT_TRUE(SearchDeliveriesOf(query).deliveries.empty());
  EXPECT_EQ(reads_.deliveries_read, 50);
}

TEST_F(EventSearchTest, ASearchForDeliveriesThatTakesLongEndsItsPageAndContinues) {
  for (int i = 1; i <= 50; ++i) index_.events[10 * i] = {.event = "user=#1", .webhook_count = 2};
  reads_.on_read = [&] { clock_.Advance(tuning::kSearchTime); };
  DeliveryQuery query;
  query.project = "p";
  query.content = {TestKey("user=#1")};
  query.limit = 1000;
  size_t found = 0;
  for (int pages = 0; pages < 100; ++pages) {
    const DeliveryPage page = SearchDeliveriesOf(query);
    EXPECT_LE(page.deliveries.size(), 2U) << "one event";
    found += page.deliveries.size();
    if (!page.examined_to.has_value()) break;
    query.filter.max_key = *page.examined_to - 1;
  }
  EXPECT_EQ(found, 100U);
}

TEST_F(EventSearchTest, ComparesWhatTheIndexFinds) {
  Fill(100);
  // As if two terms had the same hash.
  for (auto& [key, event] : index_.events) event.event = "user=#77";
  EXPECT_TRUE(Search(Query({"user=#7"})).events.empty());
}

}  // namespace
}  // namespace hookd::search
