#include "base/ids.h"

#include <limits>

#include "gtest/gtest.h"

namespace hookd {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'790'000'000'123);

TEST(IdsTest, AKeyTellsItsTimeToTheMillisecond) { EXPECT_EQ(TimeOfKey(KeyGenerator(0).Take(kNow, 1)), kNow); }

TEST(IdsTest, KeysGrowWithinOneMillisecond) {
  KeyGenerator keys(0);
  const int64_t first = keys.Take(kNow, 3);
  EXPECT_EQ(keys.Take(kNow, 1), first + 3);
}

TEST(IdsTest, KeysGrowWhenTheClockJumpsBack) {
  KeyGenerator keys(0);
  const int64_t first = keys.Take(kNow, 1);
  EXPECT_EQ(keys.Take(kNow - absl::Hours(1), 1), first + 1);
}

TEST(IdsTest, KeysGrowAcrossARestart) {
  const int64_t last = KeyGenerator(0).Take(kNow, 1);
  EXPECT_GT(KeyGenerator(last).Take(kNow, 1), last);
}

TEST(IdsTest, TheFirstKeyOfAMomentPartsEarlierFromLater) {
  KeyGenerator keys(0);
  const int64_t before = keys.Take(kNow, 1);
  const int64_t after = keys.Take(kNow + absl::Milliseconds(1), 1);
  const int64_t border = FirstKeyAt(kNow + absl::Milliseconds(1));
  EXPECT_LT(before, border);
  EXPECT_GE(after, border);
}

TEST(IdsTest, TimesOutOfRangeAreClamped) {
  EXPECT_EQ(FirstKeyAt(absl::InfinitePast()), 0);
  EXPECT_GT(FirstKeyAt(absl::InfiniteFuture()), 0);
}

TEST(IdsTest, AnIdGivesItsKeyBack) {
  for (int64_t key :
       {int64_t{0}, int64_t{1}, KeyGenerator(0).Take(kNow, 1), std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(DecodeId(EncodeId(key)), key) << EncodeId(key);
  }
}

TEST(IdsTest, IdsSortAsTheirKeysDo) { EXPECT_LT(EncodeId(31), EncodeId(32)); }

TEST(IdsTest, OnlyWhatEncodeIdGivesIsAnId) {
  for (const char* id :
       {"", "0", "00000000000000", "000000000000u", "000000000000A", "8000000000000", "000000000000 "}) {
    EXPECT_EQ(DecodeId(id), std::nullopt) << id;
  }
}

}  // namespace
}  // namespace hookd
