#include "base/shares.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

// As many places as can be had for that holder, up to `most`.
std::vector<Shares::Place> TakeAll(Shares& shares, const std::vector<std::string>& holders, int most = 1000) {
  std::vector<Shares::Place> places;
  for (int i = 0; i < most; ++i) {
    auto place = shares.Take(holders);
    if (!place.ok()) break;
    places.push_back(*std::move(place));
  }
  return places;
}

TEST(SharesTest, OneThatWantsAllLeavesAShareToTheOthers) {
  Shares shares(64, "watches");
  const auto greedy = TakeAll(shares, {"projects/a"});
  EXPECT_EQ(greedy.size(), 48U);
  EXPECT_EQ(shares.taken(), 48);
  EXPECT_EQ(TakeAll(shares, {"projects/b"}).size(), 16U);
  EXPECT_EQ(TakeAll(shares, {"projects/c"}).size(), 16U) << "those of b were given back";
  EXPECT_THAT(std::string(shares.Take({"projects/a"}).status().message()),
              HasSubstr("48 watches of this project or token"));
}

TEST(SharesTest, ATokenHasOneShareHoweverManyProjectsItUses) {
  Shares shares(64, "watches");
  std::vector<Shares::Place> places;
  for (int project = 0; project < 64; ++project) {
    for (auto& place : TakeAll(shares, {"projects/" + std::to_string(project), "token"}, 1)) {
      places.push_back(std::move(place));
    }
  }
  EXPECT_EQ(places.size(), 48U);
  EXPECT_TRUE(shares.Take({"projects/another", "other token"}).ok());
}

TEST(SharesTest, ASmallHolderIsRefusedOnlyIfNoPlaceIsFree) {
  Shares shares(8, "tests");
  const auto first = TakeAll(shares, {"a"});
  const auto second = TakeAll(shares, {"b"});
  EXPECT_EQ(first.size() + second.size(), 8U);
  const auto refused = shares.Take({"c"});
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("8 tests are in flight already"));
}

TEST(SharesTest, AHolderHasAtMostAsManyPlacesAsOneMayHave) {
  Shares shares(64, "searches", 16);
  const auto project = TakeAll(shares, {"projects/a", "token"});
  EXPECT_EQ(project.size(), 16U);
  EXPECT_EQ(TakeAll(shares, {"projects/b", "token"}).size(), 0U) << "of the same token";
  EXPECT_EQ(TakeAll(shares, {"projects/b", "other token"}).size(), 16U);
  EXPECT_THAT(std::string(shares.Take({"projects/a"}).status().message()),
              HasSubstr("16 searches of this project or token are in flight already"));
}

TEST(SharesTest, APlaceIsFreeAgainOnceItIsDestroyed) {
  Shares shares(4, "tests");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(shares.Take({"a", ""}).ok());
}

}  // namespace
}  // namespace hookd
