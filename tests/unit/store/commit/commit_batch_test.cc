#include "store/commit/commit_batch.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CommitBatchTest, AnswersAreGivenAtItsEndAndEverythingElseAfterThem) {
  std::vector<std::string> done;
  std::optional<CommitBatch> batch(std::in_place);
  CommitBatch::AfterAnswers(&*batch, [&] { done.push_back("delivery"); });
  CommitBatch::Answer(&*batch, [&] { done.push_back("first answer"); });
  CommitBatch::Answer(&*batch, [&] { done.push_back("second answer"); });
  EXPECT_THAT(done, IsEmpty());
  batch.reset();
  EXPECT_THAT(done, ElementsAre("first answer", "second answer", "delivery"));
}

TEST(CommitBatchTest, WithoutABatchAnActionIsDoneAtOnce) {
  std::vector<std::string> done;
  CommitBatch::Answer(nullptr, [&] { done.push_back("answer"); });
  CommitBatch::AfterAnswers(nullptr, [&] { done.push_back("rest"); });
  EXPECT_THAT(done, ElementsAre("answer", "rest"));
}

}  // namespace
}  // namespace hookd
