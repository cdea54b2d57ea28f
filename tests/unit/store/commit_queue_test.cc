#include "store/commit_queue.h"

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

// An engine that notes what is done to it, and fails when told to.
struct FakeEngine {
  absl::Mutex mutex;
  std::vector<std::string> log ABSL_GUARDED_BY(mutex);
  absl::Status commit_result ABSL_GUARDED_BY(mutex);

  void Note(std::string what) {
    absl::MutexLock lock(&mutex);
    log.push_back(std::move(what));
  }
  std::vector<std::string> Log() {
    absl::MutexLock lock(&mutex);
    return log;
  }
  void FailCommits(absl::Status status) {
    absl::MutexLock lock(&mutex);
    commit_result = std::move(status);
  }
  CommitQueue::Engine Use() {
    return {.begin =
                [this] {
                  Note("begin");
                  return absl::OkStatus();
                },
            .commit =
                [this] {
                  Note("commit");
                  absl::MutexLock lock(&mutex);
                  return commit_result;
                },
            .rollback = [this] { Note("rollback"); }};
  }
  CommitQueue::Write Write(std::string name, bool repeated = false) {
    return {.apply =
                [this, name] {
                  Note(name);
                  return absl::OkStatus();
                },
            .answer = [this,
                       name](const absl::Status& status) { Note(name + (status.ok() ? " ok" : " failed")); },
            .bytes = 10,
            .repeated = repeated};
  }
};

TEST(CommitQueueTest, WhatArrivesDuringACommitSharesTheNext) {
  FakeEngine engine;
  {
    CommitQueue queue(engine.Use(), 1000);
    absl::Notification applying, proceed;
    CommitQueue::Write first = engine.Write("a");
    first.apply = [&] {
      applying.Notify();
      proceed.WaitForNotification();
      return absl::OkStatus();
    };
    queue.Push(std::move(first));
    applying.WaitForNotification();
    queue.Push(engine.Write("b"));
    queue.Push(engine.Write("c"));
    proceed.Notify();
  }
  EXPECT_THAT(engine.Log(),
              ElementsAre("begin", "commit", "a ok", "begin", "b", "c", "commit", "b ok", "c ok"));
}

TEST(CommitQueueTest, AFailedCommitFailsEveryWriteInIt) {
  FakeEngine engine;
  {
    CommitQueue queue(engine.Use(), 1000);
    engine.FailCommits(absl::UnavailableError("gone"));
    queue.Push(engine.Write("a"));
  }
  EXPECT_THAT(engine.Log(), ElementsAre("begin", "a", "commit", "rollback", "a failed"));
}

TEST(CommitQueueTest, AWriteThatMustSucceedIsDoneAgainUntilItDoes) {
  FakeEngine engine;
  absl::Notification rolled_back, answered;
  CommitQueue::Engine use = engine.Use();
  use.rollback = [&] {
    engine.FailCommits(absl::OkStatus());
    if (!rolled_back.HasBeenNotified()) rolled_back.Notify();
  };
  engine.FailCommits(absl::ResourceExhaustedError("full"));
  CommitQueue queue(use, 1000);
  CommitQueue::Write write = engine.Write("a", /*repeated=*/true);
  absl::Status answer = absl::UnknownError("none");
  write.answer = [&](const absl::Status& status) {
    answer = status;
    answered.Notify();
  };
  queue.Push(std::move(write));
  answered.WaitForNotification();
  EXPECT_TRUE(rolled_back.HasBeenNotified());
  EXPECT_TRUE(answer.ok()) << answer;
}

TEST(CommitQueueTest, AQueueThatClosesAnswersEvenWhatItCouldNotWrite) {
  FakeEngine engine;
  engine.FailCommits(absl::UnavailableError("gone"));
  {
    CommitQueue queue(engine.Use(), 1000);
    queue.Push(engine.Write("a", /*repeated=*/true));
  }
  EXPECT_THAT(engine.Log(), Contains("a failed"));
}

TEST(CommitQueueTest, RefusesWhatIsTooMuchButNeverWhatMustSucceed) {
  FakeEngine engine;
  absl::Notification applying, proceed;
  {
    CommitQueue queue(engine.Use(), 15);
    CommitQueue::Write first = engine.Write("a");
    first.apply = [&] {
      applying.Notify();
      proceed.WaitForNotification();
      return absl::OkStatus();
    };
    queue.Push(std::move(first));
    applying.WaitForNotification();
    queue.Push(engine.Write("fits"));
    queue.Push(engine.Write("too much"));
    queue.Push(engine.Write("must", /*repeated=*/true));
    proceed.Notify();
  }
  EXPECT_THAT(engine.Log(), Contains("fits ok"));
  EXPECT_THAT(engine.Log(), Contains("too much failed"));
  EXPECT_THAT(engine.Log(), Contains("must ok"));
}

}  // namespace
}  // namespace hookd
