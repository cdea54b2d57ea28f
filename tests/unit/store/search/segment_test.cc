// The format of a segment, and what builds and reads it.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "store/search/segment_builder.h"
#include "store/search/segment_codec.h"
#include "store/search/segment_reader.h"
#include "store/search/terms.h"
#include "tests/unit/store/search/memory_index.h"

namespace hookd::search {
namespace {

using ::testing::ElementsAre;
using ::testing::Le;

TEST(TermsTest, DifferByProjectFieldKindAndValue) {
  const Terms terms({.first = 1, .second = 2});
  const auto user = [&](int64_t project, bool is_number, absl::string_view value) {
    return terms.Content(project, ContentField::kUserId, is_number, value);
  };
  const std::vector<uint64_t> hashes = {user(1, true, "5"),
                                        user(2, true, "5"),
                                        user(1, false, "5"),
                                        user(1, true, "6"),
                                        terms.Content(1, ContentField::kCampaignId, true, "5"),
                                        terms.Project(1),
                                        terms.Project(2),
                                        terms.Type(1, 5),
                                        terms.Type(2, 5),
                                        Terms({.first = 1, .second = 3}).Project(1)};
  std::vector<uint64_t> sorted = hashes;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end());
  for (const uint64_t hash : hashes) EXPECT_LT(hash, uint64_t{1} << kHashBits);
}

std::vector<uint64_t> ReadAll(const std::vector<std::string>& blocks, int begin, int end) {
  std::vector<uint64_t> numbers;
  for (int i = begin; i < end; ++i) EXPECT_TRUE(DecodeNumbers(blocks[static_cast<size_t>(i)], numbers));
  return numbers;
}

TEST(SegmentCodecTest, ReadsBackWhatItWrote) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> keys, entries;
  for (int i = 0; i < 5000; ++i) {
    keys.push_back((keys.empty() ? uint64_t{1} << 60 : keys.back()) + 1 + random() % 1'000'000);
    for (int k = 0; k < 5; ++k) entries.push_back(MakeEntry(random() >> (64 - kHashBits), i));
    entries.push_back(MakeEntry(7, i));
  }
  std::sort(entries.begin(), entries.end());
  const auto blocks = EncodeSegment(keys, entries);
  for (size_t i = 1; i < blocks.size(); ++i) EXPECT_THAT(blocks[i].size(), Le(kBlockBytes));
  const auto directory = DecodeDirectory(blocks[0]);
  ASSERT_TRUE(directory.has_value());
  EXPECT_EQ(directory->block_count(), static_cast<int>(blocks.size()));
  EXPECT_EQ(ReadAll(blocks, 1, directory->EntryBlock(0)), keys);
  EXPECT_EQ(ReadAll(blocks, directory->EntryBlock(0), directory->block_count()), entries);
}

TEST(SegmentCodecTest, NoticesEveryDamagedByte) {
  const auto blocks = EncodeSegment({100, 200, 300}, {MakeEntry(1, 2), MakeEntry(1, 0), MakeEntry(9, 1)});
  std::vector<uint64_t> numbers;
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t at = 0; at < blocks[i].size(); ++at) {
      std::string damaged = blocks[i];
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      EXPECT_FALSE(i == 0 ? DecodeDirectory(damaged).has_value() : DecodeNumbers(damaged, numbers));
    }
    const std::string cut = blocks[i].substr(0, blocks[i].size() - 1);
    EXPECT_FALSE(i == 0 ? DecodeDirectory(cut).has_value() : DecodeNumbers(cut, numbers));
  }
  EXPECT_FALSE(DecodeDirectory("").has_value());
  EXPECT_FALSE(DecodeNumbers("", numbers));
  EXPECT_FALSE(DecodeNumbers(std::string(4, '\0'), numbers));
}

class SegmentReaderTest : public ::testing::Test {
 protected:
  // Stores a segment of events with these keys, and of these terms' hashes by ordinal.
  void Store(const std::vector<uint64_t>& keys, std::vector<uint64_t> entries) {
    std::sort(entries.begin(), entries.end());
    int number = 0;
    for (const std::string& block : EncodeSegment(keys, entries)) index_.blocks[{1, number++}] = block;
    segment_ = {.id = 1,
                .live = true,
                .first_key = 1,
                .last_key = static_cast<int64_t>(keys.back()),
                .events = static_cast<int>(keys.size())};
  }

  SegmentReader Open() {
    return {&index_, segment_, directories_.Get(index_, "seed", 1).value(), &blocks_read_};
  }

  MemoryIndex index_;
  Segment segment_;
  DirectoryCache directories_;
  int blocks_read_ = 0;
};

