#include "delivery/scheduling/slots.h"

#include <vector>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::SizeIs;

constexpr int kCount = 2048;

// A webhook that could always begin another attempt, and whose attempts end when the test says so.
struct Holder {
  Slots::Kind kind;
  int under_way = 0;
};

class SlotsTest : public ::testing::Test {
 protected:
  // New webhooks that take whatever they are given: their number in `holders_`.
  void AddHolders(int count, Slots::Kind kind) {
    for (int i = 0; i < count; ++i) {
      holders_.push_back({.kind = kind});
      slots_.Join(kind, 0, static_cast<int64_t>(holders_.size() - 1));
    }
  }

  // Has everybody begin what they may.
  void BeginAll() {
    while (const auto place = slots_.Next()) {
      Holder& holder = holders_[static_cast<size_t>(place->webhook_key)];
      slots_.Take(holder.kind);
      slots_.Join(holder.kind, ++holder.under_way, place->webhook_key);
    }
  }

  std::vector<int> UnderWay() const {
    std::vector<int> counts;
    counts.reserve(holders_.size());
    for (const Holder& holder : holders_) counts.push_back(holder.under_way);
    return counts;
  }

  Slots slots_{kCount};
  std::vector<Holder> holders_;
};

TEST_F(SlotsTest, OneAloneCanHaveTheGreatestConcurrencyOfAll) {
  AddHolders(1, Slots::kPrompt);
  BeginAll();
  EXPECT_THAT(UnderWay(), Each(Ge(limits::kMaxMaxConcurrency)));
}

TEST_F(SlotsTest, ThoseThatHoldOnToTheirsShareThemAndLeaveSomeFree) {
  AddHolders(500, Slots::kPrompt);
  BeginAll();
  EXPECT_THAT(UnderWay(), Each(AnyOf(4, 5)));
  EXPECT_LE(slots_.taken(), kCount - 8);
}

TEST_F(SlotsTest, OneThatHasNoneUnderWayFindsASlotBesideThousandsThatAreSlow) {
  AddHolders(5000, Slots::kSlow);
  BeginAll();
  slots_.Join(Slots::kPrompt, 0, 5000);
  const auto next = slots_.Next();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->webhook_key, 5000);
}

TEST_F(SlotsTest, SlowOnesLeaveTheirPartToPromptOnes) {
  AddHolders(5000, Slots::kSlow);
  BeginAll();
  EXPECT_EQ(slots_.taken(), static_cast<int>(kCount * (1 - limits::kPromptShare)));
  AddHolders(5000, Slots::kPrompt);
  BeginAll();
  EXPECT_EQ(slots_.taken(), kCount);
}

TEST_F(SlotsTest, UnprovenOnesHaveTheirShareAndNoMore) {
  AddHolders(5000, Slots::kUnproven);
  BeginAll();
  EXPECT_EQ(slots_.taken(), static_cast<int>(kCount * limits::kUnprovenShare));
  AddHolders(5000, Slots::kSlow);
  BeginAll();
  EXPECT_EQ(slots_.taken(), static_cast<int>(kCount * (1 - limits::kPromptShare)));
}

TEST_F(SlotsTest, WhoeverHasTheFewestUnderWayComesFirstThenWhoHasStoodForTheLongest) {
  slots_.Join(Slots::kPrompt, 2, 1);
  slots_.Join(Slots::kPrompt, 1, 2);
  slots_.Join(Slots::kPrompt, 0, 3);
  slots_.Join(Slots::kPrompt, 0, 4);
  std::vector<int64_t> order;
  while (const auto place = slots_.Next()) order.push_back(place->webhook_key);
  EXPECT_THAT(order, ElementsAre(3, 4, 2, 1));
}

TEST_F(SlotsTest, TheKindsTakeTurns) {
  for (const int64_t key : {1, 2}) slots_.Join(Slots::kPrompt, 0, key);
  for (const int64_t key : {3, 4}) slots_.Join(Slots::kSlow, 0, key);
  for (const int64_t key : {5, 6}) slots_.Join(Slots::kUnproven, 0, key);
  std::vector<int> kinds;
  while (const auto place = slots_.Next()) kinds.push_back(place->kind);
  ASSERT_THAT(kinds, SizeIs(6));
  EXPECT_NE(kinds[0], kinds[1]);
  EXPECT_NE(kinds[1], kinds[2]);
  EXPECT_NE(kinds[2], kinds[0]);
}

TEST_F(SlotsTest, WhatIsNotSentNeedsNoSlot) {
  for (int i = 0; i < kCount; ++i) slots_.Take(Slots::kPrompt);
  slots_.Join(Slots::kPrompt, 0, 1);
  EXPECT_FALSE(slots_.Next().has_value());
  slots_.Join(Slots::kNone, 0, 2);
  const auto next = slots_.Next();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->webhook_key, 2);
  slots_.Take(next->kind);
  EXPECT_EQ(slots_.taken(), kCount);
}

TEST_F(SlotsTest, ASlotThatIsGivenBackGoesToTheNext) {
  AddHolders(5000, Slots::kUnproven);
  BeginAll();
  slots_.Release(Slots::kUnproven);
  const auto next = slots_.Next();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->in_flight, 0);
}

TEST_F(SlotsTest, WhoLeavesTheLineHasNoTurn) {
  const Slots::Place place = slots_.Join(Slots::kPrompt, 0, 1);
  slots_.Leave(place);
  EXPECT_FALSE(slots_.Next().has_value());
}

}  // namespace
}  // namespace hookd
