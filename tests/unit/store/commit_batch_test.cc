#include "store/commit_batch.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CommitBatchTest, ActionsArePutOffUntilItsEndAndDoneInTheirOrder) {
  std::vector<std::string> done;
  std::optional<CommitBatch> batch(std::in_place);
  batch->AtEnd([&] { done.push_back("first"); });
  CommitBatch::AtEndOf(&*batch, [&] { done.push_back("second"); });
  EXPECT_THAT(done, IsEmpty());
  batch.reset();
  EXPECT_THAT(done, ElementsAre("first", "second"));
}

TEST(CommitBatchTest, WithoutABatchAnActionIsDoneAtOnce) {
  std::vector<std::string> done;
  CommitBatch::AtEndOf(nullptr, [&] { done.push_back("at once"); });
  EXPECT_THAT(done, ElementsAre("at once"));
}

}  // namespace
}  // namespace hookd
