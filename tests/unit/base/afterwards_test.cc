#include "base/afterwards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AfterwardsTest, WhatIsPutOffIsDoneInOrderAtTheEndOfTheScope) {
  std::vector<std::string> done;
  {
    const Afterwards::Scope scope;
    Afterwards::Do([&] { done.push_back("first"); });
    Afterwards::Do([&] { done.push_back("second"); });
    EXPECT_THAT(done, IsEmpty());
  }
  EXPECT_THAT(done, ElementsAre("first", "second"));
}

TEST(AfterwardsTest, WithoutAScopeItIsDoneAtOnce) {
  std::vector<std::string> done;
  Afterwards::Do([&] { done.push_back("at once"); });
  EXPECT_THAT(done, ElementsAre("at once"));
}

TEST(AfterwardsTest, AScopeIsItsThreadsOwn) {
  std::vector<std::string> done;
  const Afterwards::Scope scope;
  std::thread([&] { Afterwards::Do([&] { done.push_back("on the other"); }); }).join();
  EXPECT_THAT(done, ElementsAre("on the other"));
}

TEST(AfterwardsTest, AScopeWithinAnotherLeavesItToTheOther) {
  std::vector<std::string> done;
  std::optional<Afterwards::Scope> outer(std::in_place);
  {
    const Afterwards::Scope inner;
    Afterwards::Do([&] { done.push_back("put off"); });
  }
  EXPECT_THAT(done, IsEmpty());
  outer.reset();
  EXPECT_THAT(done, ElementsAre("put off"));
}

TEST(AfterwardsTest, WhatIsDoneAtTheEndMayDoMore) {
  std::vector<std::string> done;
  {
    const Afterwards::Scope scope;
    Afterwards::Do([&] {
      done.push_back("first");
      Afterwards::Do([&] { done.push_back("by the first"); });
    });
    Afterwards::Do([&] { done.push_back("second"); });
  }
  EXPECT_THAT(done, ElementsAre("first", "by the first", "second"));
}

}  // namespace
}  // namespace hookd