TEST_F(SegmentReaderTest, FindsKeysAndOrdinals) {
  std::vector<uint64_t> keys;
  for (uint64_t i = 0; i < 2000; ++i) keys.push_back(10 + 10 * i);
  Store(keys, {MakeEntry(1, 0)});
  SegmentReader reader = Open();
  for (const int ordinal : {0, 1, 511, 512, 1023, 1999}) {
    const int64_t key = reader.KeyOf(ordinal).value();
    EXPECT_EQ(key, 10 + 10 * ordinal);
    EXPECT_EQ(reader.CountBelow(key).value(), ordinal);
    if (ordinal < 1999) EXPECT_EQ(reader.CountBelow(key + 1).value(), ordinal + 1);
  }
  EXPECT_EQ(reader.CountBelow(0).value(), 0);
  EXPECT_GE(reader.CountBelow(1 << 30).value(), 2000) << "at least as many as there are";
}

TEST_F(SegmentReaderTest, WalksATermFromTheNewestEvent) {
  Store({10, 20, 30, 40, 50},
        {MakeEntry(5, 0), MakeEntry(5, 2), MakeEntry(5, 4), MakeEntry(4, 1), MakeEntry(6, 3)});
  SegmentReader reader = Open();
  TermCursor cursor(&reader, 5);
  std::vector<int> ordinals;
  for (int at = 4; at >= 0; --at) {
    at = cursor.SeekAtMost(at).value();
    if (at < 0) break;
    ordinals.push_back(at);
  }
  EXPECT_THAT(ordinals, ElementsAre(4, 2, 0));
  EXPECT_EQ(TermCursor(&reader, 3).SeekAtMost(4).value(), -1);
  EXPECT_EQ(TermCursor(&reader, 7).SeekAtMost(4).value(), -1);
  EXPECT_EQ(TermCursor(&reader, 4).SeekAtMost(0).value(), -1);
}

// Every term of random segments, whose entries fill several blocks.
TEST_F(SegmentReaderTest, FindsExactlyTheEntriesOfEachTerm) {
  std::mt19937_64 random(2);
  std::vector<uint64_t> keys, entries;
  std::vector<std::vector<int>> events_of(40);
  for (int i = 0; i < 6000; ++i) {
    keys.push_back(static_cast<uint64_t>(i + 1));
    for (uint64_t hash = 0; hash < events_of.size(); ++hash) {
      if (random() % (1 + hash * hash) != 0) continue;
      entries.push_back(MakeEntry(hash, i));
      events_of[hash].insert(events_of[hash].begin(), i);
    }
  }
  Store(keys, entries);
  SegmentReader reader = Open();
  EXPECT_GT(reader.directory().first_entries.size(), 3);
  for (uint64_t hash = 0; hash < events_of.size(); ++hash) {
    TermCursor cursor(&reader, hash);
    std::vector<int> found;
    for (int at = 5999; at >= 0; --at) {
      at = cursor.SeekAtMost(at).value();
      if (at < 0) break;
      found.push_back(at);
    }
    EXPECT_EQ(found, events_of[hash]) << hash;
  }
}

TEST_F(SegmentReaderTest, ReadsOneBlockForARareTerm) {
  std::vector<uint64_t> keys, entries;
  for (int i = 0; i < 20'000; ++i) {
    keys.push_back(static_cast<uint64_t>(i + 1));
    entries.push_back(MakeEntry(static_cast<uint64_t>(i) * 1000, i));
  }
  Store(keys, entries);
  SegmentReader reader = Open();
  EXPECT_EQ(TermCursor(&reader, 7'000'000).SeekAtMost(kMaxOrdinal).value(), 7000);
  EXPECT_EQ(TermCursor(&reader, 7'000'001).SeekAtMost(kMaxOrdinal).value(), -1);
  EXPECT_THAT(blocks_read_, Le(4));
}

TEST_F(SegmentReaderTest, ReportsMissingAndDamagedBlocks) {
  Store({10, 20}, {MakeEntry(1, 0)});
  SegmentReader reader = Open();
  index_.blocks.erase({1, 1});
  index_.blocks[{1, 2}][5] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(reader.KeyOf(0).status()));
  EXPECT_TRUE(absl::IsDataLoss(TermCursor(&reader, 1).SeekAtMost(1).status()));
  EXPECT_TRUE(absl::IsDataLoss(DirectoryCache().Get(index_, "seed", 2).status()));
}

TEST(SegmentBuilderTest, MergesSegmentsAsIfTheirEventsHadBeenAddedToOne) {
  const Terms terms({.first = 3, .second = 4});
  SegmentBuilder whole, merged;
  for (int run = 0; run < 5; ++run) {
    SegmentBuilder part;
    for (int i = 0; i < 100; ++i) {
      const std::string event = absl::StrCat("user=#", i % 7, "\nmessage=", run, i);
      const EventRow row{.key = run * 1000 + i + 1, .project = i % 2, .type = i % 3, .event = event};
      whole.Add(row, terms, ReadTestContent);
      part.Add(row, terms, ReadTestContent);
    }
    const auto blocks = part.Encode();
    const auto directory = DecodeDirectory(blocks[0]);
    merged.Append(ReadAll(blocks, 1, directory->EntryBlock(0)),
                  ReadAll(blocks, directory->EntryBlock(0), directory->block_count()));
  }
  EXPECT_EQ(merged.events(), 500);
  EXPECT_EQ(merged.Encode(), whole.Encode());
}

}  // namespace
}  // namespace hookd::search
