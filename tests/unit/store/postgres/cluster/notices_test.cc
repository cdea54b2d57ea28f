#include "store/postgres/cluster/notices.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kKey = int64_t{1} << 60;

TEST(PostgresNoticesTest, WhatIsToldIsReadAsItWas) {
  PostgresNotices notices;
  notices.Arrived("p", kKey, kKey + 1);
  notices.Arrived("q", kKey + 7, kKey + 2);
  notices.Arrived("p", kKey, kKey + 100);
  notices.WaitsAgain("p", kKey, absl::FromUnixMicros(5));
  notices.WaitsAgain("p", kKey, absl::FromUnixMicros(5));
  notices.ConfigurationChanged();
  const std::vector<std::string> texts = notices.Take();
  ASSERT_THAT(texts, SizeIs(1));
  const PostgresNotice notice = ReadNotice(texts[0]);
  ASSERT_THAT(notice.arrivals, SizeIs(2));
  EXPECT_EQ(notice.arrivals[0].project, "p");
  EXPECT_EQ(notice.arrivals[0].webhook_key, kKey);
  EXPECT_THAT(notice.arrivals[0].keys, ElementsAre(kKey + 1, kKey + 100));
  EXPECT_EQ(notice.arrivals[1].project, "q");
  EXPECT_THAT(notice.arrivals[1].keys, ElementsAre(kKey + 2));
  ASSERT_THAT(notice.wait_again, SizeIs(1));
  EXPECT_EQ(notice.wait_again[0].webhook_key, kKey);
  EXPECT_EQ(notice.wait_again[0].count, 2);
  EXPECT_EQ(notice.wait_again[0].due, absl::FromUnixMicros(5));
  EXPECT_TRUE(notice.configuration);
  EXPECT_FALSE(notice.nodes);
  EXPECT_TRUE(ReadNotice(kNodesNotice).nodes);
  EXPECT_THAT(notices.Take(), IsEmpty());
}

TEST(PostgresNoticesTest, ManyKeysAreToldInTextsThatPostgresTakes) {
  PostgresNotices notices;
  std::vector<int64_t> keys;
  for (int i = 0; i < 20'000; ++i) {
    keys.push_back(kKey + int64_t{i} * 1'000'003);
    notices.Arrived(std::string(63, 'p'), kKey + i % 3, keys.back());
  }
  std::vector<int64_t> read;
  for (const std::string& text : notices.Take()) {
    EXPECT_LT(text.size(), 8000u);
    for (const Cluster::Arrival& arrival : ReadNotice(text).arrivals) {
      EXPECT_EQ(arrival.project, std::string(63, 'p'));
      read.insert(read.end(), arrival.keys.begin(), arrival.keys.end());
    }
  }
  std::sort(read.begin(), read.end());
  EXPECT_EQ(read, keys);
}

TEST(PostgresNoticesTest, ChangesThatAProcessKnowsOfAreTold) {
  PostgresNotices notices;
  for (int i = 0; i < 1000; ++i) notices.Knows(5, kKey, kKey + i);
  std::vector<int64_t> known;
  for (const std::string& text : notices.Take()) {
    EXPECT_LT(text.size(), 8000u);
    for (const auto& each : ReadNotice(text).known) {
      EXPECT_EQ(each.slot, 5);
      EXPECT_EQ(each.webhook_key, kKey);
      known.push_back(each.revision);
    }
  }
  ASSERT_THAT(known, SizeIs(1000));
  EXPECT_EQ(known.front(), kKey);
  EXPECT_EQ(known.back(), kKey + 999);
  EXPECT_THAT(notices.Take(), IsEmpty());
}

TEST(PostgresNoticesTest, WhatIsNotKnownIsPassedOver) {
  for (const char* text : {"", "\n", "x y z", "a", "a p", "a p 1", "w p 1 2", "a p x y", "k", "k 1", "k 1 2",
                           "k x 1 2", "k 1 2 x"}) {
    const PostgresNotice notice = ReadNotice(text);
    EXPECT_THAT(notice.arrivals, IsEmpty()) << text;
    EXPECT_THAT(notice.wait_again, IsEmpty()) << text;
    EXPECT_THAT(notice.known, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace hookd
