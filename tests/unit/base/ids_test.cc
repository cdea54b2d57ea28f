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

TEST(IdsTest, KeysOfASlotAreItsOwnAndGrow) {
  KeyGenerator first(0, 0), last(0, kKeySlots - 1);
  int64_t before_first = 0, before_last = 0;
  for (int i = 0; i < 3; ++i) {
    const int64_t of_first = first.Take(kNow, 1), of_last = last.Take(kNow, 1);
    EXPECT_EQ(SlotOfKey(of_first), 0);
    EXPECT_EQ(SlotOfKey(of_last), kKeySlots - 1);
    EXPECT_EQ(TimeOfKey(of_first), kNow);
    EXPECT_EQ(TimeOfKey(of_last), kNow);
    EXPECT_GT(of_first, before_first);
    EXPECT_GT(of_last, before_last);
    before_first = of_first;
    before_last = of_last;
  }
}

TEST(IdsTest, ARunThatNoLongerFitsItsMillisecondIsTakenFromTheNext) {
  KeyGenerator keys(0, 5);
  const int64_t all_but_one = keys.Take(kNow, kMaxKeyRun - 1);
  EXPECT_EQ(TimeOfKey(all_but_one), kNow);
  const int64_t run = keys.Take(kNow, 2);
  EXPECT_EQ(TimeOfKey(run), kNow + absl::Milliseconds(1));
  EXPECT_EQ(SlotOfKey(run), 5);
  EXPECT_EQ(SlotOfKey(run + 1), 5);
  const int64_t whole = keys.Take(kNow, kMaxKeyRun);
  EXPECT_EQ(SlotOfKey(whole), 5);
  EXPECT_EQ(SlotOfKey(whole + kMaxKeyRun - 1), 5);
  EXPECT_EQ(TimeOfKey(keys.Take(kNow, 1)), kNow + absl::Milliseconds(3));
}

TEST(IdsTest, KeysOfASlotAreAboveThoseOfAnyOtherBefore) {
  const int64_t other = KeyGenerator(0, 40).Take(kNow, 1);
  KeyGenerator lower(other, 3), higher(other, 50);
  EXPECT_EQ(TimeOfKey(lower.Take(kNow, 1)), kNow + absl::Milliseconds(1));
  EXPECT_EQ(TimeOfKey(higher.Take(kNow, 1)), kNow);
  KeyGenerator skips(0, 3);
  skips.SkipTo(other);
  EXPECT_GT(skips.Take(kNow, 1), other);
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
