#include "delivery/scheduling/held_shards.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = HeldShards::State;

TEST(HeldShardsTest, HoldsAllShardsOrNone) {
  EXPECT_EQ(HeldShards(/*all=*/true).count(), kShards);
  EXPECT_EQ(HeldShards(/*all=*/true).state(5), State::kHeld);
  EXPECT_EQ(HeldShards(/*all=*/false).count(), 0);
  EXPECT_EQ(HeldShards(/*all=*/false).state(5), State::kNotHeld);
}

TEST(HeldShardsTest, AnAcquiredShardLoadsBeforeItIsHeld) {
  HeldShards shards(/*all=*/false);
  shards.Acquire({.number = 5, .epoch = 7});
  EXPECT_EQ(shards.state(5), State::kLoading);
  EXPECT_TRUE(shards.IsLoading({.number = 5, .epoch = 7}));
  EXPECT_FALSE(shards.IsLoading({.number = 5, .epoch = 6})) << "that lease was lost";
  EXPECT_EQ(shards.count(), 1);
  shards.FinishLoading(5);
  EXPECT_EQ(shards.state(5), State::kHeld);
  EXPECT_EQ(shards.epoch(5), 7);
  shards.Lose(5);
  EXPECT_EQ(shards.state(5), State::kNotHeld);
  EXPECT_THAT(shards.TakeReleased(), IsEmpty());
}

TEST(HeldShardsTest, AReleasedShardIsReportedOnceWhenItsLastTaskIsSettled) {
  HeldShards shards(/*all=*/true);
  shards.AddTask(5);
  shards.AddTask(5);
  shards.Release(5);
  shards.Release(6);
  EXPECT_THAT(shards.TakeReleased(), ElementsAre(6));
  shards.RemoveTask(5);
  EXPECT_THAT(shards.TakeReleased(), IsEmpty());
  shards.RemoveTask(5);
  EXPECT_THAT(shards.TakeReleased(), ElementsAre(5));
  EXPECT_THAT(shards.TakeReleased(), IsEmpty());
}

TEST(HeldShardsTest, AReleasedShardThatIsLostOrAcquiredAgainIsNotReported) {
  HeldShards shards(/*all=*/true);
  for (const int shard : {5, 6}) shards.AddTask(shard);
  for (const int shard : {5, 6}) shards.Release(shard);
  shards.Lose(5);
  shards.Acquire({.number = 6, .epoch = 2});
  for (const int shard : {5, 6}) shards.RemoveTask(shard);
  EXPECT_THAT(shards.TakeReleased(), IsEmpty());
}

}  // namespace
}  // namespace hookd
