#include "store/stats/stats_codec.h"

#include "gtest/gtest.h"
#include "store/stats/stats_rows.h"

namespace hookd {
namespace {

StatsCounts SomeCounts(int seed) {
  StatsCounts counts;
  counts[StatsCount::kEventsAccepted] = static_cast<uint64_t>(seed);
  counts[StatsCount::kDelivered] = 1;
  counts[StatsCount::kBlocked] = uint64_t{1} << 60;
  for (int i = 0; i < seed; ++i) counts.latency.Add(absl::Milliseconds(i * 7));
  return counts;
}

TEST(StatsCodecTest, ATotalIsReadBackAsItWasWritten) {
  for (const int seed : {0, 1, 100}) {
    StatsCounts read;
    ASSERT_TRUE(DecodeTotal(EncodeTotal(SomeCounts(seed)), read));
    EXPECT_EQ(read, SomeCounts(seed));
  }
}

TEST(StatsCodecTest, MinutesAreReadBackAsTheyWereWritten) {
  const std::vector<StatsMinute> minutes = {{.minute = 0, .counts = SomeCounts(3)},
                                            {.minute = 7, .counts = {}},
                                            {.minute = 59, .counts = SomeCounts(9)}};
  std::vector<StatsMinute> read;
  ASSERT_TRUE(DecodeMinutes(EncodeMinutes(minutes), read));
  EXPECT_EQ(read, minutes);
  ASSERT_TRUE(DecodeMinutes(EncodeMinutes({}), read));
  EXPECT_TRUE(read.empty());
}

TEST(StatsCodecTest, AQuietMinuteTakesFewBytes) {
  StatsCounts counts;
  counts[StatsCount::kEventsMatched] = counts[StatsCount::kDelivered] = counts[StatsCount::k2xx] = 1;
  counts.latency.Add(absl::Milliseconds(12));
  std::string bytes;
  AppendCounts(counts, bytes);
  EXPECT_LE(bytes.size(), 12u);
}

TEST(StatsCodecTest, EveryDamagedByteIsNoticed) {
  const std::string total = EncodeTotal(SomeCounts(20));
  const std::string minutes = EncodeMinutes({{.minute = 3, .counts = SomeCounts(20)}});
  StatsCounts counts;
  std::vector<StatsMinute> read;
  for (size_t i = 0; i < total.size(); ++i) {
    std::string damaged = total;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    EXPECT_FALSE(DecodeTotal(damaged, counts)) << i;
    EXPECT_FALSE(DecodeTotal(total.substr(0, i), counts)) << i;
  }
  for (size_t i = 0; i < minutes.size(); ++i) {
    EXPECT_FALSE(DecodeMinutes(minutes.substr(0, i), read)) << i;
  }
}

TEST(StatsCodecTest, HostileBytesAreNotCounts) {
  for (const absl::string_view bytes :
       {absl::string_view(""), absl::string_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        absl::string_view("\x80\x40\xFF\xFF\x7F", 5), absl::string_view("\x80\x40\x01\x00\x01", 5)}) {
    absl::string_view rest = bytes;
    StatsCounts counts;
    EXPECT_FALSE(TakeCounts(rest, counts));
  }
}

TEST(StatsRowsTest, MinutesAreMergedAndSummed) {
  const StatsRow row{
      .owner = {.webhook_key = 1, .project = ""},
      .hour = 5,
      .minutes = {{.minute = 4, .counts = SomeCounts(2)}, {.minute = 9, .counts = SomeCounts(1)}}};
  bool damaged = false;
  const StoredStats once = AddToStored(nullptr, row, 10, damaged);
  const StoredStats twice = AddToStored(&once, row, 5, damaged);
  EXPECT_FALSE(damaged);
  EXPECT_EQ(twice.counted_to, 10);
  const StatsHour hour = ReadStored(0, 5, -1, twice.counted_to, twice.total, twice.minutes);
  ASSERT_EQ(hour.minutes.size(), 2u);
  EXPECT_EQ(hour.minutes[0].counts[StatsCount::kEventsAccepted], 4u);
  EXPECT_EQ(hour.total[StatsCount::kEventsAccepted], 6u);
}

TEST(StatsRowsTest, ADamagedRowIsReplaced) {
  const StatsRow row{.owner = {}, .hour = 5, .minutes = {{.minute = 4, .counts = SomeCounts(2)}}};
  bool damaged = false;
  const StoredStats broken{.counted_to = 3, .total = "x", .minutes = "y"};
  const StoredStats replaced = AddToStored(&broken, row, 10, damaged);
  EXPECT_TRUE(damaged);
  EXPECT_FALSE(ReadStored(0, 5, -1, 10, replaced.total, replaced.minutes).damaged);
  EXPECT_TRUE(ReadStored(0, 5, -1, 3, broken.total, broken.minutes).damaged);
}

TEST(StatsRowsTest, PositionsAreReadBackAsTheyWereWritten) {
  std::vector<int64_t> positions(kStatsPartitions);
  for (int i = 0; i < kStatsPartitions; ++i) positions[static_cast<size_t>(i)] = (int64_t{1} << 62) - i;
  EXPECT_EQ(DecodePositions(EncodePositions(positions)), positions);
  EXPECT_EQ(CountedTo(positions), (int64_t{1} << 62) - kStatsPartitions + 1);
  EXPECT_EQ(DecodePositions("short"), std::nullopt);
}

}  // namespace
}  // namespace hookd
