#include "store/fair_queue.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> PopAll(FairQueue<std::string>& queue) {
  std::vector<std::string> values;
  while (!queue.empty()) values.push_back(queue.Pop());
  return values;
}

TEST(FairQueueTest, HoldersTakeTurns) {
  FairQueue<std::string> queue;
  for (const char* value : {"a1", "a2", "a3", "a4"}) queue.Push("a", value);
  for (const char* value : {"b1", "b2"}) queue.Push("b", value);
  queue.Push("", "1");
  EXPECT_THAT(PopAll(queue), ElementsAre("a1", "b1", "1", "a2", "b2", "a3", "a4"));
}

TEST(FairQueueTest, AHolderThatComesLaterWaitsForOneValueOfEachOther) {
  FairQueue<std::string> queue;
  for (int i = 0; i < 100; ++i) queue.Push("a", "a");
  queue.Pop();
  queue.Push("b", "b");
  EXPECT_EQ(queue.Pop(), "a");
  EXPECT_EQ(queue.Pop(), "b");
}

TEST(FairQueueTest, CanBeUsedAgainAfterItWasEmpty) {
  FairQueue<std::string> queue;
  for (int round = 0; round < 3; ++round) {
    queue.Push("", "1");
    queue.Push("a", "a");
    EXPECT_THAT(PopAll(queue), ElementsAre("1", "a"));
  }
}

}  // namespace
}  // namespace hookd
